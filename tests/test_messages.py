"""A message is a row first: written with what it tells, sent once after it, never lost and never doubled."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway

from notifications import delivery, jobs, outbox
from notifications.channels import Accepted, Inbox, Refused, Unsure
from notifications.models import Alert, Dispatch, Line, Message, Template
from tests import cast
from tests.racing import at_once, no_lock
from tests.telling import Phone

State, Reason, Fate = Message.State, Message.Reason, Dispatch.Fate
pytestmark = pytest.mark.usefixtures("doors")
NO = Refused("The number is no mobile", code="21614", lasting=True)
BUSY = Refused("Too many requests", code="429", ours=True)


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that were put into the queue, instead of the queue."""
    opened: list[str] = []
    monkeypatch.setattr(outbox, "enqueue_job", lambda job, message_id: opened.append(message_id))
    return opened


def code_to_asha() -> Message:
    """A message to Asha's phone, that wakes her."""
    return outbox.write(Message.Kind.CODE, to=cast.ASHAS_PHONE, clinic=None, code="402931", host="localhost")


def news(clinic: Any, **more: Any) -> Message:
    """Today's token, written at the desk."""
    words = {"token": 13, "doctor": "Dr Rao", "place": "Lake Clinic", "link": "http://localhost/t/abc/"}
    return outbox.write(Message.Kind.ADDED, to=cast.ASHAS_PHONE, clinic=clinic, **words, **more)


def again(message: Message) -> Message:
    """The message as it is by now."""
    message.refresh_from_db()
    return message


def in_time(message: Message) -> None:
    """Let the time come at which something is to be done with it."""
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
    Line.objects.update(rests_until=None)


# ── Written with what it tells ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_is_not_told(doors: list[str]) -> None:
    with transaction.atomic():
        code_to_asha()
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert doors == []


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_called_only_after_the_commit(doors: list[str]) -> None:
    with transaction.atomic():
        message = code_to_asha()
        assert doors == []
    assert doors == [str(message.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_dead_redis_costs_nothing_but_time(sms: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise RedisAway("Connection refused")

    monkeypatch.setattr("django_rq.get_queue", away)
    monkeypatch.setattr(jobs, "_tries_again_at", 0.0)
    monkeypatch.setattr(outbox, "enqueue_job", jobs.enqueue_job)
    message = code_to_asha()
    assert jobs.sweep() == 1
    assert (again(message).state, message.channel) == (State.SENT, "sms")
    assert sms.said == [(cast.ASHAS_PHONE, message.text)]


@pytest.mark.django_db
def test_a_message_without_its_words_is_an_error_and_writes_nothing() -> None:
    with pytest.raises(KeyError):
        outbox.write(Message.Kind.BOOKED, to=cast.ASHAS_PHONE, clinic=None, token=13)
    with pytest.raises(KeyError):
        outbox.write(Message.Kind.CODE, to=cast.ASHAS_PHONE, clinic=None, code="1", host="x", name="Asha")
    assert not Message.objects.exists()


# ── Sent once ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_sent_once_however_many_jobs_come_for_it(sms: Phone) -> None:
    message = code_to_asha()
    for _ in range(3):
        jobs.deliver(str(message.pk))
    assert jobs.sweep() == 0
    assert len(sms.carried) == 1
    assert again(message).attempts == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_four_sweepers_at_once_send_each_message_once(sms: Phone) -> None:
    for _ in range(20):
        code_to_asha()
    at_once(*[jobs.sweep] * 4)
    assert len(sms.carried) == len({it.message for it in sms.carried}) == 20
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_sweepers_take_the_same_messages(sms: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pair of the test above: the database refuses a second hand-over beside the first, not one after it."""
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", no_lock)
    for _ in range(6):
        code_to_asha()
    ended = at_once(*[jobs.sweep] * 4)
    assert any(isinstance(it, IntegrityError) for it in ended) or len(sms.carried) > 6


def test_codes_go_before_what_can_wait(sms: Phone, lake: Any, clock: Any) -> None:
    for _ in range(3):
        cast.message(kind="cancelled", clinic=lake, token=1, doctor="Dr Rao", place="Lake", day="Mon", link="http://x/")
    last = code_to_asha()
    jobs.sweep()
    assert sms.carried[0].message == str(last.pk)


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


# ── Not sent ───────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── Development ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_the_inbox_shows_codes_in_development_and_is_not_there_otherwise(settings: Any) -> None:
    code_to_asha()
    settings.SHOW_INBOX = True
    assert b"402931" in Client().get("/dev/inbox/").content
    settings.SHOW_INBOX = False
    assert Client().get("/dev/inbox/").status_code == 404


@pytest.mark.django_db
def test_the_terminal_keeps_codes_to_itself_where_real_patients_are(capsys: Any, settings: Any) -> None:
    settings.SHOW_INBOX = False
    jobs.deliver(str(code_to_asha().pk))
    said = capsys.readouterr().out
    assert "✉" in said
    assert "402931" not in said
    assert Inbox.repeats_harmlessly
