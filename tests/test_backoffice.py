"""The back office: each clinic sees its own, operators see no patient's name, and what must be kept is kept."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from clinics.models import AuditEvent, Clinic, Membership, Role, User
from doctors.models import Doctor
from notifications.models import Contact, Dispatch, Line, Message, PushSubscription, Receipt, Spending
from patients.models import Challenge, Patient, Pin, Quota
from scheduling.models import (
    Appointment,
    Calendar,
    Conflict,
    Hold,
    LeaveRequest,
    Offer,
    PastSlot,
    Reminded,
    Sitting,
    Slot,
    WaitlistEntry,
)
from tests import cast
from tests.office import MARKS, at, fill, leaks
from tokens.models import Board, Queue, Rating, Token, TokenEvent

pytestmark = MARKS


MODELS = [
    model for model in admin.site._registry
    if model._meta.app_label in {"clinics", "doctors", "notifications", "patients", "tokens", "scheduling"}
]  # fmt: skip
OPERATORS_ONLY = [Challenge, Contact, Line, PushSubscription, Quota, Reminded]
KEPT = [
    Appointment, AuditEvent, Calendar, Challenge, Conflict, Hold, LeaveRequest, Dispatch, Message, Offer, PastSlot,
    Patient, Pin, Queue, Quota, Rating, Receipt, Reminded, Sitting, Slot, Spending, Token, TokenEvent, WaitlistEntry,
]  # fmt: skip


def some(rows: QuerySet) -> list[Any]:
    """The first and the last few: forty of a kind are shown by the same page."""
    return list(dict.fromkeys([*rows.order_by("pk")[:4], *rows.order_by("-pk")[:4]]))


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
        for row in some(own):
            for kind in ("change", "history"):
                assert leaks(client.get(at(model, kind, row.pk)).content.decode()) == [], (model, kind)
        theirs = model.objects.exclude(pk__in=own.values("pk"))
        assert theirs or page.is_shared or model in OPERATORS_ONLY, model
        for row in some(theirs):
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
        for row in some(model.objects.all()):
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
    message = cast.message(kind="code", clinic=lake, code="402913", host="localhost")
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
