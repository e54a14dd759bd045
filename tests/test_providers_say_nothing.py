"""What a provider may have taken is asked about, never sent twice and never lost; its own count is the judge."""

import socket
import threading
from typing import Any

import pytest
from django.utils import timezone

from notifications import delivery, jobs
from notifications.channels import Accepted
from notifications.models import Dispatch, Message, Template
from tests.provider.running import At
from tests.racing import at_once
from tests.telling import news, sent, swept

State, Reason, Fate = Message.State, Message.Reason, Dispatch.Fate
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors")]


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
