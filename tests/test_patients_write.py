"""What patients write to us: it opens WhatsApp's window, and stops and starts what they are told."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from clinics.sealed import blind_index
from notifications.models import Contact, Sender
from tests import cast
from tests.hooks import TOKEN, written
from tests.provider.receipts import signature
from tests.racing import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors", "twilio_account")]
ASHA = cast.ASHAS_PHONE


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
