"""Web push: read by its browser alone, shown once, and by SMS where no browser is left."""

import base64
import json
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid

from clinics.sealed import blind_index
from notifications import vapid
from notifications.channels.push import is_push_service
from notifications.models import Alert, Contact, Dispatch, Message, PushSubscription
from tests import cast
from tests.provider.running import At
from tests.telling import fates, news, sent, swept

State, Fate = Message.State, Dispatch.Fate
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors")]


class Browser:
    """A browser that allowed push: its keys, and what it reads of what comes."""

    def __init__(self, at: str, name: str) -> None:
        self.key, self.auth, self.name = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef", name
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        contact, _ = Contact.objects.get_or_create(phone_key=blind_index(cast.ASHAS_PHONE))
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
