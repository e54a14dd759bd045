"""An evening of ten thousand reminders keeps nobody's place, and nobody's turn, waiting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django_rq
import pytest
from honcho.environ import parse_procfile
from rq import Queue, SimpleWorker

from config.cron import SWEEPS
from config.worker import Worker

PROCESSES = parse_procfile((Path(__file__).resolve().parent.parent / "Procfile").read_text()).processes


class Here(SimpleWorker, Worker):
    """Our worker, in this process, whose signals stay pytest's."""

    def _install_signal_handlers(self) -> None:
        pass


def serves(process: str) -> list[str]:
    """The queues that a process of the Procfile serves, the first one first."""
    command = PROCESSES[process].split()
    return [word for word in command[command.index("rqworker") + 1 :] if word in {"default", "messages"}]


@pytest.fixture
def waiting() -> Iterator[dict[str, Queue]]:
    """Both queues, with nothing in them."""
    queues = {name: django_rq.get_queue(name) for name in ("default", "messages")}
    for queue in queues.values():
        queue.empty()
    yield queues
    for queue in queues.values():
        queue.empty()


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in its order."""
    order: list[str] = []
    for name in ("notifications.jobs.sweep", "scheduling.jobs.release_expired_holds", "tokens.jobs.mark_late"):
        monkeypatch.setattr(name, lambda name=name: order.append(name.rpartition(".")[2]))
    return order


def works(process: str, waiting: dict[str, Queue]) -> None:
    queues = [waiting[name] for name in serves(process)]
    Here(queues, connection=queues[0].connection).work(burst=True, logging_level="WARNING")


def test_places_and_turns_do_not_wait_behind_messages(waiting: dict[str, Queue], done: list[str]) -> None:
    for _ in range(3):
        waiting["messages"].enqueue("notifications.jobs.sweep")
    waiting["default"].enqueue("scheduling.jobs.release_expired_holds")
    waiting["default"].enqueue("tokens.jobs.mark_late")
    works("worker", waiting)
    assert done == ["release_expired_holds", "mark_late", "sweep", "sweep", "sweep"]


def test_what_comes_while_messages_are_sent_is_next(
    waiting: dict[str, Queue], done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sends() -> None:
        done.append("sweep")
        if len(done) == 1:
            waiting["default"].enqueue("tokens.jobs.mark_late")

    monkeypatch.setattr("notifications.jobs.sweep", sends)
    for _ in range(3):
        waiting["messages"].enqueue("notifications.jobs.sweep")
    works("worker", waiting)
    assert done == ["sweep", "mark_late", "sweep", "sweep"]


def test_messages_have_a_sender_of_their_own_and_go_without_it(waiting: dict[str, Queue], done: list[str]) -> None:
    assert serves("sender") == ["messages"]
    waiting["messages"].enqueue("notifications.jobs.sweep")
    works("worker", waiting)
    assert done == ["sweep"]


def test_somebody_serves_every_queue_that_is_swept(waiting: Any) -> None:
    assert {sweep.queue_name for sweep in SWEEPS} == set(serves("worker"))
