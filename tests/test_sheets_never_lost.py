"""A sheet that was asked for is made, or it is said why not: whatever is away, fails, takes too long or dies."""

from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.db import transaction
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway
from rq import SimpleWorker
from rq.timeouts import JobTimeoutException

from config.worker import Worker
from notifications import jobs as message_jobs
from tests import cast
from tests.sheets import asked, made, needs_pango
from tokens import jobs, printing, sheets
from tokens.models import Queue, Sheet

pytestmark = pytest.mark.django_db

State = Sheet.State


@needs_pango
@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_what_was_asked_for(queue: Queue, reena: Any, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    message_jobs._queue.cache_clear()
    sheet = sheets.ask(queue=queue, kind=Sheet.Kind.DAY, by=reena)

    class Here(SimpleWorker, Worker):
        """Our worker, in this process, whose signals stay pytest's."""

        def _install_signal_handlers(self) -> None:
            pass

    line = django_rq.get_queue("default")
    Here([line], connection=line.connection).work(burst=True, logging_level="WARNING")
    sheet.refresh_from_db()
    assert (sheet.state, sheet.pages, sheet.tries) == (State.READY, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_with_redis_away_a_sheet_is_asked_for_and_found_by_the_sweep(
    monkeypatch: Any, queue: Queue, reena: Any, asha: Any
) -> None:
    cast.token(queue=queue, patient=asha)

    class Away:
        def enqueue(self, *_: Any, **__: Any) -> None:
            raise RedisAway

    monkeypatch.setattr(message_jobs, "_queue", lambda _: Away())
    monkeypatch.setattr(message_jobs, "_tries_again_at", 0.0)
    sheet = sheets.ask(queue=queue, kind=Sheet.Kind.DAY, by=reena)
    assert sheet.state == State.WAITING
    found: list[str] = []
    monkeypatch.setattr(sheets, "enqueue_job", lambda job, sheet_id, **_: found.append(sheet_id))
    assert jobs.sweep_sheets() == 0  # a moment ago: its job may be on its way
    Sheet.objects.update(asked_at=timezone.now() - timedelta(seconds=16))
    assert jobs.sweep_sheets() == 1
    assert found == [str(sheet.pk)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_made_of_what_is_taken_back(print_jobs: list[str], queue: Queue, reena: Any, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    with transaction.atomic():
        sheets.ask(queue=queue, kind=Sheet.Kind.DAY, by=reena)
        transaction.set_rollback(True)
    assert print_jobs == []
    assert not Sheet.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_asked_for_twice_it_is_one_sheet(print_jobs: list[str], queue: Queue, reena: Any, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    first, second = (sheets.ask(queue=queue, kind=Sheet.Kind.DAY, by=reena) for _ in range(2))
    assert first == second
    assert print_jobs == [str(first.pk)]


def test_what_fails_three_times_is_given_up(monkeypatch: Any, queue: Queue, caplog: Any) -> None:
    def fails(_: str) -> None:
        raise RuntimeError("Asha Thomas does not fit")

    monkeypatch.setattr(printing, "to_pdf", fails)
    sheet = made(queue)
    assert (sheet.state, sheet.begun_at) == (State.WAITING, None)
    for _ in range(2):
        printing.make(str(sheet.pk))
    sheet.refresh_from_db()
    assert (sheet.state, sheet.tries) == (State.FAILED, 3)
    assert "three times" in sheet.error
    assert "Asha" not in caplog.text


def test_what_takes_too_long_is_given_up(monkeypatch: Any, queue: Queue) -> None:
    def long(_: str) -> None:
        raise JobTimeoutException

    monkeypatch.setattr(printing, "to_pdf", long)
    sheet = made(queue)
    assert (sheet.state, sheet.error) == (State.FAILED, "It took longer than 60 seconds.")


def test_a_worker_that_dies_is_noticed(queue: Queue, print_jobs: list[str], monkeypatch: Any) -> None:
    sheet = asked(queue, asked_at=timezone.now() - timedelta(minutes=5))
    monkeypatch.setattr(transaction, "on_commit", lambda hook, **_: hook())
    for tries in range(1, 4):
        assert sheets.claim(sheet.pk).tries == tries
        assert sheets.claim(sheet.pk) is None  # somebody has it
        assert sheets.sweep() == 0
        Sheet.objects.update(begun_at=timezone.now() - timedelta(seconds=76))
        assert sheets.sweep() == 1
    sheet.refresh_from_db()
    assert sheet.state == State.FAILED
    assert "stopped three times" in sheet.error
    assert print_jobs == [str(sheet.pk)] * 2


def test_a_sheet_is_thrown_away_after_a_day(queue: Queue, print_jobs: list[str]) -> None:
    asked(queue, state=State.FAILED, asked_at=timezone.now() - timedelta(hours=25))
    kept = asked(queue, state=State.FAILED, asked_at=timezone.now() - timedelta(hours=23))
    jobs.sweep_sheets()
    assert list(Sheet.objects.all()) == [kept]
