"""A way that is busy for long does not hold back what another way would bring at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notifications import jobs
from notifications.channels import Refused
from notifications.models import Message
from tests import cast
from tests.telling import Phone

pytestmark = pytest.mark.django_db


def news(lake: Any) -> Message:
    words = {"token": 1, "doctor": "Dr Rao", "place": "Lake", "link": "http://x/"}
    message = cast.message(kind="added", clinic=lake, **words)
    jobs.sweep()
    message.refresh_from_db()
    return message


def busy(seconds: float, *, ours: bool = True) -> list[Any]:
    return [Refused("Too many", code="429", ours=ours, after=seconds)]


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("seconds", [46, 600])
def test_when_whatsapp_is_busy_for_long_asha_gets_an_sms_at_once(
    lake: Any, whatsapp: Phone, sms: Phone, seconds: float, ours: bool
) -> None:
    whatsapp.answers = busy(seconds, ours=ours)
    message = news(lake)
    assert (message.state, message.channel, len(whatsapp.carried), len(sms.carried)) == ("sent", "sms", 1, 1)


def test_a_short_wait_is_waited_for(lake: Any, whatsapp: Phone, sms: Phone) -> None:
    whatsapp.answers = busy(20)
    message = news(lake)
    assert (message.state, len(sms.carried)) == ("waiting", 0)
    assert message.due_at - timezone.now() < timedelta(seconds=21)


def test_the_last_way_is_left_alone_for_as_long_as_it_asks(lake: Any, sms: Phone) -> None:
    sms.answers = busy(600)
    message = news(lake)
    assert (message.state, message.channel) == ("waiting", "sms")
    assert message.due_at - timezone.now() > timedelta(seconds=590)
