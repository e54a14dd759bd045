"""What a provider is given over real HTTP: the words, the sender, the template; its own count is the judge."""

import json
from typing import Any

import pytest
from django.utils import timezone

from notifications import jobs, outbox
from notifications.models import Contact, Dispatch, Message, Sender
from tests import cast
from tests.provider.running import At
from tests.telling import fates, news, sent

State, Fate = Message.State, Dispatch.Fate
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors")]
ASHA = cast.ASHAS_PHONE


def test_an_sms_is_handed_over_word_for_word(provider: At, lake: Any) -> None:
    message = sent(news(lake))
    (taken,) = provider.accepted()
    dispatch = Dispatch.objects.get()
    assert (taken["to"], taken["body"]) == (ASHA, dispatch.text)
    assert taken["fields"]["From"] == "OOZHAM"
    assert taken["fields"]["StatusCallback"] == f"http://localhost:8000/hooks/twilio/{dispatch.pk}/"
    assert 3500 < int(taken["fields"]["ValidityPeriod"]) <= 3600, "the operator need not try when it is of no use"
    assert (message.state, dispatch.fate, dispatch.provider_id) == (State.SENT, Fate.ACCEPTED, taken["sid"])


def test_a_messaging_service_sends_by_its_own_senders(provider: At, lake: Any, settings: Any) -> None:
    settings.TWILIO = settings.TWILIO | {"sms_from": "MG0123"}
    sent(news(lake))
    fields = provider.accepted()[0]["fields"]
    assert fields["MessagingServiceSid"] == "MG0123"
    assert "From" not in fields


def test_whatsapp_outside_the_window_is_the_approved_template_with_its_variables(whatsapp_too: At, lake: Any) -> None:
    assert sent(news(lake)).state == State.AWAITED
    fields = whatsapp_too.accepted()[0]["fields"]
    assert (fields["To"], fields["From"]) == (f"whatsapp:{ASHA}", "whatsapp:+914842000000")
    assert fields["ContentSid"] == "HX0123456789"
    numbered = {"1": "13", "2": "Dr Rao", "3": "Lake Clinic", "4": "http://localhost/t/13/"}
    assert json.loads(fields["ContentVariables"]) == numbered
    assert "Body" not in fields


def test_whatsapp_inside_the_window_is_the_words_themselves(whatsapp_too: At, lake: Any) -> None:
    Contact.objects.create(phone_key=Message(to_key=news(lake).to_key).to_key, wrote_at=timezone.now())
    sent(Message.objects.get())
    fields = whatsapp_too.accepted()[0]["fields"]
    assert fields["Body"] == Dispatch.objects.get().text
    assert "ContentSid" not in fields


def test_the_window_of_the_platforms_number_is_not_a_clinics(whatsapp_too: At, lake: Any) -> None:
    whatsapp_too.knows("ACLAKE", "lakes")
    Sender.objects.create(clinic=lake, account_sid="ACLAKE", auth_token="lakes", whatsapp_from="+914842111111")
    message = news(lake)
    Contact.objects.create(phone_key=message.to_key, wrote_at=timezone.now())
    sent(message)
    fields = whatsapp_too.accepted()[0]["fields"]
    assert (fields["From"], fields["ContentSid"]) == ("whatsapp:+914842111111", "HX0123456789")


def test_whatsapp_without_a_template_and_outside_the_window_costs_nothing(provider: At, lake: Any) -> None:
    code = outbox.write(Message.Kind.CODE, to=ASHA, clinic=None, code="402931", host="localhost", rung=1)
    assert (sent(code).state, provider.count()["total"]) == (State.FAILED, 0)
    assert fates() == [("whatsapp", Fate.FAILED, "63016")]


def test_a_clinic_sends_by_its_own_account(provider: At, lake: Any) -> None:
    provider.knows("ACLAKE", "lakes")
    Sender.objects.create(clinic=lake, account_sid="ACLAKE", auth_token="lakes", sms_from="LAKECL")
    sent(news(lake))
    assert provider.accepted()[0]["fields"]["From"] == "LAKECL"
    assert Dispatch.objects.get().account == f"clinic-{lake.pk}"


def test_threads_share_one_client(provider: At, lake: Any) -> None:
    provider.behave(delay=0.1)
    for token in range(1, 41):
        news(lake, token=token)
    jobs.sweep()
    assert provider.count() | {"telling": 0} == {
        "total": 40, "distinct": 40, "most": 1, "asked": 0, "receipts": {}, "telling": 0
    }  # fmt: skip
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}
