"""What becomes of a message when a provider takes it, refuses it, or says nothing: never lost, and never doubled."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications import delivery, jobs
from notifications.channels import Accepted, Refused, Unsure
from notifications.models import Alert, Dispatch, Message
from tests.telling import BUSY, Phone, again, code_to_asha, in_time, news

State, Reason, Fate = Message.State, Message.Reason, Dispatch.Fate
pytestmark = pytest.mark.usefixtures("doors")
NO = Refused("The number is no mobile", code="21614", lasting=True)


# ── Every fate ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_provider_refuses_for_good_goes_the_next_way_at_once(whatsapp: Phone, sms: Phone, lake: Any) -> None:
    whatsapp.answers = [NO]
    message = news(lake)
    jobs.deliver(str(message.pk))
    assert [it.channel for it in (*whatsapp.carried, *sms.carried)] == ["whatsapp", "sms"]
    assert again(message).state == State.SENT
    fates = Dispatch.objects.order_by("started_at").values_list("channel", "fate", "error_code")
    assert list(fates) == [("whatsapp", Fate.FAILED, "21614"), ("sms", Fate.ACCEPTED, "")]


def test_what_no_way_takes_is_left_to_the_telephone(whatsapp: Phone, sms: Phone, lake: Any) -> None:
    whatsapp.answers = sms.answers = [NO]
    message = news(lake)
    jobs.deliver(str(message.pk))
    assert (again(message).state, message.reason) == (State.FAILED, Reason.REFUSED)
    assert list(Message.objects.to_telephone()) == [message]
    assert Alert.objects.get(kind=Alert.Kind.DEAD, clinic=lake).closed_at is None


def test_a_busy_provider_is_tried_again_later(sms: Phone, lake: Any) -> None:
    sms.answers = [BUSY, Accepted("SM1")]
    message = news(lake)
    jobs.deliver(str(message.pk))
    assert (again(message).state, message.attempts, message.error) == (State.WAITING, 1, "Too many requests")
    assert jobs.sweep() == 0, "it must not be tried again at once"
    in_time(message)
    assert jobs.sweep() == 1
    assert (again(message).state, message.error) == (State.SENT, "")


def test_a_provider_that_always_fails_is_given_up_where_somebody_sees_it(sms: Phone, lake: Any) -> None:
    sms.answers = [Refused("Not today", code="30008")]
    message = news(lake)
    for attempt in range(1, delivery.recording.LAST_TRIES + 1):
        assert again(message).state == State.WAITING
        in_time(message)
        jobs.sweep()
        assert again(message).attempts == attempt
    assert (message.state, message.reason, message.error) == (State.FAILED, Reason.TRIES, "Not today")
    assert jobs.sweep() == 0


def test_what_may_have_been_taken_is_asked_about_and_not_sent_again(sms: Phone, lake: Any) -> None:
    sms.answers = [Unsure("No answer in 8 s")]
    message = news(lake)
    jobs.deliver(str(message.pk))
    assert again(message).state == State.UNKNOWN
    sms.knows = Accepted("SM7", fate=Fate.SENT)
    in_time(message)
    jobs.sweep()
    assert again(message).state == State.SENT
    assert (len(sms.carried), len(sms.asked)) == (1, 1)
    assert Dispatch.objects.get().provider_id == "SM7"


def test_what_was_certainly_not_taken_is_sent_again(sms: Phone, lake: Any) -> None:
    sms.answers, sms.knows = [Unsure("No answer in 8 s"), Accepted("SM8")], Refused("It is not there")
    message = news(lake)
    jobs.deliver(str(message.pk))
    in_time(message)
    jobs.sweep()
    in_time(message)
    jobs.sweep()
    assert again(message).state == State.SENT
    assert (len(sms.carried), len(sms.asked)) == (2, 1)


def test_a_code_is_never_sent_again_by_itself(sms: Phone) -> None:
    sms.answers, sms.knows = [Unsure("No answer in 8 s")], Refused("It is not there")
    message = code_to_asha()
    jobs.deliver(str(message.pk))
    in_time(message)
    jobs.sweep()
    assert (again(message).state, message.reason, len(sms.carried)) == (State.FAILED, Reason.UNSURE, 1)


def test_what_nobody_can_say_is_left_to_people_after_five_minutes(sms: Phone, lake: Any) -> None:
    sms.answers, sms.knows = [Unsure("No answer")], Unsure("Cannot be asked")
    message = news(lake)
    jobs.deliver(str(message.pk))
    Dispatch.objects.update(started_at=timezone.now() - timedelta(minutes=6))
    in_time(message)
    jobs.sweep()
    assert (again(message).state, message.reason) == (State.FAILED, Reason.UNSURE)
    assert len(sms.carried) == 1


def test_what_a_dead_worker_had_begun_is_asked_about_when_its_lease_is_over(sms: Phone, lake: Any) -> None:
    message = news(lake)
    assert len(delivery.claim(8, delivery.Room())) == 1  # and here the worker dies
    assert jobs.sweep() == 0
    in_time(message)
    sms.knows = Refused("It is not there")
    jobs.sweep()
    assert sms.asked
    in_time(message)
    assert jobs.sweep() == 1
    assert len(sms.carried) == 1


def test_whatsapp_that_nobody_confirms_goes_by_sms_within_a_minute(whatsapp: Phone, sms: Phone, lake: Any) -> None:
    message = news(lake)
    jobs.deliver(str(message.pk))
    assert again(message).state == State.AWAITED
    assert message.due_at < timezone.now() + timedelta(seconds=55)
    in_time(message)
    jobs.sweep()
    assert (again(message).state, message.channel) == (State.SENT, "sms")


def test_whatsapp_that_nobody_confirmed_in_time_counts_as_sent(whatsapp: Phone, sms: Phone, lake: Any) -> None:
    message = news(lake)
    jobs.deliver(str(message.pk))
    Message.objects.update(useful_until=timezone.now())
    in_time(message)
    jobs.sweep()
    assert (again(message).state, message.channel, sms.carried) == (State.SENT, "whatsapp", [])


def test_a_provider_out_of_order_rests_and_messages_wait_without_losing_tries(sms: Phone, lake: Any) -> None:
    sms.answers = [BUSY]
    messages = [news(lake) for _ in range(8)]
    for _ in range(3):
        Message.objects.update(due_at=timezone.now())
        jobs.sweep()
    tried = len(sms.carried)
    Message.objects.update(due_at=timezone.now())
    assert jobs.sweep() == 0
    assert len(sms.carried) == tried
    assert Alert.objects.filter(kind=Alert.Kind.PROVIDER, closed_at=None).count() == 1
    sms.answers = [Accepted("")]
    for message in messages:
        in_time(message)
    jobs.sweep()
    assert set(Message.objects.filter(clinic=lake).values_list("state", flat=True)) == {State.SENT}
    assert not Alert.objects.filter(kind=Alert.Kind.PROVIDER, closed_at=None).exists()


def test_wrong_credentials_lose_no_message(sms: Phone, lake: Any, operator: Any, lines: dict[str, Phone]) -> None:
    sms.answers = [Refused("Authenticate", code="20003", lasting=True, ours=True)]
    message = news(lake)
    jobs.deliver(str(message.pk))
    assert again(message).state == State.WAITING
    assert "20003" in Alert.objects.get(kind=Alert.Kind.CREDENTIALS).said
    jobs.sweep()
    assert lines["email"].carried[0].to == operator.email


# ── Receipts ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_receipts_only_lead_forward_and_count_once(sms: Phone, lake: Any) -> None:
    message = news(lake)
    jobs.deliver(str(message.pk))
    dispatch = Dispatch.objects.get()
    heard = [delivery.hear(dispatch.pk, fate) for fate in (Fate.DELIVERED, Fate.SENT, Fate.DELIVERED, Fate.FAILED)]
    assert heard == [True, False, False, False]
    assert (again(message).state, Dispatch.objects.get().fate) == (State.DELIVERED, Fate.DELIVERED)


def test_the_database_itself_refuses_that_a_dispatch_goes_back(sms: Phone, lake: Any) -> None:
    jobs.deliver(str(news(lake).pk))
    Dispatch.objects.update(fate=Fate.DELIVERED)
    with pytest.raises(IntegrityError, match="never goes back"), transaction.atomic():
        Dispatch.objects.update(fate=Fate.SENT)


def test_a_receipt_may_come_before_the_answer(sms: Phone, lake: Any) -> None:
    message = news(lake)
    (taken,) = delivery.claim(8, delivery.Room())
    delivery.hear(Dispatch.objects.get().pk, Fate.DELIVERED, provider_id="SM9")
    delivery.record([(taken, Accepted("SM9"))])
    assert (again(message).state, Dispatch.objects.get().fate) == (State.DELIVERED, Fate.DELIVERED)


def test_whatsapp_that_fails_afterwards_goes_by_sms_at_once(whatsapp: Phone, sms: Phone, lake: Any) -> None:
    message = news(lake)
    jobs.deliver(str(message.pk))
    delivery.hear(Dispatch.objects.get().pk, Fate.FAILED, error_code="63016", error="Outside the window")
    jobs.sweep()
    assert (again(message).state, message.channel, len(sms.carried)) == (State.SENT, "sms", 1)
