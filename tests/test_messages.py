"""A message is a row first: written with what it tells, sent once however many come for it, and read by nobody else."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from redis.exceptions import ConnectionError as RedisAway

from notifications import jobs, outbox
from notifications.channels import Inbox
from notifications.models import Message
from tests import cast
from tests.racing import at_once, no_lock
from tests.telling import Phone, again, code_to_asha

State = Message.State
pytestmark = pytest.mark.usefixtures("doors")


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


@pytest.mark.django_db(transaction=True)
def test_a_sender_is_called_once_for_all_that_is_written_before_it_begins(
    sms: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = jobs._queue("messages")
    waiting.empty()
    waiting.connection.delete(jobs.BELL)
    monkeypatch.setattr(outbox, "enqueue_job", jobs.enqueue_job)
    first, *_ = [code_to_asha() for _ in range(3)]
    assert [job.args[0] for job in waiting.jobs] == [str(first.pk)]
    jobs.deliver(str(first.pk))
    assert len(sms.carried) == 3
    after = code_to_asha()
    assert [job.args[0] for job in waiting.jobs] == [str(first.pk), str(after.pk)]
    # A job that is lost keeps nobody waiting for long.
    assert 0 < waiting.connection.ttl(jobs.BELL) <= jobs.RUNG
    waiting.empty()
    waiting.connection.delete(jobs.BELL)


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
