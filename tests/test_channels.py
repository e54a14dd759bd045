"""The other ways: any SMS gateway, web push to a browser, e-mail to staff; and what is said of one half set up."""

import base64
import json
import smtplib
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.core.checks import run_checks
from django.utils import timezone
from py_vapid import Vapid

from clinics.sealed import blind_index
from notifications import channels, outbox, vapid
from notifications.channels import Accepted, Refused, Unsure
from notifications.channels import gateway as by_gateway
from notifications.channels.http import wait_of
from notifications.channels.push import is_push_service
from notifications.checks import ways_are_set_up
from notifications.models import Alert, Contact, Dispatch, Message, PushSubscription
from tests import cast
from tests.provider.running import TOKEN, At
from tests.test_providers import doors, fates, news, sent, swept  # noqa: F401

State, Reason, Fate = Message.State, Message.Reason, Dispatch.Fate
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors")]
ASHA = cast.ASHAS_PHONE


# ── A gateway ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_gateway_is_given_what_its_parameters_ask_for(gateway: At, lake: Any) -> None:
    message = sent(news(lake))
    (taken,) = gateway.accepted()
    dispatch = Dispatch.objects.get()
    assert taken["fields"] == {
        "to": ASHA.removeprefix("+"), "text": dispatch.text, "header": "OOZHAM", "pe": "1101000000001",
        "dlt": "1107000000001", "ref": str(dispatch.pk), "callback": by_gateway.receipts_at(str(dispatch.pk)),
        "x": "", "Authorization": f"Bearer {TOKEN}",
    }  # fmt: skip
    assert (message.state, dispatch.provider_id) == (State.SENT, taken["sid"])


def test_words_in_braces_within_a_message_stay_what_they_are(gateway: At, lake: Any) -> None:
    words = {"token": 1, "doctor": "Dr {to}", "place": "{id} & {", "link": "http://x/"}
    sent(outbox.write(Message.Kind.ADDED, to=ASHA, clinic=lake, **words))
    assert "Dr {to} at {id} & {" in gateway.accepted()[0]["body"]


@pytest.mark.parametrize(
    ("rule", "state", "error"),
    [
        ({"do": "refuse"}, State.FAILED, "400 The gateway does not take it"),
        ({"do": "unauthorised"}, State.WAITING, "The gateway refuses our key"),
        ({"do": "busy", "after": 9}, State.WAITING, "Too many requests at once"),
        ({"do": "away"}, State.WAITING, "Too many requests at once"),
        ({"do": "drop"}, State.UNKNOWN, "The gateway failed (HTTP 500)"),
        ({"do": "hang"}, State.UNKNOWN, "No answer within 0.5 s"),
    ],
)
def test_each_way_a_gateway_can_behave(gateway: At, lake: Any, rule: Any, state: str, error: str) -> None:
    gateway.behave(**rule)
    message = sent(news(lake))
    assert (message.state, message.error) == (state, error)
    if state == State.UNKNOWN:
        assert swept(message).error == "The gateway cannot be asked"
        assert gateway.count()["total"] == 1


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ('{"id": "G-1"}', Accepted("G-1")),
        ('{"status": "success", "data": {"message_id": 17}}', Accepted("17")),
        ('{"messages": [{"id": "G-2", "to": "1"}]}', Accepted("G-2")),
        ("3f2a-77", Accepted("3f2a-77")),
        ("Message submitted successfully", Accepted()),
        ("", Accepted()),
        ("null", Accepted()),
        (
            '{"type": "error", "message": "Invalid DLT", "code": 211}',
            Refused("The gateway does not take it", "211", True),
        ),
        ('{"status": "Failed"}', Refused("The gateway does not take it", "", True)),
    ],
)
def test_a_gateways_key_is_read_wherever_it_stands(said: str, outcome: Any) -> None:
    assert by_gateway._answer(said) == outcome


def test_a_gateway_that_calls_every_message_the_same_loses_none(
    gateway: At, lake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_gateway, "_answer", lambda text: Accepted("DONE"))
    assert [sent(news(lake)).state for _ in range(3)] == [State.SENT] * 3
    assert sorted(Dispatch.objects.values_list("provider_id", flat=True)) == ["", "", "DONE"]


def test_a_gateway_without_an_address_for_receipts_has_none(settings: Any) -> None:
    way = channels.channel_named("sms", "gateway")
    assert way.has_receipts
    settings.SMS_GATEWAY = settings.SMS_GATEWAY | {"params": "to={to}&text={text}"}
    assert not way.has_receipts


# ── Web push ───────────────────────────────────────────────────────────────────────────────────────────────────


class Browser:
    """A browser that allowed push: its keys, and what it reads of what comes."""

    def __init__(self, at: str, name: str) -> None:
        self.key, self.auth, self.name = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef", name
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        contact, _ = Contact.objects.get_or_create(phone_key=blind_index(ASHA))
        endpoint = f"{at}/push/{name}"
        self.row = PushSubscription.objects.create(
            contact=contact, endpoint=endpoint, endpoint_key=blind_index(endpoint),
            p256dh=base64.urlsafe_b64encode(point).decode(), auth=base64.urlsafe_b64encode(self.auth).decode(),
        )  # fmt: skip

    def reads(self, taken: dict[str, Any]) -> dict[str, str]:
        """What is in a push."""
        return json.loads(
            http_ece.decrypt(base64.b64decode(taken["body"]), private_key=self.key, auth_secret=self.auth)
        )


def test_a_push_can_be_read_by_its_browser_alone(push: At, lake: Any) -> None:
    phone, tablet = Browser(push.address, "phone"), Browser(push.address, "tablet")
    message = sent(news(lake))
    dispatch = Dispatch.objects.get()
    by_name = {it["to"]: it for it in push.accepted()}
    payload = {
        "title": "Token given at the desk", "body": dispatch.text, "link": "http://localhost/t/13/",
        "id": str(dispatch.pk), "tag": str(message.pk),
    }  # fmt: skip
    assert phone.reads(by_name["phone"]) == tablet.reads(by_name["tablet"]) == payload
    with pytest.raises(http_ece.ECEException):
        tablet.reads(by_name["phone"])
    fields = by_name["phone"]["fields"]
    assert Vapid.verify(fields["authorization"])
    assert (3500 < int(fields["ttl"]) <= 3600, fields["urgency"], fields["topic"]) == (True, "high", message.pk.hex)
    assert (message.state, message.channel) == (State.AWAITED, "push")


def test_what_the_browser_has_shown_is_delivered(push: At, lake: Any, client: Any) -> None:
    phone = Browser(push.address, "phone")
    message = sent(news(lake))
    shown = phone.reads(push.accepted()[0])
    assert client.post(f"/push/seen/{shown['id']}/").status_code == 204
    message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_a_browser_that_is_gone_is_forgotten_and_another_is_enough(push: At, lake: Any) -> None:
    Browser(push.address, "old")
    phone = Browser(push.address, "phone")
    push.behave(to="old", do="gone")
    assert sent(news(lake)).state == State.AWAITED
    assert list(PushSubscription.objects.all()) == [phone.row]


def test_when_every_browser_is_gone_it_goes_by_sms_at_once(push: At, lake: Any) -> None:
    for name in ("old", "older"):
        Browser(push.address, name)
    push.behave(channel="push", do="gone")
    message = sent(news(lake))
    assert (message.state, message.channel) == (State.SENT, "sms")
    assert fates() == [("push", Fate.FAILED, ""), ("sms", Fate.ACCEPTED, "")]
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("fields", [{"p256dh": "x"}, {"auth": "?"}, {"p256dh": ""}, {"endpoint": "http://10.0.0.1/"}])
def test_a_browser_with_keys_or_an_address_that_are_none_is_forgotten(push: At, lake: Any, fields: Any) -> None:
    row = Browser(push.address, "odd").row
    PushSubscription.objects.filter(pk=row.pk).delete()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    assert sent(news(lake)).channel == "sms"
    assert not PushSubscription.objects.exists()


def test_a_push_without_an_answer_is_sent_once_more_and_shown_once(push: At, lake: Any) -> None:
    phone = Browser(push.address, "phone")
    push.behave(channel="push", do="hang", times=1)
    message = sent(news(lake))
    assert message.state == State.UNKNOWN
    assert swept(message).state == State.AWAITED
    assert len({phone.reads(it)["tag"] for it in push.accepted()}) == 1


@pytest.mark.parametrize("do", ["refuse", "unauthorised"])
def test_a_push_service_that_refuses_us_costs_nobody_their_message(push: At, lake: Any, do: str) -> None:
    Browser(push.address, "phone")
    push.behave(channel="push", do=do)
    assert sent(news(lake)).channel == "sms"
    assert PushSubscription.objects.exists()


def test_a_push_service_that_is_busy_is_left_alone(push: At, lake: Any) -> None:
    Browser(push.address, "phone")
    push.behave(channel="push", do="busy", after=20)
    message = sent(news(lake))
    assert message.state == State.WAITING
    assert sent(message).channel in {"push", "sms"}


def test_a_key_of_ours_that_is_none_is_seen_and_forgets_no_browser(push: At, lake: Any, settings: Any) -> None:
    Browser(push.address, "phone")
    settings.VAPID_PRIVATE_KEY = "none"
    sent(news(lake))
    assert "VAPID_PRIVATE_KEY" in Alert.objects.get(kind=Alert.Kind.CREDENTIALS).said
    assert PushSubscription.objects.exists()


@pytest.mark.parametrize(
    ("endpoint", "is_one"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://wns2-pn1p.notify.windows.com/w/?token=x", True),
        ("http://fcm.googleapis.com/fcm/send/x", False),
        ("https://fcm.googleapis.com.evil.example/", False),
        ("https://evilfcm.googleapis.com@10.0.0.1/", False),
        ("https://127.0.0.1/", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_nobody_sends_us_anywhere_but_to_a_push_service(endpoint: str, is_one: bool) -> None:
    assert is_push_service(endpoint) is is_one


def test_a_key_is_made_and_its_public_half_is_what_pages_give() -> None:
    private, public = vapid.made()
    key = Vapid.from_string(private)
    assert vapid._public(key) == public
    assert (len(base64.urlsafe_b64decode(public + "=")), vapid.public_key()) == (65, "")


# ── E-mail ─────────────────────────────────────────────────────────────────────────────────────────────────────


def alert(to: str = "omana@oozham.example") -> Message:
    """An e-mail to the operator."""
    return outbox.write(Message.Kind.ALERT, to=to, clinic=None, what="Messages reached nobody: the provider is away")


@pytest.fixture
def post(settings: Any) -> None:
    """A mail server."""
    settings.HAS_EMAIL, settings.DEFAULT_FROM_EMAIL = True, "Oozham <tokens@oozham.example>"


@pytest.mark.usefixtures("post")
def test_an_e_mail_has_the_same_name_however_often_it_is_sent() -> None:
    message = alert()
    for _ in range(2):
        Message.objects.update(state=State.WAITING, sent_at=None, due_at=timezone.now())
        assert sent(message).state == State.SENT
    first, second = mail.outbox
    assert first.subject == "Oozham: Messages reached nobody: the provider is away"
    assert (first.to, first.body) == (["omana@oozham.example"], "Messages reached nobody: the provider is away\n")
    assert first.extra_headers == second.extra_headers
    assert first.extra_headers["Message-ID"] == f"<{message.pk}@oozham.example>"


@pytest.mark.usefixtures("post")
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (
            smtplib.SMTPAuthenticationError(535, b"no"),
            Refused("The mail server refuses our credentials", "535", True, True),
        ),
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no")}), Refused("The mailbox is not there", "550", True)),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"later")}), Refused("The mailbox is not there", "450")),
        (smtplib.SMTPServerDisconnected("bye"), Unsure("The mail server hung up")),
        (ConnectionRefusedError(), Refused("The mail server cannot be reached (ConnectionRefusedError)", ours=True)),
        (TimeoutError(), Unsure("The mail server did not answer (TimeoutError)")),
        (
            smtplib.SMTPDataError(451, b"x"),
            Refused("The mail server does not take it (SMTPDataError)", "451", ours=True),
        ),
    ],
    ids=lambda it: type(it).__name__,
)
def test_what_a_mail_server_says(error: Exception, outcome: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    way = channels.CHANNELS["email", "smtp"]

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    send = way.send
    monkeypatch.setattr(way, "send", lambda it: heard.append(send(it)) or heard[-1])
    sent(alert())
    assert heard == [outcome]


@pytest.mark.usefixtures("post")
def test_an_address_that_is_none_fails_where_it_is_seen() -> None:
    message = sent(alert(to="omana@oozham.example\nBcc: all@oozham.example"))
    assert (message.state, mail.outbox) == (State.FAILED, [])


# ── Half set up ────────────────────────────────────────────────────────────────────────────────────────────────


def warnings(settings: Any, **given: Any) -> list[str]:
    """What is said at the start with these settings."""
    for name, value in given.items():
        setattr(settings, name, value)
    return [it.id.rpartition(".")[2] for it in ways_are_set_up()]


def test_what_is_half_set_up_is_said_at_every_start(settings: Any) -> None:
    good = {"sid": "AC1", "token": "x", "sms_from": "X", "whatsapp_from": ""}
    gateway = {"url": "https://sms.example/", "params": "", "key": "k"}
    assert warnings(settings, DEBUG=True) == []
    assert warnings(settings, DEBUG=False) == ["W001"]
    assert warnings(settings, TWILIO=good) == []
    assert warnings(settings, TWILIO=good | {"token": ""}) == ["W002"]
    assert warnings(settings, TWILIO=good | {"sms_from": ""}) == ["W003"]
    assert warnings(settings, SMS_GATEWAY=gateway) == []
    assert warnings(settings, SMS_GATEWAY=gateway | {"key": ""}) == ["W004"]
    assert warnings(settings, SMS_GATEWAY=gateway, VAPID_PRIVATE_KEY=vapid.made()[0]) == ["W005"]
    assert warnings(settings, VAPID_CONTACT="mailto:x@y.example") == []
    assert warnings(settings, VAPID_PRIVATE_KEY="none") == ["W006"]
    assert warnings(settings, VAPID_PRIVATE_KEY="", VAPID_CONTACT="", HAS_EMAIL=True) == ["W007"]
    assert "notifications.W007" in [it.id for it in run_checks()]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 0), ("", 0), ("12", 12), ("-3", 0), ("99999", 600), ("nan", 0), ("inf", 600), ("soon", 0),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)  # fmt: skip
def test_how_long_a_provider_wants_to_be_left_alone(header: str | None, seconds: float) -> None:
    assert wait_of(header) == seconds
