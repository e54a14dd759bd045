"""A doctor’s way to the first patient: the stages, and each step in the back office."""

from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from clinics.models import Clinic
from doctors import onboarding
from doctors.bookability import Facts
from doctors.models import Doctor, DoctorBranch
from doctors.states import Status
from scheduling.bookability import facts_of
from tests import cast
from tests.doctors_page import CHANGE, form, press

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def facts(doctor: Doctor) -> Facts:
    """As they stand."""
    return facts_of([doctor])[doctor.pk]


def test_a_new_doctor_has_ten_stages_to_go(lake: Clinic, newman: Doctor) -> None:
    lake.departments.create(name="Heart")
    lake.rooms.create(name="Room 1", branch=lake.branches.get())
    stages = onboarding.stages(newman, facts(newman))
    assert [stage.name for stage in stages] == [
        "Profile", "Credentials", "Departments", "Locations", "Fees", "Availability", "Resources", "Compliance",
        "Approval", "Activation",
    ]  # fmt: skip
    assert not any(stage.is_done for stage in stages)


def test_a_clinic_without_departments_and_rooms_asks_for_none(newman: Doctor) -> None:
    done = [stage.name for stage in onboarding.stages(newman, facts(newman)) if stage.is_done]
    assert done == ["Departments", "Resources"]


def test_a_doctor_at_work_has_none_to_go(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao)
    assert all(stage.is_done for stage in onboarding.stages(dr_rao, facts(dr_rao)))


def test_a_doctor_comes_to_work(
    lake: Clinic, newman: Doctor, lekha: Any, operator: Any, signed_in: Any, django_capture_on_commit_callbacks: Any
) -> None:
    clinic, platform = signed_in(lekha), signed_in(operator)
    said = press(clinic, newman, "status", to="pending")
    assert "Give the council and the registration number." in said
    assert newman.status == Status.DRAFT
    branch = lake.branches.get().pk
    sent = form(
        newman, council="TCMC", registration_number="777", qualifications="MBBS", languages="English", fee_paise=20000
    )
    sent |= {f"at_branches-{name}": value for name, value in {"TOTAL_FORMS": 1, "0-branch": branch}.items()}
    with django_capture_on_commit_callbacks(execute=True):
        answer = clinic.post(reverse(CHANGE, args=[newman.pk]), sent)
        assert answer.status_code == 302, answer.context_data["errors"]
        sitting = {
            "TOTAL_FORMS": 1, "INITIAL_FORMS": 0, "0-branch": branch, "0-weekday": 2, "0-weeks": 0, "0-starts": "09:00",
            "0-ends": "10:00", "0-slot_minutes": 10, "0-buffer_minutes": 0, "0-capacity": 1, "0-tele_capacity": 0,
            "0-home_capacity": 0,
        }  # fmt: skip
        week = {f"hours-{name}": value for name, value in sitting.items()}
        assert clinic.post(reverse("scheduling:hours", args=[lake.slug, newman.slug]), week).status_code == 302
    newman.refresh_from_db()
    assert sorted(newman.missing) == ["has_free_slots", "is_active", "licence_verified"]
    with django_capture_on_commit_callbacks(execute=True):
        assert "now: waiting for verification" in press(clinic, newman, "status", to="pending")
    newman.refresh_from_db()
    assert (newman.status, newman.licence_status) == ("pending", "waiting")
    assert sorted(newman.missing) == ["is_active", "licence_verified"]
    assert "The platform has not verified the licence yet." in press(clinic, newman, "status", to="active")
    assert newman.status == "pending"
    assert "now: verified" in press(platform, newman, "licence", to="verified")
    assert (newman.licence_checked_by, newman.licence_note) == (operator, "")
    with django_capture_on_commit_callbacks(execute=True):
        assert "now: active" in press(clinic, newman, "status", to="active")
    newman.refresh_from_db()
    assert (newman.score, newman.is_bookable_online, newman.takes_patients) == (100, True, True)


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
    lake: Clinic, newman: Doctor, lekha: Any, signed_in: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent = {
        "doctor": newman.pk, "branch": lake.branches.get().pk, "weekday": 2, "starts": "09:00", "ends": "10:00",
        "slot_minutes": 10, "buffer_minutes": 0, "capacity": 1, "tele_capacity": 0, "home_capacity": 0, "weeks": 0,
    }  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        assert signed_in(lekha).post(reverse("admin:scheduling_weeklyhours_add"), sent).status_code == 302
    assert newman.at_branches.get().branch == lake.branches.get()
    newman.refresh_from_db()
    assert "has_hours" not in newman.missing


def test_another_clinics_branch_is_refused(hill: Clinic, dr_rao: Doctor, operator: Any, signed_in: Any) -> None:
    sent = form(dr_rao) | {"at_branches-TOTAL_FORMS": 1, "at_branches-0-branch": hill.branches.get().pk}
    page = signed_in(operator).post(reverse(CHANGE, args=[dr_rao.pk]), sent).content.decode()
    assert "This belongs to another clinic." in page
    assert DoctorBranch.objects.get(doctor=dr_rao).branch.clinic == dr_rao.clinic
