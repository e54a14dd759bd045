"""A provider that refuses, asks to be left alone, or cannot be reached: what becomes of the message."""

import socket
from typing import Any

import pytest
from django.utils import timezone

from notifications.channels.http import wait_of
from notifications.models import Alert, Dispatch, Line, Message
from tests import cast
from tests.provider.running import At
from tests.telling import fates, news, sent, swept

State, Reason, Fate = Message.State, Message.Reason, Dispatch.Fate
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors")]


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
    assert cast.ASHAS_PHONE not in caplog.text + Dispatch.objects.get().error


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


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 0), ("", 0), ("12", 12), ("-3", 0), ("99999", 600), ("nan", 0), ("inf", 600), ("soon", 0),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)  # fmt: skip
def test_how_long_a_provider_wants_to_be_left_alone(header: str | None, seconds: float) -> None:
    assert wait_of(header) == seconds
