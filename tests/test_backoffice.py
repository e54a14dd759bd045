"""The back office: each clinic sees its own, operators see no patient's name, and what must be kept is kept."""

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from clinics.exports import safe_cell
from clinics.models import AuditEvent, City, Clinic, Membership, Role, User
from doctors.models import Doctor, DoctorDepartment, Photo
from notifications.models import Message
from patients.models import Challenge, Patient
from scheduling.models import (
    Appointment,
    BookingRules,
    Calendar,
    Conflict,
    Hold,
    Holiday,
    LeaveRequest,
    Offer,
    Sitting,
    Slot,
    WaitlistEntry,
    WeeklyHours,
)
from scheduling.slots import rebuild
from tests import cast
from tokens.models import Board, Queue, Token, TokenEvent

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.ignore_template_errors,  # Django's own pages read variables that are not always there
    pytest.mark.usefixtures("quick_passwords"),
]

MODELS = [
    model for model in admin.site._registry
    if model._meta.app_label in {"clinics", "doctors", "notifications", "patients", "tokens", "scheduling"}
]  # fmt: skip
OPERATORS_ONLY = [Challenge]
KEPT = [
    Appointment, AuditEvent, Calendar, Challenge, Conflict, Hold, LeaveRequest, Message, Offer, Patient, Queue, Sitting,
    Slot, Token, TokenEvent, WaitlistEntry,
]  # fmt: skip


def at(model: Any, page: str = "changelist", *args: Any) -> str:
    """The address of a page of the back office."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def at_password(user: User) -> str:
    """The address where a user is given a new password."""
    return reverse("admin:auth_user_password_change", args=[user.pk])


def fill(clinic: Clinic, doctor: Doctor, patient: Patient, mark: str) -> None:
    """One row of everything at a clinic, with a mark of the clinic wherever there is room for one."""
    from clinics import audit
    from clinics.models import Department, Room
    from tokens.models import Action

    department = Department.objects.create(clinic=clinic, name=f"{mark} dept")
    DoctorDepartment.objects.create(clinic=clinic, doctor=doctor, department=department)
    Photo.objects.create(clinic=clinic, doctor=doctor, key=mark, image=b"")
    room = Room.objects.create(clinic=clinic, branch=clinic.branches.first(), name=f"{mark} room")
    scanner = cast.equipment(clinic=clinic, name=f"{mark} scanner", room=room)
    cast.maintenance(clinic=clinic, room=room, equipment=scanner, why=f"{mark} painting")
    cast.hours(doctor=doctor)
    cast.override(doctor=doctor, why=f"{mark} camp")
    cast.block(doctor=doctor, why=f"{mark} repairs")
    cast.leave(doctor=doctor, why=f"{mark} wedding", asked_by=cast.staff(clinic=clinic, name=f"{mark} asker"))
    Holiday.objects.create(clinic=clinic, date=clinic.today() + timedelta(days=9), name=f"{mark} day")
    rebuild([doctor.pk])
    booked = cast.appointment(doctor=doctor, patient=patient, cancel_reason=f"{mark} reason")
    booked.token.write_event(None, by=None, why=f"{mark} why", action=Action("issue"), at=booked.starts_at)
    Conflict.objects.create(clinic=clinic, doctor=doctor, appointment=booked, why=f"{mark} away")
    now = booked.created_at
    Hold.objects.create(
        clinic=clinic, doctor=doctor, slot=booked.slot, browser="secret-of-a-browser", expires_at=booked.starts_at,
        created_at=now,
    )  # fmt: skip
    cast.offer(entry=cast.waits(doctor=doctor, patient=patient), slot=cast.slot(doctor=doctor))
    Board.objects.create(clinic=clinic, name=f"{mark} board")
    BookingRules.objects.create(clinic=clinic, doctor=doctor)
    Message.objects.create(clinic=clinic, kind="booked", to=patient.phone, text=f"{mark} for {patient.name}")
    audit.record(f"{mark}.happened", clinic=clinic, by=None, about=booked)


@pytest.fixture
def both(lake: Any, hill: Any, dr_rao: Any, dr_hari: Any, asha: Any, bilal: Any, lekha: Any, hema: Any) -> None:
    """Lake with its Asha and Hill with its Bilal, a row of everything at each."""
    fill(lake, dr_rao, asha, "LAKE")
    fill(hill, dr_hari, bilal, "HILL")


HILLS_OWN = ["HILL", "Hill Clinic", "hill-clinic", "Hema", "Hari", "Bilal", "98470 00223", "9847000223"]


# ── The door ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_door_of_the_back_office_is_the_products_own_sign_in(client: Any, db: None) -> None:
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/").url == "/sign-in/?next=/admin/"
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).url == "/sign-in/?next=/admin/"


def test_patients_and_colleagues_in_other_roles_stay_outside(reena: Any, rao: Any, signed_in: Any) -> None:
    assert signed_in(cast.phone_user()).get("/admin/", follow=True).request["PATH_INFO"] == "/sign-in/"
    for colleague in (reena, rao):
        colleague.is_staff = True  # by mistake: the role decides
        colleague.save()
        assert signed_in(colleague).get("/admin/", follow=True).status_code == 403


def test_an_admin_who_lost_the_role_is_out_at_once(lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    assert client.get("/admin/").status_code == 200
    Membership.objects.filter(user=lekha).delete()
    assert client.get("/admin/", follow=True).status_code == 403


def test_where_a_second_factor_is_asked_for_the_back_office_asks_too(lake: Any, lekha: Any, signed_in: Any) -> None:
    lake.needs_second_factor = True
    lake.save()
    client = signed_in(lekha)
    assert client.get("/admin/login/?next=/admin/").url == "/sign-in/code/?next=/admin/"
    assert client.get(at(Doctor)).status_code == 302


def test_rows_have_no_shortcut_to_their_secret_addresses(operator: Any, signed_in: Any, lake: Any) -> None:
    from django.contrib.contenttypes.models import ContentType

    board = Board.objects.create(clinic=lake)
    kind = ContentType.objects.get_for_model(Board)
    assert signed_in(operator).get(f"/admin/r/{kind.pk}/{board.pk}/").status_code == 404


# ── Every page of it ───────────────────────────────────────────────────────────────────────────────────────────


def test_every_model_is_there_with_a_search_and_filters() -> None:
    from django.apps import apps

    ours = {
        model for app in apps.get_app_configs() for model in app.get_models()
        if app.label in {"clinics", "doctors", "notifications", "patients", "tokens", "scheduling"}
    }  # fmt: skip
    assert ours == set(MODELS)
    for model in MODELS:
        page = admin.site.get_model_admin(model)
        assert page.search_fields, model
        assert page.list_filter or model._meta.model_name == "district", model
        assert page.show_full_result_count is False, model


def leaks(text: str, *, but: str = "") -> list[str]:
    """Hill's own words in a page; `but` is what was typed, which pages repeat."""
    text = re.sub(r"""(csrfmiddlewaretoken" value=|x-csrftoken": )"\w+""", "", text)  # random letters spell names, too
    return [word for word in HILLS_OWN if word in text and word not in but]


def test_a_clinics_admin_finds_nothing_of_another_clinic(both: None, lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    for model in MODELS:
        answer = client.get(at(model))
        if model in OPERATORS_ONLY:
            assert answer.status_code == 403, model
            continue
        assert leaks(answer.content.decode()) == [], model
        for term in ("Hari", "9847000223", "1"):
            assert leaks(client.get(at(model), {"q": term}).content.decode(), but=term) == [], (model, term)
        if answer.context_data["has_add_permission"]:
            assert leaks(client.get(at(model, "add")).content.decode()) == [], model


def test_a_clinics_admin_opens_no_row_of_another_clinic(both: None, lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    for model in MODELS:
        page = admin.site.get_model_admin(model)
        own = page.get_queryset(client.get("/admin/").wsgi_request)
        for row in own:
            for kind in ("change", "history"):
                assert leaks(client.get(at(model, kind, row.pk)).content.decode()) == [], (model, kind)
        theirs = model.objects.exclude(pk__in=own.values("pk"))
        assert theirs or page.is_shared or model in OPERATORS_ONLY, model
        for row in theirs:
            for kind in ("change", "history", "delete"):
                assert client.get(at(model, kind, row.pk)).status_code in {403, 404}, (model, kind)
            assert client.post(at(model, "change", row.pk), {"name": "Taken over"}).status_code in {403, 404}, model


def test_choices_searched_for_are_a_clinics_own(both: None, lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    for source, field in [("board", "doctors"), ("board", "clinic"), ("token", "queue"), ("token", "patient")]:
        query = {"app_label": "tokens", "model_name": source, "field_name": field, "term": ""}
        text = client.get("/admin/autocomplete/", query).content.decode()
        assert leaks(text) == [], (source, field)
    query = {"app_label": "clinics", "model_name": "membership", "field_name": "user", "term": "hema"}
    assert client.get("/admin/autocomplete/", query).json()["results"] == []
    query = {"app_label": "tokens", "model_name": "board", "field_name": "doctors", "term": "rao"}
    assert [row["text"] for row in client.get("/admin/autocomplete/", query).json()["results"]] == ["Dr Kavitha Rao"]


def test_another_clinics_rows_cannot_be_chosen_by_number(
    both: None, lake: Any, hill: Any, dr_hari: Any, lekha: Any, signed_in: Any
) -> None:
    client = signed_in(lekha)
    page = client.post(at(Board, "add"), {"clinic": lake.pk, "name": "Mine", "doctors": [dr_hari.pk]})
    assert "not one of the available choices" in page.content.decode()
    page = client.post(at(Board, "add"), {"clinic": hill.pk, "name": "Theirs"})
    assert "not one of the available choices" in page.content.decode()
    assert not Board.objects.filter(name__in=["Mine", "Theirs"]).exists()


def test_an_admin_of_two_clinics_cannot_mix_them(
    both: None, lake: Any, hill: Any, dr_hari: Any, lekha: Any, signed_in: Any
) -> None:
    Membership.objects.create(user=lekha, clinic=hill, role=Role.ADMIN)
    sent = {"clinic": lake.pk, "name": "Mixed", "doctors": [dr_hari.pk]}
    page = signed_in(lekha).post(at(Board, "add"), sent).content.decode()
    assert "This belongs to another clinic." in page
    assert not Board.objects.filter(name="Mixed").exists()


@pytest.mark.parametrize("lookup", ["clinic__memberships__user__password__startswith", "user__password__startswith"])
def test_nothing_is_guessed_through_the_address(lookup: str, both: None, lekha: Any, signed_in: Any) -> None:
    assert signed_in(lekha).get(at(Doctor), {lookup: "pbkdf2"}).status_code == 400
    assert signed_in(lekha).get(at(User), {"password__startswith": "p"}).status_code == 400


def test_no_page_shows_an_operator_a_patients_name_or_phone(both: None, operator: Any, signed_in: Any) -> None:
    cast.phone_user()
    client = signed_in(operator)
    query = {"app_label": "tokens", "model_name": "token", "field_name": "patient", "term": ""}
    pages = [client.get("/admin/autocomplete/", query).content.decode()]
    for model in MODELS:
        answer = client.get(at(model))
        assert answer.status_code == 200, model
        pages += [answer.content.decode(), client.get(at(model), {"q": "As"}).content.decode()]
        for row in model.objects.all():
            pages += [client.get(at(model, page, row.pk)).content.decode() for page in ("change", "history")]
    names = ["Asha", "Bilal", "Thomas", "Rahman", "9847000", "98470 00"]
    secrets = ["secret-of-a-browser", *Token.objects.values_list("code", flat=True)]
    assert [word for page in pages for word in names + secrets if word in page] == []


def test_a_clinic_reads_its_own_patients_and_an_operator_half_of_them(
    both: None, lekha: Any, operator: Any, signed_in: Any
) -> None:
    assert "Asha Thomas" in signed_in(lekha).get(at(Patient)).content.decode()
    page = signed_in(operator).get(at(Patient)).content.decode()
    assert "A••• T•••" in page
    assert "•••••• 0112" in page


def test_a_patient_is_found_by_the_whole_phone_and_not_by_the_name(both: None, lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    for typed in ("98470 00112", "+919847000112", "09847000112"):
        assert "Asha Thomas" in client.get(at(Patient), {"q": typed}).content.decode()
    for typed in ("Asha", "98470", "98470 00223"):
        page = client.get(at(Patient), {"q": typed}).content.decode()
        assert "Asha Thomas" not in page
        assert "Bilal" not in page


def test_a_code_is_shown_to_nobody(lake: Any, lekha: Any, operator: Any, signed_in: Any) -> None:
    message = Message.objects.create(kind="code", to=cast.ASHAS_PHONE, text="Your code is 402913", clinic=lake)
    for user in (lekha, operator):
        page = signed_in(user).get(at(Message, "change", message.pk)).content.decode()
        assert "402913" not in page


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model._meta.model_name)
def test_what_the_product_writes_is_only_looked_at(model: Any, both: None, operator: Any, signed_in: Any) -> None:
    client = signed_in(operator)
    assert client.get(at(model, "add")).status_code == 403
    for row in model.objects.all():
        assert '<input type="submit"' not in client.get(at(model, "change", row.pk)).content.decode()
        assert client.post(at(model, "change", row.pk), {"state": "cancelled"}).status_code == 403
        assert client.post(at(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    sent = {"action": "delete_selected", "_selected_action": [str(row.pk) for row in model.objects.all()]}
    before = model.objects.count()
    client.post(at(model), sent)
    assert model.objects.count() == before


@pytest.mark.parametrize("model", [Clinic, Doctor, User, Slot], ids=lambda model: model._meta.model_name)
def test_what_others_refer_to_is_never_deleted(model: Any, both: None, operator: Any, signed_in: Any) -> None:
    assert signed_in(operator).post(at(model, "delete", model.objects.first().pk), {"post": "yes"}).status_code == 403


def test_a_longer_list_takes_no_more_queries(both: None, operator: Any, signed_in: Any) -> None:
    client = signed_in(operator)

    def queries() -> dict[Any, int]:
        counted = {}
        for model in MODELS:
            with CaptureQueriesContext(connection) as captured:
                client.get(at(model))
            counted[model] = len(captured)
        return counted

    queries()
    before = queries()
    for number in range(4):
        more = cast.clinic(name=f"Clinic {number}")
        treats = cast.doctor(clinic=more, name=f"Doctor{number}")
        somebody = cast.patient(name=f"Patient {number}", phone=f"+9198470005{number}0")
        cast.staff(clinic=more, name=f"Staff {number}")
        fill(more, treats, somebody, f"M{number}")
    assert {model: after for model, after in queries().items() if after > before[model]} == {}


def test_a_list_of_millions_is_not_counted(both: None, operator: Any, signed_in: Any) -> None:
    with CaptureQueriesContext(connection) as captured:
        signed_in(operator).get(at(Slot))
    counts = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 2000" in sql for sql in counts)


# ── What a clinic's admin does there ───────────────────────────────────────────────────────────────────────────


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
        "late_goes_after": 3, "grace_minutes": 15, "undo_minutes": 5, "branches-TOTAL_FORMS": 0,
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


# ── Spreadsheets ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["=1+1", "==1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1", " =1"]
)
def test_no_cell_becomes_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Dr Rao", "", "5-6 pm", "a=b", 5, -5, None])
def test_plain_cells_stay_as_they_are(value: Any) -> None:
    assert safe_cell(value) == value


@pytest.mark.parametrize("model", [Doctor, Appointment])
def test_an_export_has_a_clinics_own_rows_and_no_formulas(
    model: Any, both: None, dr_rao: Any, lekha: Any, signed_in: Any
) -> None:
    dr_rao.name = '=HYPERLINK("http://evil.example")'
    dr_rao.save()
    client = signed_in(lekha)
    assert client.get(at(model, "export")).status_code == 200
    text = client.post(at(model, "export"), {"format": "0"}).content.decode()
    assert "'=HYPERLINK" in text
    assert leaks(text) == []
    assert "Asha" not in text
    book = load_workbook(io.BytesIO(client.post(at(model, "export"), {"format": "1"}).content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert any(str(cell.value).startswith("'=HYPERLINK") for cell in cells)
    assert not any(cell.data_type == "f" for cell in cells)


def test_appointments_are_exported_by_their_clinic_only(both: None, operator: Any, signed_in: Any) -> None:
    assert signed_in(operator).get(at(Appointment, "export")).status_code == 403


CITIES = "slug,name,name_ml,district,aliases,weight\naluva,Aluva,ആലുവ,ernakulam,alwaye,3\n"


def test_an_operator_sees_a_preview_before_cities_are_imported(operator: Any, signed_in: Any, db: None) -> None:
    cast.city()
    client = signed_in(operator)
    file = io.BytesIO(CITIES.encode())
    file.name = "cities.csv"
    page = client.post(at(City, "import"), {"format": "0", "resource": "", "import_file": file})
    assert "Aluva" in page.content.decode()
    assert not City.objects.filter(slug="aluva").exists()
    confirm = (
        page.context_data["confirm_form"].initial
        if hasattr(page, "context_data")
        else page.context["confirm_form"].initial
    )
    answer = client.post(at(City, "process_import"), confirm)
    assert answer.status_code == 302
    assert City.objects.get(slug="aluva").aliases == ["alwaye"]


def test_a_bad_row_is_shown_and_nothing_is_imported(operator: Any, signed_in: Any, db: None) -> None:
    cast.city()
    file = io.BytesIO((CITIES + "nowhere,Nowhere,,no-such-district,,1\n").encode())
    file.name = "cities.csv"
    page = signed_in(operator).post(at(City, "import"), {"format": "0", "resource": "", "import_file": file})
    assert page.context["result"].has_errors()
    assert "Confirm import" not in page.content.decode()
    assert not City.objects.filter(slug="aluva").exists()


def test_a_clinics_admin_imports_nothing_and_changes_no_city(lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    assert client.get(at(City, "import")).status_code == 403
    assert client.get(at(City)).status_code == 200
    assert client.post(at(City, "change", City.objects.first().pk), {"name": "Mine"}).status_code == 403
