"""What patients write to a clinic's own number counts for that clinic, and its key speaks for no other."""

from typing import Any

import pytest
from django.conf import settings as ours
from django.test import Client
from django.urls import reverse

from clinics.models import Clinic
from clinics.sealed import blind_index
from notifications import jobs
from notifications.models import Contact, Message, Sender
from tests import cast
from tests.provider.receipts import signature
from tests.racing import at_once
from tests.telling import Phone

pytestmark = pytest.mark.django_db

PLATFORM = "+914842000000"
SOON = {"token": 1, "doctor": "Dr Rao", "place": "Lake", "time": "9:00 am", "link": "http://x/"}


@pytest.fixture(autouse=True)
def accounts(settings: Any, lake: Clinic, hill: Clinic) -> None:
    """The platform's account, and one of Lake's and of Hill's own."""
    settings.TWILIO = {"sid": "AC1", "token": "secret", "sms_from": "OOZHAM", "whatsapp_from": PLATFORM}
    for clinic, name in ((lake, "lake"), (hill, "hill")):
        Sender.objects.create(clinic=clinic, account_sid=f"AC{name}", auth_token=name, sms_from=name.upper())


def writes(words: str, *, sid: str = "AClake", key: str = "lake", to: str = "LAKE", channel: str = "") -> Any:
    """Asha writes, or somebody who holds an account's key says that she did."""
    at = reverse("notifications:twilio_inbound")
    fields = {"From": f"{channel}{cast.ASHAS_PHONE}", "To": f"{channel}{to}", "Body": words, "AccountSid": sid}
    sign = signature(key, f"{ours.PUBLIC_URL}{at}", fields)
    return Client().post(at, fields, headers={"X-Twilio-Signature": sign})


def contact() -> Contact | None:
    """What Asha's phone wants."""
    return Contact.objects.filter(phone_key=blind_index(cast.ASHAS_PHONE)).first()


def reminded(*clinics: Clinic | None) -> list[bool]:
    """Whether a reminder of each of these clinics reaches Asha."""
    written = [cast.message(kind="soon", clinic=clinic, **SOON) for clinic in clinics]
    jobs.sweep()
    return [Message.objects.get(pk=it.pk).state != Message.State.DROPPED for it in written]


def test_stop_to_a_clinics_number_stops_that_clinic_alone(lake: Clinic, hill: Clinic, sms: Phone, clock: Any) -> None:
    answer = writes("STOP").content.decode()
    assert "only what you must know of your own visits of this clinic" in answer
    assert reminded(lake, hill) == [False, True]
    essential = cast.message(kind="added", clinic=lake, **{name: SOON[name] for name in SOON if name != "time"})
    jobs.sweep()
    assert str(essential.pk) in {it.message for it in sms.carried}
    writes("STOP")
    assert contact().stopped_clinics == [lake.pk], "once"
    assert "of this clinic again" in writes("START").content.decode()
    assert reminded(lake, hill) == [True, True]


def test_a_clinic_does_not_undo_what_a_patient_has_stopped(lake: Clinic, hill: Clinic, sms: Phone, clock: Any) -> None:
    writes("STOP", sid="AChill", key="hill")
    writes("START")
    assert reminded(lake, hill) == [True, False]
    writes("STOP", sid="AC1", key="secret", to=PLATFORM)
    writes("START")
    writes("START", sid="AChill", key="hill")
    assert reminded(lake, hill) == [False, False]
    writes("START", sid="AC1", key="secret", to=PLATFORM)
    assert reminded(lake, hill) == [True, True]


@pytest.mark.parametrize("words", ["STOP", "START", "Hello"])
def test_a_clinic_opens_nobodys_window(words: str) -> None:
    assert writes(words, to=PLATFORM, channel="whatsapp:").status_code == 200
    assert contact() is None or (contact().wrote_at, contact().stopped_at) == (None, None)


def test_the_platforms_number_opens_its_window(clock: Any) -> None:
    writes("Hello", sid="AC1", key="secret", to=PLATFORM, channel="whatsapp:")
    assert contact().wrote_at == clock.now


def test_an_account_that_is_switched_off_is_not_believed(lake: Clinic) -> None:
    Sender.objects.filter(clinic=lake).update(is_active=False)
    assert writes("STOP").status_code == 403
    assert contact() is None


def test_who_enters_anothers_account_speaks_for_nobody_else(lake: Clinic, hill: Clinic) -> None:
    Sender.objects.filter(clinic=lake).update(account_sid="AChill")
    writes("STOP", sid="AChill", key="lake")
    assert contact().stopped_clinics == [lake.pk]
    Sender.objects.filter(clinic=lake).update(account_sid="AC1")
    assert writes("STOP", sid="AC1", key="lake").status_code == 403
    assert contact().stopped_at is None


def test_asha_sees_whom_she_has_stopped_and_starts_again(asha: Any, signed_in: Any) -> None:
    writes("STOP")
    client = signed_in(cast.phone_user())
    page = client.get("/me/messages/").content.decode()
    assert "Lake Clinic sends you only what is essential" in page
    assert "Hill Clinic" not in page
    client.post("/me/messages/", {"set": "start"})
    assert Contact.objects.get().stopped_clinics == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_clinic_that_is_stopped_many_times_at_once_is_stopped_once(lake: Clinic) -> None:
    assert [it.status_code for it in at_once(*[lambda: writes("STOP")] * 4)] == [200] * 4
    assert contact().stopped_clinics == [lake.pk]
