"""Push is offered where it works; what is no subscription is refused in a word, whatever it is."""

from typing import Any

import pytest
from django.test import Client

from clinics.models import Clinic
from doctors.models import Doctor
from notifications.channels import gateway
from notifications.models import Dispatch, PushSubscription
from patients import pins
from patients.models import Patient
from tests import cast
from tests.phone import Phone as Browser
from tests.phone import last_code
from tests.telling import KEYS, PUSH_KEY

pytestmark = pytest.mark.django_db


def test_who_came_in_with_a_pin_is_offered_no_button_that_does_nothing(
    settings: Any, lake: Clinic, reena: Any, dr_rao: Doctor, asha: Patient
) -> None:
    settings.VAPID_PRIVATE_KEY = PUSH_KEY
    token = cast.appointment(doctor=dr_rao, patient=asha).token
    phone = Browser()
    pin = pins.give(clinic=lake, phone=cast.ASHAS_PHONE, by=reena)[1]
    phone.press("/phone/pin/", phone="98470 00112", code=pin)
    assert "Tell me on this phone" not in phone.open(token.get_absolute_url())
    phone.press("/phone/", phone="98470 00112")
    phone.press("/phone/code/", code=last_code())
    assert "Tell me on this phone" in phone.open(token.get_absolute_url())


@pytest.mark.parametrize(
    "body",
    [
        '{"endpoint": "https://fcm.googleapis.com/\\ud800", "keys": {"p256dh": "%(p256dh)s", "auth": "%(auth)s"}}',
        '{"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "\\udfff%(p256dh)s", "auth": "%(auth)s"}}',
        "[" * 100_000, '{"keys":' * 100_000, "[" * 900 + "]" * 900, b"\xff\xfe", b'{"endpoint": "\x00"}', "NaN",
    ],
    ids=["half a letter", "in a key", "deep", "deeper", "closed", "no text", "nothing", "no number"],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(body: str | bytes, asha: Patient, signed_in: Any) -> None:
    client: Client = signed_in(cast.phone_user())
    sent = body % KEYS if isinstance(body, str) and "%(" in body else body
    assert client.post("/push/subscribe/", sent, content_type="application/json").status_code == 400
    assert client.post("/push/unsubscribe/", sent, content_type="application/json").status_code == 204
    assert not PushSubscription.objects.exists()


def test_a_gateway_that_says_nonsense_without_end_is_passed_over() -> None:
    message = cast.message(code="402931", host="localhost")
    dispatch = Dispatch.objects.create(message=message, kind="code", channel="sms", account="platform", text="x")
    at = gateway.receipts_at(str(dispatch.pk)).partition("/hooks/")
    answer = Client().post(f"/hooks/{at[2]}", "[" * 100_000, content_type="application/json")
    assert answer.status_code == 204
