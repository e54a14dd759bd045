"""What providers and patients tell us: believed when it is signed, each thing once, and never backwards."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinics.sealed import blind_index
from notifications import outbox
from notifications.channels import gateway as by_gateway
from notifications.delivery import receipts
from notifications.models import Contact, Dispatch, Message, Receipt, Sender
from tests import cast
from tests.provider.receipts import signature
from tests.racing import at_once, meet_after, no_lock

State, Fate = Message.State, Dispatch.Fate
pytestmark = pytest.mark.django_db
TOKEN = "secret"
TWILIO = {"sid": "AC1", "token": TOKEN, "sms_from": "OOZHAM", "whatsapp_from": "+914842000000"}
ASHA = cast.ASHAS_PHONE
WORDS = {"queued": Fate.ACCEPTED, "sent": Fate.SENT, "delivered": Fate.DELIVERED, "read": Fate.READ}


@pytest.fixture(autouse=True)
def doors(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[str]:
    """An account with Twilio; the jobs that were put into the queue, instead of the queue."""
    settings.TWILIO = TWILIO
    opened: list[str] = []
    monkeypatch.setattr(outbox, "enqueue_job", lambda job, message_id: opened.append(message_id))
    return opened


def handed_over(channel: str = "sms", *, account: str = "platform", clinic: Any = None, **more: Any) -> Dispatch:
    """A message that was handed over, and waits for its receipt."""
    message = cast.message(clinic=clinic, code="402931", host="localhost")
    message.state, message.sent_at, message.channel = State.AWAITED, timezone.now(), channel
    message.save()
    return Dispatch.objects.create(
        message=message, clinic=clinic, kind="code", channel=channel, account=account, text=message.text,
        fate=Fate.ACCEPTED, **more,
    )  # fmt: skip


def says(at: str, fields: dict[str, str], *, token: str = TOKEN, forged: str | None = None) -> int:
    """Twilio calls an address of ours; returns the status it is answered."""
    sign = signature(token, f"{settings.PUBLIC_URL}{at}", fields) if forged is None else forged
    return Client().post(at, fields, headers={"X-Twilio-Signature": sign}).status_code


def receipt(dispatch: Dispatch, word: str, *, token: str = TOKEN, **more: str) -> int:
    """Twilio tells of a dispatch."""
    fields = {"MessageSid": "SM1", "MessageStatus": word, "To": ASHA, "AccountSid": "AC1"} | more
    return says(reverse("notifications:twilio_status", args=[dispatch.pk]), fields, token=token)


def written() -> list[Any]:
    """Everything a hook could write."""
    rows = (Message, Dispatch, Receipt, Contact)
    return [list(model.objects.order_by("pk").values()) for model in rows]


# ── Who speaks ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_forged_receipt_is_refused_and_nothing_is_written(lake: Any) -> None:
    dispatch = handed_over()
    at, before = reverse("notifications:twilio_status", args=[dispatch.pk]), written()
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    right = signature("secret", f"{settings.PUBLIC_URL}{at}", fields)
    of_another = signature("secret", f"{settings.PUBLIC_URL}/hooks/twilio/{uuid4()}/", fields)
    of_other_words = signature("secret", f"{settings.PUBLIC_URL}{at}", fields | {"MessageStatus": "sent"})
    for forged in ("", "x", right[:-1], right.lower(), of_another, of_other_words, "സ്വാഗതം".encode().decode("latin-1")):
        assert says(at, fields, forged=forged) == 403
    assert says(at, fields, token="guessed") == 403
    assert Client().post(at, fields).status_code == 403
    assert written() == before
    assert says(at, fields) == 204


def test_without_a_token_of_ours_nobody_is_believed(settings: Any) -> None:
    dispatch = handed_over()
    settings.TWILIO = TWILIO | {"token": ""}
    assert receipt(dispatch, "delivered", token="") == 403


def test_a_clinics_own_account_signs_for_its_own_messages_alone(lake: Any, hill: Any) -> None:
    for clinic, token in ((lake, "lakes"), (hill, "hills")):
        Sender.objects.create(clinic=clinic, account_sid="AC9", auth_token=token, sms_from="X", is_active=False)
    lakes = handed_over(account=f"clinic-{lake.pk}", clinic=lake)
    assert [receipt(lakes, "delivered", token=it) for it in ("secret", "hills", "lakes")] == [403, 403, 204]
    platforms = handed_over(clinic=lake)
    assert [receipt(platforms, "delivered", token=it, MessageSid="SM2") for it in ("lakes", "secret")] == [403, 204]


def test_a_receipt_of_a_message_we_never_sent_is_not_found_and_only_noted(caplog: Any) -> None:
    handed_over()
    before, unknown = written(), Dispatch(pk=uuid4())
    assert receipt(unknown, "delivered", token="guessed") == 403
    assert receipt(unknown, "delivered") == 404
    assert receipt(handed_over("push"), "delivered") == 404, "a push has no receipts of Twilio's"
    assert str(unknown.pk) in caplog.text
    assert ASHA not in caplog.text
    assert written()[2] == before[2]


def test_a_receipt_is_not_read_like_a_page() -> None:
    assert Client().get(f"/hooks/twilio/{handed_over().pk}/").status_code == 405


# ── What it says ───────────────────────────────────────────────────────────────────────────────────────────────


def test_each_word_leads_forward_and_counts_once() -> None:
    dispatch = handed_over("whatsapp")
    for word in ("delivered", "sent", "queued", "delivered", "read", "sent", "failed", "read"):
        assert receipt(dispatch, word) == 204
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.provider_id, dispatch.message.state) == (Fate.READ, "SM1", State.DELIVERED)
    heard = [int(Fate.DELIVERED), int(Fate.SENT), int(Fate.ACCEPTED), int(Fate.READ), int(Fate.FAILED)]
    assert list(Receipt.objects.values_list("fate", flat=True)) == heard


def test_a_word_nobody_knows_is_passed_over() -> None:
    dispatch = handed_over()
    before = written()
    for word in ("", "receiving", "partially_delivered", "DELIVERED", "\0"):
        assert receipt(dispatch, word) == 204
    assert written() == before


@pytest.mark.django_db(transaction=True)
def test_a_failure_says_why_in_words_and_sets_out_on_the_next_way(doors: list[str]) -> None:
    dispatch = handed_over()
    assert receipt(dispatch, "undelivered", ErrorCode="30003") == 204
    dispatch.refresh_from_db()
    assert (dispatch.error_code, dispatch.error) == ("30003", "The phone is switched off or out of reach")
    assert (dispatch.message.state, dispatch.message.rung) == (State.WAITING, 1)
    assert doors == [str(dispatch.message_id)]
    receipt(dispatch, "undelivered", ErrorCode="30003")
    assert len(doors) == 1


@pytest.mark.parametrize("key", ["", "x" * 81, "SM 1", "SM1\0"])
def test_a_key_that_is_none_is_left_out(key: str) -> None:
    dispatch = handed_over()
    assert receipt(dispatch, "sent", MessageSid=key, ErrorCode="none\0") == 204
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.provider_id, dispatch.error_code) == (Fate.SENT, "", "")


def test_a_key_that_is_anothers_is_left_out() -> None:
    first, second = handed_over(provider_id="SM1"), handed_over()
    assert receipt(second, "delivered") == 204
    second.refresh_from_db()
    assert (second.fate, second.provider_id, first.provider_id) == (Fate.DELIVERED, "", "SM1")


def test_a_receipt_costs_a_handful_of_statements(django_assert_max_num_queries: Any) -> None:
    dispatch = handed_over()
    with django_assert_max_num_queries(12):
        receipt(dispatch, "delivered")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_receipts_that_come_at_once_end_where_the_farthest_says() -> None:
    dispatch = handed_over("whatsapp")
    assert at_once(*[lambda word=word: receipt(dispatch, word) for word in (*WORDS, *WORDS)]) == [204] * 8
    dispatch.refresh_from_db()
    assert (dispatch.fate, Receipt.objects.count()) == (Fate.READ, len(WORDS))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_still_refuses_to_go_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pair of the test above: all have read the same fate, and whoever writes an earlier one last is refused."""
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", no_lock)
    meet_after(monkeypatch, receipts, "_is_new", 3)
    words, ended = ("sent", "delivered", "read"), []
    while not any(isinstance(it, IntegrityError) for it in ended) and len(ended) < 60:
        dispatch = handed_over("whatsapp")
        ended += at_once(*[lambda it=dispatch, word=word: receipt(it, word, MessageSid="") for word in words])
    assert any(isinstance(it, IntegrityError) for it in ended)


# ── People write ───────────────────────────────────────────────────────────────────────────────────────────────


def writes(words: str, *, sender: str = f"whatsapp:{ASHA}", token: str = TOKEN, **more: str) -> Any:
    """A person writes to the platform's WhatsApp number."""
    at = reverse("notifications:twilio_inbound")
    fields = {"From": sender, "To": "whatsapp:+914842000000", "Body": words, "AccountSid": "AC1"} | more
    sign = signature(token, f"{settings.PUBLIC_URL}{at}", fields)
    return Client().post(at, fields, headers={"X-Twilio-Signature": sign})


def asha() -> Contact:
    """What Asha's phone wants."""
    return Contact.objects.get(phone_key=blind_index(ASHA))


def test_a_word_opens_the_window_for_24_hours_to_the_second(clock: Any) -> None:
    answer = writes("Hello")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml")
    assert b"<Response><Message>Nobody reads this number. Your visits are at http://localhost" in answer.content
    opened = clock.now
    assert asha().wrote_at == opened
    assert asha().may_be_written_freely(opened + timedelta(hours=24) - timedelta(microseconds=1))
    assert not asha().may_be_written_freely(opened + timedelta(hours=24))
    clock.pass_(hours=23)
    writes("Thank you")
    assert asha().wrote_at == opened + timedelta(hours=23)


def test_an_sms_or_a_word_to_another_number_opens_no_window(lake: Any) -> None:
    Sender.objects.create(clinic=lake, account_sid="AC9", auth_token="lakes", whatsapp_from="+914842111111")
    writes("Hello", sender=ASHA, To="+914842000000")
    writes("Hello", To="whatsapp:+914842111111", AccountSid="AC9", token="lakes")
    assert asha().wrote_at is None


@pytest.mark.parametrize("stop", ["STOP", " stop. ", "Stop all", "STOPALL", "Unsubscribe!", "നിർത്തുക", "നിര്‍ത്തുക"])
@pytest.mark.parametrize("start", ["START", "start ", "തുടങ്ങുക"])
def test_stop_and_start_are_understood(stop: str, start: str, clock: Any) -> None:
    assert "START" in writes(stop).content.decode()
    assert asha().stopped_at == clock.now
    stopped = clock.now
    clock.pass_(hours=1)
    writes(stop)
    assert asha().stopped_at == stopped, "since the first time"
    writes(start)
    assert asha().stopped_at is None


@pytest.mark.parametrize("words", ["", "stop by at five", "don't start", "CANCEL", "x" * 5000, "<b>&\0"])
def test_other_words_stop_nothing(words: str) -> None:
    assert writes(words).status_code == 200
    assert asha().stopped_at is None


@pytest.mark.parametrize("sender", ["", "whatsapp:+447700900123", "whatsapp:+9148420000", "messenger:1", "whatsapp:"])
def test_who_is_no_patients_phone_is_not_taken_down(sender: str) -> None:
    answer = writes("STOP", sender=sender)
    assert (answer.status_code, b"<Message>" in answer.content) == (200, False)
    assert not Contact.objects.exists()


def test_forged_words_are_refused_and_nothing_is_written(lake: Any) -> None:
    Sender.objects.create(clinic=lake, account_sid="AC9", auth_token="lakes", sms_from="X")
    before = written()
    for account, token in (("AC1", "guessed"), ("AC1", "lakes"), ("AC9", "secret"), ("AC2", ""), ("", ""), ("'", "")):
        assert writes("STOP", token=token, AccountSid=account).status_code == 403
    assert written() == before


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_person_who_writes_twice_at_once_is_one_person() -> None:
    assert [it.status_code for it in at_once(*[lambda: writes("STOP")] * 4)] == [200] * 4
    assert Contact.objects.count() == 1


# ── A gateway ──────────────────────────────────────────────────────────────────────────────────────────────────


def gateway_says(dispatch: Any, call: Callable[[Client, str], Any], sign: str | None = None) -> int:
    """The gateway calls the address it was given."""
    address = by_gateway.receipts_at(str(dispatch.pk)).removeprefix(settings.PUBLIC_URL)
    address = address if sign is None else f"{address.partition('?')[0]}?sign={sign}"
    return call(Client(), address).status_code


@pytest.mark.parametrize(
    "call",
    [
        lambda client, at: client.get(f"{at}&status=DELIVRD&id=G1"),
        lambda client, at: client.post(at, {"status": "delivered", "id": "G1"}),
        lambda client, at: client.post(at, json.dumps({"status": "delivered", "id": "G1"}), "application/json"),
    ],
    ids=["query", "form", "json"],
)
def test_a_gateway_tells_as_it_can(call: Any) -> None:
    dispatch = handed_over()
    assert gateway_says(dispatch, call) == 204
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.provider_id) == (Fate.DELIVERED, "G1")


@pytest.mark.django_db(transaction=True)
def test_a_gateways_failure_keeps_its_number(doors: list[str]) -> None:
    dispatch = handed_over()
    gateway_says(dispatch, lambda client, at: client.post(at, {"status": "UNDELIV", "code": "017"}))
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.error_code, dispatch.error) == (Fate.FAILED, "017", "Reason 017")
    assert doors == [str(dispatch.message_id)]


def test_an_address_signed_for_one_message_does_not_open_another(settings: Any) -> None:
    one, other = handed_over(), handed_over()
    before = written()

    def delivered(client: Client, at: str) -> Any:
        return client.post(at, {"status": "delivered"})

    for sign in (by_gateway.signature(str(one.pk)), "", "സ്വാഗതം"):
        assert gateway_says(other, delivered, sign) == 403
    settings.SMS_GATEWAY = settings.SMS_GATEWAY | {"key": "another"}
    right = by_gateway.signature(str(other.pk))
    settings.SMS_GATEWAY = settings.SMS_GATEWAY | {"key": ""}
    assert gateway_says(other, delivered, right) == 403
    assert written() == before
    assert gateway_says(Dispatch(pk=uuid4()), delivered) == 404


@pytest.mark.parametrize("body", ["", "[]", "{", '{"status": null}', '{"status": ["delivered"]}'])
def test_what_a_gateway_says_that_nobody_understands_is_passed_over(body: str) -> None:
    dispatch = handed_over()
    before = written()
    assert gateway_says(dispatch, lambda client, at: client.post(at, body, "application/json")) == 204
    assert written() == before


# ── A browser ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_browser_says_that_it_has_shown_a_message() -> None:
    dispatch = handed_over("push")
    for _ in range(2):
        assert Client(enforce_csrf_checks=True).post(f"/push/seen/{dispatch.pk}/").status_code == 204
    dispatch.refresh_from_db()
    assert (dispatch.fate, dispatch.message.state, Receipt.objects.count()) == (Fate.DELIVERED, State.DELIVERED, 1)


def test_a_browser_can_say_so_of_nothing_else() -> None:
    dispatch = handed_over("sms")
    assert Client().post(f"/push/seen/{dispatch.pk}/").status_code == 404
    assert Client().post(f"/push/seen/{uuid4()}/").status_code == 404
    assert Client().get(f"/push/seen/{dispatch.pk}/").status_code == 405
    assert not Receipt.objects.exists()
