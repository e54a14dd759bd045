"""A message is a row first: written with what it tells, sent once after it, never lost and never doubled."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway

from notifications import delivery, jobs, outbox
from notifications.channels import ChannelError, development
from notifications.models import Message
from tests import cast

State = Message.State


class Phone:
    """A channel that remembers what it carried, and refuses while it is out of order."""

    name = "phone"

    def __init__(self) -> None:
        self.carried: list[tuple[str, str]] = []
        self.out_of_order = False

    def send(self, *, to: str, text: str) -> None:
        """Carry one message."""
        if self.out_of_order:
            raise ChannelError("The line is dead.")
        self.carried.append((to, text))


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Phone:
    """The only way a message can go in these tests."""
    carried = Phone()
    monkeypatch.setattr(delivery, "current_channel", lambda: carried)
    return carried


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that were put into the queue, instead of the queue."""
    opened: list[str] = []
    monkeypatch.setattr(outbox, "enqueue_job", lambda job, message_id: opened.append(message_id))
    return opened


def code_to_asha() -> Message:
    """A message to Asha's phone."""
    return outbox.write(Message.Kind.CODE, to=cast.ASHAS_PHONE, clinic=None, code="402931")


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
def test_a_dead_redis_costs_nothing_but_time(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise RedisAway("Connection refused")

    monkeypatch.setattr("django_rq.get_queue", away)
    monkeypatch.setattr(jobs, "_tries_again_at", 0.0)
    message = code_to_asha()
    assert jobs.sweep() == 1
    message.refresh_from_db()
    assert (message.state, message.channel) == (State.SENT, "phone")
    assert phone.carried == [(cast.ASHAS_PHONE, message.text)]


@pytest.mark.django_db
def test_a_message_is_sent_once_however_many_jobs_come_for_it(phone: Phone, doors: list[str]) -> None:
    message = code_to_asha()
    for _ in range(3):
        jobs.deliver(str(message.pk))
    assert jobs.sweep() == 0
    assert len(phone.carried) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_send_each_message_once(phone: Phone, doors: list[str]) -> None:
    for _ in range(20):
        code_to_asha()
    together = Barrier(4)

    def sweep() -> None:
        together.wait()
        jobs.sweep()
        connection.close()

    sweepers = [Thread(target=sweep) for _ in range(4)]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    assert len(phone.carried) == 20
    assert not Message.objects.exclude(state=State.SENT).exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_claim_two_sweepers_send_twice(
    phone: Phone, doors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pair of the test above: reading first and sending then is not enough."""
    message, together = code_to_asha(), Barrier(2)

    def read_only(message_id: str) -> Message:
        found = Message.objects.due().get(pk=message_id)
        together.wait()
        return found

    monkeypatch.setattr(delivery, "claim", read_only)

    def deliver() -> None:
        jobs.deliver(str(message.pk))
        connection.close()

    both = [Thread(target=deliver) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(phone.carried) == 2


@pytest.mark.django_db
def test_what_a_dead_worker_had_claimed_is_sent_when_its_lease_is_over(phone: Phone, doors: list[str]) -> None:
    message = code_to_asha()
    assert delivery.claim(str(message.pk)) is not None  # and here the worker dies
    assert jobs.sweep() == 0
    Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert jobs.sweep() == 1
    assert len(phone.carried) == 1


@pytest.mark.django_db
def test_a_channel_out_of_order_is_tried_again_later_and_given_up_in_the_end(phone: Phone, doors: list[str]) -> None:
    phone.out_of_order = True
    message = code_to_asha()
    for attempt in range(1, delivery.MAX_ATTEMPTS + 1):
        jobs.deliver(str(message.pk))
        message.refresh_from_db()
        assert message.attempts == attempt
        assert message.error == "The line is dead."
        assert jobs.sweep() == 0, "it must not be tried again at once"
        Message.objects.update(due_at=timezone.now())
    assert message.state == State.FAILED
    assert jobs.sweep() == 0


@pytest.mark.django_db
def test_a_template_without_its_words_is_an_error_and_writes_nothing(doors: list[str]) -> None:
    with pytest.raises(KeyError):
        outbox.write(Message.Kind.BOOKED, to=cast.ASHAS_PHONE, clinic=None, token=13)
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_the_inbox_shows_codes_in_development_and_is_not_there_otherwise(doors: list[str], settings: Any) -> None:
    code_to_asha()
    settings.SHOW_INBOX = True
    assert b"402931" in Client().get("/dev/inbox/").content
    settings.SHOW_INBOX = False
    assert Client().get("/dev/inbox/").status_code == 404


def test_the_terminal_keeps_codes_to_itself_where_real_patients_are(capsys: Any, settings: Any) -> None:
    settings.SHOW_INBOX = False
    development.Terminal().send(to=cast.ASHAS_PHONE, text="402931 is your code")
    assert "402931" not in capsys.readouterr().out
