"""A server's bell: senders are called beside the answers, once for what is written together, and never too early."""

import threading
from typing import Any

import pytest
from django.db import transaction

from notifications import bell, outbox
from notifications.bell import Bell
from tests import cast

PATIENCE = 10  # seconds; only a failing test waits so long


class Sender:
    """Notes for whom it was called; the first call may be kept waiting, as by a Redis that does not answer."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.called, self.goes_on = threading.Semaphore(0), threading.Event()

    def __call__(self, _: object, message_id: str) -> None:
        self.calls.append(message_id)
        self.called.release()
        assert self.goes_on.wait(PATIENCE)


@pytest.fixture
def sender(monkeypatch: Any) -> Sender:
    """In the place of Redis."""
    made = Sender()
    monkeypatch.setattr(bell, "enqueue_job", made)
    monkeypatch.setattr(bell, "TOGETHER", 0)
    return made


def test_forty_messages_written_during_a_call_are_one_more_call_after_the_last_of_them(sender: Sender) -> None:
    ours = Bell()
    ours.ring("first")
    assert sender.called.acquire(timeout=PATIENCE)
    for number in range(40):
        ours.ring(f"{number}")  # returns at once, though Redis has not answered yet
    sender.goes_on.set()
    assert sender.called.acquire(timeout=PATIENCE)
    assert sender.calls == ["first", "39"]


def test_a_call_that_goes_wrong_does_not_silence_the_bell(sender: Sender, monkeypatch: Any) -> None:
    def broken(*_: object) -> None:
        monkeypatch.setattr(bell, "enqueue_job", sender)
        sender.called.release()
        raise ValueError("not a Redis error")

    sender.goes_on.set()
    monkeypatch.setattr(bell, "enqueue_job", broken)
    ours = Bell()
    ours.ring("lost")
    assert sender.called.acquire(timeout=PATIENCE)
    ours.ring("found")
    assert sender.called.acquire(timeout=PATIENCE)
    assert sender.calls == ["found"]


@pytest.mark.django_db(transaction=True)
def test_a_servers_messages_ring_its_bell_after_the_commit_and_wait_for_nothing(
    monkeypatch: Any, doors: list[str]
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(bell, "_bell", type("Noted", (), {"ring": lambda _, message_id: rung.append(message_id)})())
    with transaction.atomic():
        message = outbox.write("code", to=cast.ASHAS_PHONE, clinic=None, code="402931", host="localhost")
        assert not rung
    assert rung == [str(message.pk)]
    assert not doors
