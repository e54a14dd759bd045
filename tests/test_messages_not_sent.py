"""What is no longer so is not sent, and what cannot be sent is seen and kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notifications import delivery, jobs, outbox
from notifications.models import Alert, Message, Template
from tests.telling import BUSY, Phone, again, in_time, news

State, Reason = Message.State, Message.Reason
pytestmark = pytest.mark.usefixtures("doors")


def test_what_is_said_of_a_visit_that_is_off_is_not_sent(sms: Phone, lake: Any, asha: Any) -> None:
    message = news(lake, about=asha.pk)
    assert outbox.withdraw(about=[asha.pk]) == {asha.pk}
    assert jobs.sweep() == 0
    assert (again(message).state, message.reason) == (State.DROPPED, Reason.WITHDRAWN)


def test_what_was_being_sent_when_the_visit_was_cancelled_is_not_tried_again(sms: Phone, lake: Any, asha: Any) -> None:
    sms.answers = [BUSY]
    message = news(lake, about=asha.pk)
    (taken,) = delivery.claim(8, delivery.Room())
    assert outbox.withdraw(about=[asha.pk]) == set()
    delivery.record([(taken, BUSY)])
    in_time(message)
    jobs.sweep()
    assert (again(message).state, message.reason, sms.carried) == (State.DROPPED, Reason.PASSED, [])


def test_what_has_passed_is_dropped_and_counted(sms: Phone, lake: Any) -> None:
    message = news(lake, useful_until=timezone.now() - timedelta(seconds=1))
    jobs.deliver(str(message.pk))
    assert (again(message).state, message.reason, sms.carried) == (State.DROPPED, Reason.PASSED, [])


def test_an_unregistered_template_is_seen_and_the_message_kept(sms: Phone, lake: Any) -> None:
    Template.objects.filter(kind="added").update(dlt_template="")
    message = news(lake)
    jobs.deliver(str(message.pk))
    assert (again(message).state, message.reason, sms.carried) == (State.FAILED, Reason.TEMPLATE, [])
    assert "DLT" in Alert.objects.get(kind=Alert.Kind.TEMPLATE).said


def test_without_any_provider_messages_wait_and_staff_are_told(settings: Any, lake: Any) -> None:
    settings.USE_INBOX = False
    message = news(lake)
    jobs.deliver(str(message.pk))
    assert (again(message).state, message.error) == (State.WAITING, "No provider is set up.")
    assert Alert.objects.get(kind=Alert.Kind.NO_WAY).count == 1
