"""Each way a provider can behave, over real HTTP, and what becomes of the message; its own count is the judge."""

import json
import socket
import threading
from typing import Any

import pytest
from django.utils import timezone

from notifications import delivery, jobs, outbox
from notifications.channels import Accepted
from notifications.models import Alert, Contact, Dispatch, Line, Message, Sender, Template
from tests import cast
from tests.provider.running import At
from tests.racing import at_once

State, Reason, Fate = Message.State, Message.Reason, Dispatch.Fate
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors")]
ASHA = cast.ASHAS_PHONE


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """No queue: each test lets the worker come when it wants."""
    monkeypatch.setattr(outbox, "enqueue_job", lambda job, message_id: None)


def news(clinic: Any, *, token: int = 13, **more: Any) -> Message:
    """Today's token, written at the desk."""
    words = {"token": token, "doctor": "Dr Rao", "place": "Lake Clinic", "link": f"http://localhost/t/{token}/"}
    return outbox.write(Message.Kind.ADDED, to=ASHA, clinic=clinic, **words, **more)


def sent(message: Message) -> Message:
    """The message after a worker has come for it."""
    jobs.deliver(str(message.pk))
    message.refresh_from_db()
    return message


def swept(message: Message) -> Message:
    """The message after its time has come and a sweep has done its work."""
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
    Line.objects.update(rests_until=None)
    jobs.sweep()
    message.refresh_from_db()
    return message


def fates() -> list[tuple[str, int, str]]:
    """Every handing over: the channel, its fate, the reason's number."""
    return list(Dispatch.objects.order_by("pk").values_list("channel", "fate", "error_code"))


# ── Taken ──────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── Not taken ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_number_that_is_no_mobile_is_left_to_the_telephone(provider: At, lake: Any) -> None:
    provider.behave(do="refuse", code=21614)
    message = sent(news(lake))
    assert (message.state, message.reason) == (State.FAILED, Reason.REFUSED)
    assert message.error == "21614 The number is no mobile"
    assert list(Message.objects.to_telephone()) == [message]
    assert fates() == [("sms", Fate.FAILED, "21614")]


def test_outside_whatsapps_window_it_goes_by_sms_at_once(whatsapp_too: At, lake: Any) -> None:
    whatsapp_too.behave(channel="whatsapp", do="refuse", code=63016)
    message = sent(news(lake))
    assert (message.state, message.channel) == (State.SENT, "sms")
    assert fates() == [("whatsapp", Fate.FAILED, "63016"), ("sms", Fate.ACCEPTED, "")]


def test_what_the_provider_says_of_a_phone_is_not_kept_in_plain(provider: At, lake: Any, caplog: Any) -> None:
    provider.behave(do="refuse", code=21999)
    message = sent(news(lake))
    assert message.error == "21999 … is not taken"
    assert "is not taken" in caplog.text
    assert ASHA not in caplog.text + Dispatch.objects.get().error


def test_wrong_credentials_are_seen_and_lose_nothing(provider: At, lake: Any, settings: Any) -> None:
    right = settings.TWILIO
    settings.TWILIO = right | {"token": "wrong"}
    message = sent(news(lake))
    assert (message.state, message.error) == (State.WAITING, "The provider refuses our credentials")
    assert "20003" in Alert.objects.get(kind=Alert.Kind.CREDENTIALS).said
    settings.TWILIO = right
    assert swept(message).state == State.SENT
    assert not Alert.objects.filter(kind=Alert.Kind.CREDENTIALS, closed_at=None).exists()
    assert provider.count()["total"] == 1


@pytest.mark.parametrize("code", [21606, 21408, 30002])
def test_a_sender_that_may_not_send_stops_nothing_but_time(provider: At, lake: Any, code: int) -> None:
    provider.behave(do="refuse", code=code, times=1)
    message = sent(news(lake))
    assert message.state == State.WAITING
    assert Alert.objects.filter(kind=Alert.Kind.CREDENTIALS).exists()
    assert swept(message).state == State.SENT


@pytest.mark.parametrize("do", ["busy", "away"])
def test_a_provider_that_asks_to_be_left_alone_is(provider: At, lake: Any, do: str) -> None:
    provider.behave(do=do, after=77, times=1)
    began = timezone.now()
    message = sent(news(lake))
    assert message.state == State.WAITING
    assert 76 < (message.due_at - began).total_seconds() < 80
    assert 76 < (Line.objects.get(name="sms:platform").rests_until - began).total_seconds() < 80
    assert swept(message).state == State.SENT
    assert provider.count()["total"] == 1


def test_a_provider_that_cannot_be_reached_is_tried_again(provider: At, lake: Any, settings: Any) -> None:
    there = settings.TWILIO_API_URL
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        settings.TWILIO_API_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    message = sent(news(lake))
    assert (message.state, fates()) == (State.WAITING, [("sms", Fate.FAILED, "")])
    settings.TWILIO_API_URL = there
    assert swept(message).state == State.SENT
    assert (provider.count()["total"], provider.count()["asked"]) == (1, 0)


# ── Perhaps taken ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("do", ["hang", "drop"])
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_what_was_taken_without_an_answer_is_found_and_not_sent_again(
    whatsapp_too: At, lake: Any, channel: str, do: str
) -> None:
    if channel == "sms":
        Template.objects.update(content_sid="")
    whatsapp_too.behave(channel=channel, do=do, times=1)
    message = sent(news(lake))
    assert (message.state, message.channel) == (State.UNKNOWN, channel)
    swept(message)
    assert message.state in {State.SENT, State.AWAITED}
    (taken,) = whatsapp_too.accepted()
    assert Dispatch.objects.get().provider_id == taken["sid"]


def test_what_failed_before_it_was_taken_is_sent_again(provider: At, lake: Any) -> None:
    provider.behave(do="fail", times=1)
    message = sent(news(lake))
    assert message.state == State.UNKNOWN
    assert swept(message).state == State.WAITING
    assert swept(message).state == State.SENT
    assert (provider.count()["total"], provider.count()["asked"]) == (1, 1)


def test_what_is_not_in_the_list_yet_may_still_come(provider: At, lake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.channels.twilio.SETTLES", 30.0)
    provider.behave(do="fail", times=1)
    message = swept(sent(news(lake)))
    assert (message.state, message.error) == (State.UNKNOWN, "It is not there yet")


def test_while_the_provider_cannot_be_asked_nothing_is_sent_again(provider: At, lake: Any, settings: Any) -> None:
    provider.behave(do="hang", times=1)
    message = sent(news(lake))
    settings.TWILIO = settings.TWILIO | {"token": "wrong"}
    assert swept(message).state == State.UNKNOWN
    assert provider.count()["total"] == 1


def test_the_same_words_sent_twice_are_two_messages(provider: At, lake: Any) -> None:
    """Of two equal texts the one is known; what was not answered is the other."""
    first = sent(news(lake))
    provider.behave(do="hang", times=1)
    second = sent(news(lake))
    assert second.state == State.UNKNOWN
    assert swept(second).state == State.SENT
    keys = [Dispatch.objects.get(message=it).provider_id for it in (first, second)]
    assert keys == [taken["sid"] for taken in provider.accepted()]


def test_the_same_words_not_taken_are_not_mistaken_for_those_that_were(provider: At, lake: Any) -> None:
    sent(news(lake))
    provider.behave(do="fail", times=1)
    second = sent(news(lake))
    assert swept(second).state == State.WAITING
    assert swept(second).state == State.SENT
    assert provider.count()["total"] == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_find_the_same_message_do_not_both_have_it(provider: At, lake: Any) -> None:
    provider.behave(do="hang", times=1)
    first = sent(news(lake))
    provider.behave(do="fail", times=1)
    second = sent(news(lake))
    Message.objects.update(due_at=timezone.now())
    assert at_once(*[jobs.sweep] * 2) is not None
    for _ in range(3):
        swept(first)
        swept(second)
    assert {it.state for it in (first, second)} == {State.SENT}
    assert provider.count()["total"] == 2


def test_a_connection_that_breaks_is_asked_about(provider: At, lake: Any, settings: Any) -> None:
    there = settings.TWILIO_API_URL
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.TWILIO_API_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def hang_up() -> None:
            caller, _ = listener.accept()
            caller.recv(65536)
            caller.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        message = sent(news(lake))
        thread.join()
    assert message.state == State.UNKNOWN
    settings.TWILIO_API_URL = there
    assert swept(message).state == State.WAITING


def test_an_account_that_is_gone_is_not_sent_by_again(whatsapp_too: At, lake: Any, settings: Any) -> None:
    whatsapp_too.behave(channel="whatsapp", do="hang", times=1)
    message = sent(news(lake))
    settings.TWILIO = settings.TWILIO | {"whatsapp_from": ""}
    assert swept(message).state == State.FAILED
    assert (message.reason, whatsapp_too.count()["total"]) == (Reason.UNSURE, 1)


def test_a_late_answer_does_not_disturb_the_next_way(whatsapp_too: At, lake: Any) -> None:
    """WhatsApp's refusal was heard before its answer: by then the SMS is on its way."""
    message = news(lake)
    (late,) = delivery.claim(8, delivery.Room())
    delivery.hear(Dispatch.objects.get().pk, Fate.FAILED, error_code="63016")
    (by_sms,) = delivery.claim(8, delivery.Room())
    delivery.record([(late, Accepted("SMlate"))])
    message.refresh_from_db()
    assert (message.state, message.channel) == (State.SENDING, "sms")
    delivery.record([(by_sms, Accepted("SMnext"))])
    message.refresh_from_db()
    assert message.state == State.SENT
