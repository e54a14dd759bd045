"""A doctor's way to the first patient: stages, steps, the check of the licence, and the panel of the back office."""

import re
from html import unescape
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinics.models import AuditEvent, Clinic, Membership, Role
from doctors import onboarding
from doctors.bookability import Facts, Fix
from doctors.errors import DoctorError
from doctors.models import Doctor, DoctorBranch
from doctors.states import LICENCE_MAY_BECOME, MAY_BECOME, Licence, Status
from scheduling.bookability import facts_of, reassess
from scheduling.doctor_page import fix_address
from tests import cast
from tests.test_constraints import refused_by

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

CHANGE, LIST = "admin:doctors_doctor_change", "admin:doctors_doctor_changelist"
WELL = Facts(
    profile_complete=True, licence_verified=True, fees_set=True, has_branch=True, has_specialty=True, has_hours=True,
    has_free_slots=True, is_active=True,
)  # fmt: skip


@pytest.fixture
def new(lake: Clinic) -> Doctor:
    """Dr Newman, of whom the clinic has typed a name."""
    made = cast.doctor(
        clinic=lake, name="Anna Newman", status="draft", qualifications="", languages=[], council="", fee_paise=0,
        registration_number="", licence_status="not_asked", is_shown=False, is_open_online=False,
        is_bookable_at_desk=False,
    )  # fmt: skip
    made.at_branches.all().delete()
    return made


def facts(doctor: Doctor) -> Facts:
    """As they stand."""
    return facts_of([doctor])[doctor.pk]


def press(client: Any, doctor: Doctor, what: str, **sent: str) -> str:
    """What is said after a press in the panel."""
    answer = client.post(reverse(f"admin:doctors_doctor_{what}", args=[doctor.pk]), sent, follow=True)
    doctor.refresh_from_db()
    return " ".join(str(message) for message in answer.context["messages"])


def form(doctor: Doctor, **typed: Any) -> dict[str, Any]:
    """The doctor's page as it is sent, with something else typed."""
    counts = {
        f"{name}-{count}_FORMS": 0 for name in ("at_branches", "in_departments") for count in ("TOTAL", "INITIAL")
    }
    as_it_is = {
        "name": doctor.name, "specialty": doctor.specialty_id, "consultation_minutes": 10, "follow_up_days": 7,
        "fee_paise": doctor.fee_paise, "council": doctor.council, "registration_number": doctor.registration_number,
        "qualifications": doctor.qualifications, "languages": ",".join(doctor.languages),
    }  # fmt: skip
    return counts | as_it_is | typed


# ── Steps ──────────────────────────────────────────────────────────────────────────────────────────────────────
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


# ── Stages ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_new_doctor_has_ten_stages_to_go(lake: Clinic, new: Doctor) -> None:
    lake.departments.create(name="Heart")
    lake.rooms.create(name="Room 1", branch=lake.branches.get())
    stages = onboarding.stages(new, facts(new))
    assert [stage.name for stage in stages] == [
        "Profile", "Credentials", "Departments", "Locations", "Fees", "Availability", "Resources", "Compliance",
        "Approval", "Activation",
    ]  # fmt: skip
    assert not any(stage.is_done for stage in stages)


def test_a_clinic_without_departments_and_rooms_asks_for_none(new: Doctor) -> None:
    done = [stage.name for stage in onboarding.stages(new, facts(new)) if stage.is_done]
    assert done == ["Departments", "Resources"]


def test_a_doctor_at_work_has_none_to_go(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao)
    assert all(stage.is_done for stage in onboarding.stages(dr_rao, facts(dr_rao)))


# ── From a name to the first patient, in the back office ───────────────────────────────────────────────────────
def test_a_doctor_comes_to_work(
    lake: Clinic, new: Doctor, lekha: Any, operator: Any, signed_in: Any, django_capture_on_commit_callbacks: Any
) -> None:
    clinic, platform = signed_in(lekha), signed_in(operator)
    said = press(clinic, new, "status", to="pending")
    assert "Give the council and the registration number." in said
    assert new.status == Status.DRAFT
    branch = lake.branches.get().pk
    sent = form(
        new, council="TCMC", registration_number="777", qualifications="MBBS", languages="English", fee_paise=20000
    )
    sent |= {f"at_branches-{name}": value for name, value in {"TOTAL_FORMS": 1, "0-branch": branch}.items()}
    with django_capture_on_commit_callbacks(execute=True):
        answer = clinic.post(reverse(CHANGE, args=[new.pk]), sent)
        assert answer.status_code == 302, answer.context_data["errors"]
        sitting = {
            "TOTAL_FORMS": 1, "INITIAL_FORMS": 0, "0-branch": branch, "0-weekday": 2, "0-weeks": 0, "0-starts": "09:00",
            "0-ends": "10:00", "0-slot_minutes": 10, "0-buffer_minutes": 0, "0-capacity": 1, "0-tele_capacity": 0,
            "0-home_capacity": 0,
        }  # fmt: skip
        week = {f"hours-{name}": value for name, value in sitting.items()}
        assert clinic.post(reverse("scheduling:hours", args=[lake.slug, new.slug]), week).status_code == 302
    new.refresh_from_db()
    assert sorted(new.missing) == ["has_free_slots", "is_active", "licence_verified"]
    with django_capture_on_commit_callbacks(execute=True):
        assert "now: waiting for verification" in press(clinic, new, "status", to="pending")
    new.refresh_from_db()
    assert (new.status, new.licence_status) == ("pending", "waiting")
    assert sorted(new.missing) == ["is_active", "licence_verified"]
    assert "The platform has not verified the licence yet." in press(clinic, new, "status", to="active")
    assert new.status == "pending"
    assert "now: verified" in press(platform, new, "licence", to="verified")
    assert (new.licence_checked_by, new.licence_note) == (operator, "")
    with django_capture_on_commit_callbacks(execute=True):
        assert "now: active" in press(clinic, new, "status", to="active")
    new.refresh_from_db()
    assert (new.score, new.is_bookable_online, new.takes_patients) == (100, True, True)


def test_a_clinic_does_not_verify_its_own_doctors(dr_rao: Doctor, lekha: Any, signed_in: Any) -> None:
    Doctor.objects.update(licence_status="waiting", licence_checked_at=None)
    address = reverse("admin:doctors_doctor_licence", args=[dr_rao.pk])
    for to in ("verified", "failed"):
        assert signed_in(lekha).post(address, {"to": to, "why": "Because."}).status_code == 403
    assert "Verified</button>" not in signed_in(lekha).get(reverse(CHANGE, args=[dr_rao.pk])).content.decode()


def test_a_failed_check_says_why_and_shuts_every_door(
    dr_rao: Doctor, operator: Any, lekha: Any, signed_in: Any
) -> None:
    client = signed_in(operator)
    assert "Say in a few words" in press(client, dr_rao, "licence", to="failed", why=" ")
    assert dr_rao.licence_status == "verified"
    press(client, dr_rao, "licence", to="failed", why="No such  number.")
    assert (dr_rao.licence_note, dr_rao.is_shown, dr_rao.is_bookable_at_desk) == ("No such number.", False, False)
    assert "No such number." in signed_in(lekha).get(reverse(CHANGE, args=[dr_rao.pk])).content.decode()
    assert "waiting to be checked" in press(signed_in(lekha), dr_rao, "licence", to="waiting")


def test_another_number_is_checked_again(dr_rao: Doctor, lekha: Any, signed_in: Any) -> None:
    answer = signed_in(lekha).post(reverse(CHANGE, args=[dr_rao.pk]), form(dr_rao, registration_number="98"))
    assert answer.status_code == 302, answer.context_data["errors"]
    dr_rao.refresh_from_db()
    assert (dr_rao.licence_status, dr_rao.licence_checked_at) == ("waiting", None)
    assert dr_rao.registration == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"registration_number": ""}, "change it, but leave one"),
        ({"is_free": "on"}, "Whoever sees patients free of charge has no fee"),
        ({"follow_up_days": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_refused_at_the_field_and_kept_as_typed(
    dr_rao: Doctor, lekha: Any, signed_in: Any, typed: dict[str, str], said: str
) -> None:
    page = signed_in(lekha).post(reverse(CHANGE, args=[dr_rao.pk]), form(dr_rao, about="As typed.", **typed))
    assert page.status_code == 200
    assert said in unescape(page.content.decode())
    assert "As typed." in page.content.decode()
    assert Doctor.objects.get().about == ""


def test_hours_at_a_branch_make_the_doctor_belong_to_it(
    lake: Clinic, new: Doctor, lekha: Any, signed_in: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent = {
        "doctor": new.pk, "branch": lake.branches.get().pk, "weekday": 2, "starts": "09:00", "ends": "10:00",
        "slot_minutes": 10, "buffer_minutes": 0, "capacity": 1, "tele_capacity": 0, "home_capacity": 0, "weeks": 0,
    }  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        assert signed_in(lekha).post(reverse("admin:scheduling_weeklyhours_add"), sent).status_code == 302
    assert new.at_branches.get().branch == lake.branches.get()
    new.refresh_from_db()
    assert "has_hours" not in new.missing


def test_another_clinics_branch_is_refused(hill: Clinic, dr_rao: Doctor, operator: Any, signed_in: Any) -> None:
    sent = form(dr_rao) | {"at_branches-TOTAL_FORMS": 1, "at_branches-0-branch": hill.branches.get().pk}
    page = signed_in(operator).post(reverse(CHANGE, args=[dr_rao.pk]), sent).content.decode()
    assert "This belongs to another clinic." in page
    assert DoctorBranch.objects.get(doctor=dr_rao).branch.clinic == dr_rao.clinic


# ── The panel ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_reason_and_every_stage_leads_to_a_place_that_opens(
    lake: Clinic, new: Doctor, lekha: Any, signed_in: Any
) -> None:
    client = signed_in(lekha)
    for fix in Fix:
        address, _, part = fix_address(new, fix).partition("#")
        page = client.get(address)
        assert page.status_code == 200, fix
        assert not part or f'id="{part}"' in page.content.decode(), fix


def test_the_panel_says_each_reason_with_its_link(new: Doctor, lekha: Any, signed_in: Any) -> None:
    page = unescape(signed_in(lekha).get(reverse(CHANGE, args=[new.pk])).content.decode())
    assert "Why is this doctor not bookable?" in page
    for said in ("The doctor is not active.", "There are no weekly hours.", "No time is free in the next 90 days."):
        assert re.search(rf'{re.escape(said)} <a href="/admin/[^"]+"', page), said
    assert "Before the first patient: 2 of 10 done" in page
    assert "Send for verification</button>" in page
    assert "Activate</button>" not in page


def test_a_stranger_presses_nothing(dr_rao: Doctor, hill: Clinic, hema: Any, reena: Any, signed_in: Any) -> None:
    Membership.objects.filter(user=hema).update(role=Role.ADMIN)
    hema.is_staff = True
    hema.save()
    for what, to in (("status", "inactive"), ("licence", "waiting")):
        address = reverse(f"admin:doctors_doctor_{what}", args=[dr_rao.pk])
        assert signed_in(hema).post(address, {"to": to}).status_code == 404
        assert signed_in(reena).post(address, {"to": to}).status_code == 302
        assert signed_in(hema).get(address).status_code == 405
    dr_rao.refresh_from_db()
    assert (dr_rao.status, dr_rao.licence_status) == ("active", "verified")


def test_a_step_there_is_not_is_not_found(dr_rao: Doctor, lekha: Any, signed_in: Any) -> None:
    address = reverse("admin:doctors_doctor_status", args=[dr_rao.pk])
    assert signed_in(lekha).post(address, {"to": "deleted"}).status_code == 404
    assert signed_in(lekha).post(address).status_code == 404


# ── The list ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_list_says_and_finds_who_may_be_booked(
    lake: Clinic, dr_rao: Doctor, new: Doctor, lekha: Any, signed_in: Any
) -> None:
    cast.hours(doctor=dr_rao, weekday=lake.today().weekday())
    reassess()
    client, address = signed_in(lekha), reverse(LIST)
    page = client.get(address).content.decode()
    assert "at the desk only" in page
    assert f"{lake.today():%a} {lake.today().day}" in page
    found = {
        value: client.get(address, {"bookable": value}).content.decode() for value in ("patients", "desk", "nobody")
    }
    assert "Kavitha Rao" in found["desk"]
    assert "Anna Newman" in found["nobody"]
    assert "Kavitha Rao" not in found["nobody"] + found["patients"]
    without = client.get(address, {"times": "missing"}).content.decode()
    assert "Kavitha Rao" in without
    assert "Anna Newman" not in without


def test_a_doctors_page_takes_as_many_queries_with_more_hours(
    lake: Clinic, dr_rao: Doctor, lekha: Any, signed_in: Any
) -> None:
    client, address = signed_in(lekha), reverse(CHANGE, args=[dr_rao.pk])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    cast.slot(doctor=dr_rao)
    queries()
    before = queries()
    for number in range(3):
        cast.slot(doctor=dr_rao)
        cast.doctor(clinic=lake, name=f"Number {number}", slug=f"dr-{number}")
    assert queries() == before
