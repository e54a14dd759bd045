"""The back office of telling people: dead letters, templates, accounts, what a clinic sends, alerts."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from clinics.models import AuditEvent
from notifications import alerts, jobs
from notifications.models import Alert, Contact, Dispatch, Line, Message, Policy, Sender, Template
from tests import cast
from tests.office import at
from tests.telling import Phone

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.ignore_template_errors,  # Django's own pages read variables that are not always there
    pytest.mark.usefixtures("quick_passwords"),
]
State = Message.State
TOKEN = "a-secret-of-twilio"


def dead(clinic: Any, *, kind: str = "added", **words: Any) -> Message:
    """Something that reached nobody, handed over once."""
    words = words or {"token": 13, "doctor": "Dr Rao", "place": "Lake", "link": "http://localhost/t/abc/"}
    message = cast.message(kind=kind, clinic=clinic, **words)
    Message.objects.filter(pk=message.pk).update(state=State.FAILED, reason="refused")
    Dispatch.objects.create(
        message=message, clinic=clinic, kind=kind, channel="sms", text=message.text, fate=35, error_code="21614"
    )
    return message


def chosen(*rows: Any, action: str) -> dict[str, Any]:
    """What the list sends when an action is pressed."""
    return {"action": action, "_selected_action": [str(row.pk) for row in rows]}


# ── Dead letters ───────────────────────────────────────────────────────────────────────────────────────────────


def test_dead_letters_are_found_and_sent_again(sms: Phone, lake: Any, hill: Any, lekha: Any, signed_in: Any) -> None:
    ours, theirs, client = dead(lake), dead(hill), signed_in(lekha)
    code = dead(lake, kind="code", code="402931", host="localhost")
    assert client.get(at(Message), {"reached": "nobody"}).context_data["cl"].result_count == 2
    page = client.post(at(Message), chosen(ours, theirs, code, action="send_again"), follow=True).content.decode()
    assert "1 goes out again now." in page
    assert "1 stays as it is" in page
    jobs.sweep()
    assert [it.message for it in sms.carried] == [str(ours.pk)]
    assert AuditEvent.objects.get(action="message.sent_again").object_id == str(ours.pk)


def test_a_clinic_reads_word_for_word_and_an_operator_that_it_went(
    lake: Any, lekha: Any, operator: Any, signed_in: Any
) -> None:
    ours, code = dead(lake), dead(lake, kind="code", code="402931", host="localhost")
    ours = at(Message, "change", ours.pk)
    assert "Token 13 with Dr Rao" in signed_in(lekha).get(ours).content.decode()
    page = signed_in(operator).get(ours).content.decode()
    assert "21614" in page
    assert "Token 13 with Dr Rao" not in page
    for user in (lekha, operator):
        assert "402931" not in signed_in(user).get(at(Message, "change", code.pk)).content.decode()


# ── Templates ──────────────────────────────────────────────────────────────────────────────────────────────────


def typed(template: Template, **more: Any) -> dict[str, Any]:
    """A template's page as it is sent."""
    names = ["category", "wording", "registered_text", "dlt_entity", "dlt_header", "dlt_template", "content_sid"]
    return {name: getattr(template, name) for name in names} | more


@pytest.fixture
def near(db: None) -> Template:
    """The platform's template of "your turn is near"."""
    return Template.objects.get(clinic=None, kind="near", language="en")


def test_a_variable_that_no_message_fills_is_refused_in_words(near: Template, operator: Any, signed_in: Any) -> None:
    page = signed_in(operator).post(
        at(Template, "change", near.pk), typed(near, wording="{token}: {fee} to pay")
    ).content.decode()  # fmt: skip
    assert "There is no {fee} in this kind of message. There is: {token}, {doctor}" in page
    assert "{token}: {fee} to pay" in page, "what was typed is kept"
    near.refresh_from_db()
    assert "{fee}" not in near.wording


def test_a_wording_that_is_not_the_registered_one_is_refused_in_words(
    near: Template, operator: Any, signed_in: Any
) -> None:
    client, ids = signed_in(operator), {"dlt_entity": "1101", "dlt_header": "OOZHAM", "dlt_template": "1107"}
    assert client.post(at(Template, "change", near.pk), typed(near, **ids)).status_code == 302
    near.refresh_from_db()
    assert near.registered_text.startswith("Your turn is near: token {#numeric#}, {#alphanumeric#}")
    page = client.post(at(Template, "change", near.pk), typed(near, wording="Soon: {token}")).content.decode()
    assert "This is not the wording above" in page


def test_the_page_shows_how_it_reads_what_it_costs_and_what_is_missing(
    near: Template, operator: Any, signed_in: Any
) -> None:
    page = signed_in(operator).get(at(Template, "change", near.pk)).content.decode()
    assert "Your turn is near: token 13, Dr Kavitha Rao, Lake Clinic. 3 ahead of you." in page
    assert "GSM-7, 1 part, ₹0.25 by SMS" in page
    assert "Your turn is near: token {#numeric#}, {#alphanumeric#}, {#alphanumeric#}." in page
    assert "DLT entity id: the operators drop every SMS without it." in page
    Template.objects.filter(pk=near.pk).update(wording="ടോക്കൺ {token}")
    assert "UCS-2" in signed_in(operator).get(at(Template, "change", near.pk)).content.decode()


def test_a_template_is_tried_on_a_phone_through_the_outbox(
    sms: Phone, near: Template, operator: Any, signed_in: Any
) -> None:
    client, address = signed_in(operator), f"{at(Template)}{near.pk}/try/"
    page = client.post(address, {"to": "98470 00112"}, follow=True).content.decode()
    message = Message.objects.get()
    assert at(Message, "change", message.pk) in page
    jobs.sweep()
    assert sms.said[0][0] == cast.ASHAS_PHONE
    for wrong in ("", "12345", "+14155550100", "0484 2000000"):
        assert "10 digits" in client.post(address, {"to": wrong}, follow=True).content.decode()
    for _ in range(6):
        page = client.post(address, {"to": "98470 00112"}, follow=True).content.decode()
    assert "You have tried 6 in this hour" in page
    assert Message.objects.count() == AuditEvent.objects.filter(action="template.tried").count() == 6


def test_a_phone_is_told_in_its_own_language_only(near: Template, operator: Any, signed_in: Any) -> None:
    from clinics.sealed import blind_index

    Contact.objects.create(phone_key=blind_index(cast.ASHAS_PHONE), language="ml")
    page = signed_in(operator).post(f"{at(Template)}{near.pk}/try/", {"to": "98470 00112"}, follow=True)
    assert "This phone has not chosen English" in page.content.decode()
    assert not Message.objects.exists()


def test_a_clinic_changes_its_own_templates_once_it_has_an_account(
    lake: Any, hill: Any, near: Template, lekha: Any, signed_in: Any
) -> None:
    client, address = signed_in(lekha), at(Template, "add")
    sent = typed(near, wording="Soon: {token}", clinic=lake.pk, kind="near", language="en")
    assert client.post(address, sent).status_code == 403
    Sender.objects.create(clinic=lake, account_sid="AC2", auth_token=TOKEN, sms_from="LAKE")
    assert client.post(address, sent).status_code == 302
    own = Template.objects.get(clinic=lake)
    assert client.post(address, sent | {"clinic": hill.pk}).status_code == 200
    assert client.post(at(Template, "change", own.pk), typed(own, wording="Now: {token}")).status_code == 302
    assert client.post(at(Template, "change", near.pk), typed(near, wording="Mine: {token}")).status_code == 403
    assert client.post(f"{at(Template)}{near.pk}/try/", {"to": "98470 00112"}).status_code == 403
    assert "There is a template of this kind" in client.post(address, sent).content.decode()


# ── Accounts ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def twilio(settings: Any) -> Iterator[dict[str, Any]]:
    """Something that answers as the provider does: the status and the body that a test wants."""
    says: dict[str, Any] = {"status": 200, "body": b'{"status": "active", "friendly_name": "Lake"}', "asked": []}

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            says["asked"].append((self.path, self.headers["Authorization"]))
            self.send_response(says["status"])
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(says["body"])

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Provider)
    thread = Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    settings.TWILIO_API_URL = f"http://127.0.0.1:{server.server_port}"
    yield says
    server.shutdown()
    server.server_close()
    thread.join()


SENDER = {
    "account_sid": "AC0123456789", "token": TOKEN, "sms_from": "LAKE", "whatsapp_from": "", "sms_paise": "25",
    "whatsapp_paise": "15", "is_active": "on",
}  # fmt: skip


def test_a_token_is_written_and_never_shown_again(lake: Any, lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    assert (
        "Give the token" in client.post(at(Sender, "add"), SENDER | {"clinic": lake.pk, "token": ""}).content.decode()
    )
    assert client.post(at(Sender, "add"), SENDER | {"clinic": lake.pk}).status_code == 302
    sender = Sender.objects.get()
    assert TOKEN not in client.get(at(Sender, "change", sender.pk)).content.decode()
    client.post(at(Sender, "change", sender.pk), SENDER | {"token": "", "sms_from": "LAKES"})
    sender = Sender.objects.get()
    assert (sender.auth_token, sender.sms_from) == (TOKEN, "LAKES")
    client.post(at(Sender, "change", sender.pk), SENDER | {"token": "another"})
    assert Sender.objects.get().auth_token == "another"
    page = client.post(at(Sender, "change", sender.pk), SENDER | {"token": "", "sms_from": ""}).content.decode()
    assert "Give a number or header for SMS" in page


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b'{"status": "active", "friendly_name": "Lake"}', "Twilio knows this account as Lake"),
        (200, b'{"status": "suspended"}', "it is not active"),
        (200, b"<html>", "Twilio did not answer"),
        (200, b"[]", "it is not active"),
        (401, b"", "Twilio refuses this account and token"),
        (404, b"", "no account with this SID"),
        (302, b"", "Twilio could not say (status 302)"),
        (500, b"", "Twilio could not say (status 500)"),
    ],
)
def test_credentials_are_checked_with_one_request(
    status: int, body: bytes, said: str, twilio: dict[str, Any], lake: Any, lekha: Any, signed_in: Any
) -> None:
    sender = Sender.objects.create(clinic=lake, account_sid="AC0123", auth_token=TOKEN, sms_from="LAKE")
    twilio |= {"status": status, "body": body}
    page = signed_in(lekha).post(f"{at(Sender)}{sender.pk}/check/", follow=True).content.decode()
    assert said in page
    assert TOKEN not in page
    assert [path for path, _ in twilio["asked"]] == ["/2010-04-01/Accounts/AC0123.json"]


def test_a_provider_that_is_not_there_is_said_and_right_credentials_end_the_alert(
    settings: Any, twilio: dict[str, Any], lake: Any, hema: Any, lekha: Any, signed_in: Any
) -> None:
    sender = Sender.objects.create(clinic=lake, account_sid="AC0123", auth_token=TOKEN, sms_from="LAKE")
    there, line = settings.TWILIO_API_URL, f"sms:clinic-{lake.pk}"
    Line.objects.create(name=line, failures=3)
    alerts.notice(Alert.Kind.CREDENTIALS, said="wrong", clinic_id=lake.pk, subject=line)
    settings.TWILIO_API_URL = "http://127.0.0.1:9"
    client, address = signed_in(lekha), f"{at(Sender)}{sender.pk}/check/"
    assert "Twilio did not answer" in client.post(address, follow=True).content.decode()
    assert Alert.objects.get().closed_at is None
    settings.TWILIO_API_URL = there
    client.post(address)
    assert Alert.objects.get().closed_at is not None
    assert client.get(address).status_code == 405


# ── What a clinic sends ────────────────────────────────────────────────────────────────────────────────────────

POLICY = {"kinds": ["booked", "cancelled"], "evening_at": "18:30", "near_ahead": "4", "thanks_after": "60"}


def test_what_a_clinic_sends_is_there_when_it_is_first_opened(lake: Any, hill: Any, lekha: Any, signed_in: Any) -> None:
    client = signed_in(lekha)
    client.get(at(Policy))
    client.get(at(Policy))
    policy = Policy.objects.get()
    assert policy.clinic == lake
    page = client.get(at(Policy, "change", lake.pk)).content.decode()
    assert "Essential: sent also to patients who have stopped the others." in page
    assert page.count("checked") == len(policy.chosen)
    assert client.post(at(Policy, "change", lake.pk), POLICY | {"monthly_cap": "249.50"}).status_code == 302
    policy.refresh_from_db()
    assert (policy.kinds, policy.monthly_cap_paise, policy.near_ahead) == (["booked", "cancelled"], 24950, 4)
    client.post(at(Policy, "change", lake.pk), POLICY | {"monthly_cap": ""})
    policy.refresh_from_db()
    assert policy.monthly_cap_paise is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("monthly_cap", "abc", "Give the cap as an amount in rupees, like 500 or 249.50."),
        ("monthly_cap", "-1", "greater than or equal to 0"),
        ("monthly_cap", "1.005", "no more than 2 decimal places"),
        ("evening_at", "23:00", "between noon and 8:30 in the evening"),
        ("near_ahead", "0", "between 1 and 30"),
        ("kinds", "code", "not one of the available choices"),
    ],
)
def test_nonsense_is_refused_in_words(field: str, value: str, said: str, lake: Any, lekha: Any, signed_in: Any) -> None:
    Policy.objects.create(clinic=lake)
    page = signed_in(lekha).post(at(Policy, "change", lake.pk), POLICY | {"monthly_cap": ""} | {field: value})
    assert said in page.content.decode()
    assert Policy.objects.get().kinds is None


def test_a_raised_cap_ends_the_alert_and_leads_to_what_it_stopped(lake: Any, lekha: Any, signed_in: Any) -> None:
    Policy.objects.create(clinic=lake, monthly_cap_paise=0)
    Message.objects.filter(pk=dead(lake).pk).update(reason="cap")
    alerts.notice(Alert.Kind.CAP, said="reached", clinic_id=lake.pk, subject="2026-11")
    client = signed_in(lekha)
    page = client.post(at(Policy, "change", lake.pk), POLICY | {"monthly_cap": "500"}, follow=True).content.decode()
    assert "The cap before has stopped 1 message that still matter" in page
    assert Alert.objects.get().closed_at is not None
    assert client.get(at(Message), {"reason__exact": "cap", "reached": "telephone"}).status_code == 200


# ── Alerts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_open_alerts_stand_on_the_first_page_until_seen_to(
    lake: Any, hill: Any, lekha: Any, operator: Any, signed_in: Any
) -> None:
    alerts.notice(Alert.Kind.DEAD, said="Lake was not told", clinic_id=lake.pk)
    alerts.notice(Alert.Kind.DEAD, said="Hill was not told", clinic_id=hill.pk)
    client = signed_in(lekha)
    page = client.get("/admin/").content.decode()
    assert "Lake was not told" in page
    assert "Hill was not told" not in page
    assert "Hill was not told" in signed_in(operator).get("/admin/").content.decode()
    client.post(at(Alert), chosen(*Alert.objects.all(), action="seen_to"))
    assert list(Alert.objects.filter(closed_at=None).values_list("said", flat=True)) == ["Hill was not told"]
    assert AuditEvent.objects.get(action="alert.seen_to").by == lekha
    assert "Lake was not told" not in client.get("/admin/").content.decode()
