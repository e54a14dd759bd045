"""What a clinic's admin does in the back office: hours, colleagues, passwords, boards; and what is out of reach."""

import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.urls import reverse

from clinics.models import AuditEvent, Clinic, Membership, Role, User
from doctors.models import Doctor
from scheduling.models import (
    WeeklyHours,
)
from tests import cast
from tests.office import MARKS, at, at_password
from tokens.models import Board

pytestmark = MARKS


def test_saved_hours_become_bookable_times_at_once(
    lake: Any, dr_rao: Any, lekha: Any, signed_in: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent = {
        "doctor": dr_rao.pk, "branch": lake.branches.get().pk, "weekday": 2, "starts": "09:00", "ends": "10:00",
        "slot_minutes": 10, "buffer_minutes": 0, "capacity": 1, "tele_capacity": 0, "home_capacity": 0, "weeks": 0,
    }  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        assert signed_in(lekha).post(at(WeeklyHours, "add"), sent).status_code == 302
    assert dr_rao.weekly_hours.get().clinic == lake
    assert dr_rao.slots.count() >= 12 * 6
    assert set(dr_rao.slots.values_list("date__week_day", flat=True)) == {4}


def test_a_doctors_own_page_shows_the_week_and_leads_to_where_it_is_drawn(
    dr_rao: Any, lekha: Any, operator: Any, signed_in: Any
) -> None:
    cast.hours(doctor=dr_rao)
    page = signed_in(lekha).get(at(Doctor, "change", dr_rao.pk)).content.decode()
    assert "Monday 09:00–12:00, Main" in page
    assert 'href="/hours/lake-clinic/dr-rao/"' in page
    page = signed_in(operator).get(at(Doctor, "change", dr_rao.pk)).content.decode()
    assert f'href="{at(WeeklyHours)}?q=Kavitha%20Rao"' in page  # operators are no staff of a clinic


def test_hours_that_end_before_they_start_are_refused_in_words(
    lake: Any, dr_rao: Any, lekha: Any, signed_in: Any
) -> None:
    sent = {
        "doctor": dr_rao.pk, "branch": lake.branches.get().pk, "weekday": 2, "starts": "09:00", "ends": "08:00",
        "slot_minutes": 10, "buffer_minutes": 0, "capacity": 1, "tele_capacity": 0, "home_capacity": 0, "weeks": 0,
    }  # fmt: skip
    assert "The end must be after the start." in signed_in(lekha).post(at(WeeklyHours, "add"), sent).content.decode()
    assert not WeeklyHours.objects.exists()


def test_hours_at_another_clinics_branch_are_refused(
    lake: Any, hill: Any, dr_rao: Any, operator: Any, signed_in: Any
) -> None:
    sent = {
        "doctor": dr_rao.pk, "branch": hill.branches.get().pk, "weekday": 2, "starts": "09:00", "ends": "10:00",
        "slot_minutes": 10, "buffer_minutes": 0, "capacity": 1, "tele_capacity": 0, "home_capacity": 0, "weeks": 0,
    }  # fmt: skip
    page = signed_in(operator).post(at(WeeklyHours, "add"), sent).content.decode()
    assert "This belongs to another clinic." in page
    assert not WeeklyHours.objects.exists()


NEW = {"email": "Binu@Lake.example", "name": "Binu", "role": "receptionist"} | dict.fromkeys(
    ["password1", "password2"], "a dozen green coconuts"
)


def test_an_admin_adds_a_colleague_who_can_sign_in(lake: Any, lekha: Any, signed_in: Any, client: Any) -> None:
    sent = NEW | {"clinic": lake.pk, "is_superuser": "on", "is_staff": "on"}
    assert signed_in(lekha).post(at(User, "add"), sent).status_code == 302
    binu = User.objects.get(email="binu@lake.example")
    assert (binu.is_superuser, binu.is_staff) == (False, False)
    assert binu.memberships.get().clinic == lake
    signed = client.post("/sign-in/", {"email": "binu@lake.example", "password": "a dozen green coconuts"})
    assert signed.url == "/desk/"


def test_a_new_admin_gets_the_key_and_loses_it_with_the_role(lake: Any, lekha: Any, signed_in: Any) -> None:
    signed_in(lekha).post(at(User, "add"), NEW | {"clinic": lake.pk, "role": "admin"})
    binu = User.objects.get(name="Binu")
    assert binu.is_staff
    signed_in(lekha).post(at(Membership, "delete", binu.memberships.get().pk), {"post": "yes"})
    binu.refresh_from_db()
    assert not binu.is_staff


def test_nobody_is_added_to_another_clinic_or_with_an_address_in_use(
    lake: Any, hill: Any, lekha: Any, hema: Any, signed_in: Any
) -> None:
    client = signed_in(lekha)
    assert "Select a valid choice" in client.post(at(User, "add"), NEW | {"clinic": hill.pk}).content.decode()
    page = client.post(at(User, "add"), NEW | {"clinic": lake.pk, "email": hema.email.upper()}).content.decode()
    assert "Somebody signs in with this address already" in page
    assert User.objects.get(pk=hema.pk).memberships.count() == 1


def test_a_weak_first_password_is_refused_in_words(lake: Any, lekha: Any, signed_in: Any) -> None:
    weak = dict.fromkeys(["password1", "password2"], "password")
    page = signed_in(lekha).post(at(User, "add"), NEW | weak | {"clinic": lake.pk}).content.decode()
    assert "too short" in page
    assert not User.objects.filter(name="Binu").exists()


def test_an_admin_sets_a_new_password_for_a_colleague_who_works_nowhere_else(
    lake: Any, hill: Any, lekha: Any, reena: Any, signed_in: Any
) -> None:
    sent = dict.fromkeys(["password1", "password2"], "a dozen green coconuts") | {"usable_password": "true"}
    address = at_password(reena)
    assert signed_in(lekha).post(address, sent).status_code == 302
    reena.refresh_from_db()
    assert reena.check_password("a dozen green coconuts")
    Membership.objects.create(user=reena, clinic=hill, role=Role.RECEPTIONIST)
    assert signed_in(lekha).post(address, sent).status_code == 403
    assert signed_in(lekha).post(at(User, "change", reena.pk), {"email": "x@lake.example"}).status_code == 403


def test_nobody_becomes_an_operator_through_a_clinics_admin(lake: Any, lekha: Any, signed_in: Any) -> None:
    sent = {"email": lekha.email, "name": "Lekha", "is_active": "on", "is_superuser": "on"} | {
        "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert signed_in(lekha).post(at(User, "change", lekha.pk), sent).status_code == 302
    lekha.refresh_from_db()
    assert not lekha.is_superuser


def test_operators_and_strangers_are_out_of_an_admins_reach(
    lake: Any, lekha: Any, hema: Any, operator: Any, signed_in: Any
) -> None:
    Membership.objects.create(user=operator, clinic=lake, role=Role.ADMIN)
    for user in (operator, hema, cast.phone_user()):
        assert signed_in(lekha).get(at(User, "change", user.pk)).status_code == 404
        assert signed_in(lekha).get(reverse("admin:auth_user_password_change", args=[user.pk])).status_code in {
            403,
            404,
        }


def test_a_lost_phones_second_factor_is_taken_away_only_from_ones_own(
    lake: Any, hill: Any, lekha: Any, reena: Any, rao: Any, signed_in: Any
) -> None:
    from django_otp.plugins.otp_totp.models import TOTPDevice

    Membership.objects.create(user=rao, clinic=hill, role=Role.DOCTOR)
    for user in (reena, rao):
        TOTPDevice.objects.create(user=user, name="app")
    sent = {"action": "forget_second_factor", "_selected_action": [str(reena.pk), str(rao.pk)]}
    signed_in(lekha).post(at(User), sent)
    assert list(TOTPDevice.objects.values_list("user", flat=True)) == [rao.pk]


def test_a_clinic_keeps_its_address_and_does_not_approve_itself(lake: Any, lekha: Any, signed_in: Any) -> None:
    lake.status = Clinic.Status.PENDING
    lake.save()
    sent = {
        "name": "Lake Hospital", "slug": "other", "kind": "hospital", "status": "approved", "phone": "0484 2345678",
        "late_goes_after": 3, "grace_minutes": 15, "undo_minutes": 5, "late_policy": "after",
        "max_recalls": 3, "slip_width": 80, "branches-TOTAL_FORMS": 0,
        "branches-INITIAL_FORMS": 0,
    }  # fmt: skip
    answer = signed_in(lekha).post(at(Clinic, "change", lake.pk), sent)
    assert answer.status_code == 302, answer.context_data["errors"]
    lake.refresh_from_db()
    assert (lake.name, lake.slug, lake.status) == ("Lake Hospital", "lake-clinic", "pending")
    assert signed_in(lekha).get(at(Clinic, "add")).status_code == 403


def test_a_board_shows_its_address_and_can_be_revoked(both: None, lake: Any, lekha: Any, signed_in: Any) -> None:
    board = lake.boards.get()
    assert f"/board/{board.key}/" in signed_in(lekha).get(at(Board)).content.decode()
    signed_in(lekha).post(at(Board), {"action": "revoke", "_selected_action": [board.pk]})
    board.refresh_from_db()
    assert not board.is_active


def test_changes_are_written_into_the_audit_trail_without_what_they_said(
    lake: Any, dr_rao: Any, lekha: Any, signed_in: Any
) -> None:
    signed_in(lekha).post(at(Membership, "add"), {"clinic": lake.pk, "user": lekha.pk, "role": "doctor"})
    event = AuditEvent.objects.get(action="office.added")
    assert (event.clinic, event.by, event.detail["model"]) == (lake, lekha, "clinics.membership")
    assert "Lekha" not in json.dumps(event.detail)
    assert LogEntry.objects.get().user == lekha
