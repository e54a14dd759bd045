"""What a doctor’s status and licence may become, and what the database refuses."""

from itertools import product
from typing import Any

import pytest

from clinics.models import AuditEvent
from doctors.bookability import Facts
from doctors.errors import DoctorError
from doctors.models import Doctor
from doctors.states import LICENCE_MAY_BECOME, MAY_BECOME, Licence, Status
from tests.refusing import refused_by

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

WELL = Facts(
    profile_complete=True, licence_verified=True, fees_set=True, has_branch=True, has_specialty=True, has_hours=True,
    has_free_slots=True, is_active=True,
)  # fmt: skip


@pytest.mark.parametrize(("old", "to"), [*product(Status, Status)])
def test_a_status_becomes_only_what_the_table_says(dr_rao: Doctor, lekha: Any, old: Status, to: Status) -> None:
    Doctor.objects.update(status=old)
    dr_rao.refresh_from_db()
    if to in MAY_BECOME[old]:
        dr_rao.move_to(to, by=lekha, facts=WELL)
        event = AuditEvent.objects.get(action=f"doctor.{to}")
        assert (event.by, event.clinic, event.detail) == (lekha, dr_rao.clinic, {"was": old})
    else:
        with pytest.raises(DoctorError, match="cannot become"):
            dr_rao.move_to(to, by=lekha, facts=WELL)
    assert Doctor.objects.get().status == (to if to in MAY_BECOME[old] else old)


@pytest.mark.parametrize(("old", "to"), [*product(Licence, Licence)])
def test_a_licence_becomes_only_what_the_table_says(dr_rao: Doctor, operator: Any, old: Licence, to: Licence) -> None:
    checked_at = dr_rao.licence_checked_at if old in ("verified", "failed") else None
    Doctor.objects.update(licence_status=old, licence_note="Why." if checked_at else "", licence_checked_at=checked_at)
    dr_rao.refresh_from_db()
    if to in LICENCE_MAY_BECOME[old]:
        dr_rao.licence_to(to, by=operator, why="No such number.")
        assert AuditEvent.objects.get().action == f"licence.{to}"
    else:
        with pytest.raises(DoctorError, match="cannot become"):
            dr_rao.licence_to(to, by=operator, why="No such number.")
    assert Doctor.objects.get().licence_status == (to if to in LICENCE_MAY_BECOME[old] else old)


def test_of_two_who_press_at_once_the_second_is_told(dr_rao: Doctor, lekha: Any) -> None:
    Doctor.objects.update(status="inactive")
    with pytest.raises(DoctorError, match="Somebody has just changed"):
        dr_rao.move_to(Status.INACTIVE, by=lekha, facts=WELL)
    assert not AuditEvent.objects.exists()


def test_the_database_refuses_a_half_told_licence(dr_rao: Doctor) -> None:
    rows = Doctor.objects.filter(pk=dr_rao.pk)
    with refused_by("verified_licences_have_a_number"):
        rows.update(registration_number="")
    with refused_by("failed_licences_say_why"):
        rows.update(licence_status="failed")
    with refused_by("checked_licences_say_when"):
        rows.update(licence_checked_at=None)
    with refused_by("free_doctors_take_no_fee"):
        rows.update(is_free=True)
    with refused_by("who_is_shown_is_booked_at_the_desk"):
        rows.update(is_bookable_at_desk=False)
    with refused_by("whom_patients_book_is_shown"):
        rows.update(is_shown=False)
    with refused_by("whom_patients_book_is_open_to_them"):
        rows.update(is_open_online=False, is_bookable_online=True)
    with refused_by("scores_end_at_a_hundred"):
        rows.update(score=101)
