"""The one way to change a queue: lock it, change it, and its screens are redrawn once that is committed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import BooleanField, Func, QuerySet

from clinics.compiled import CompiledQuery
from clinics.writing import update
from tokens import live
from tokens.models import Queue


def lock_in_order(*queues: Queue) -> None:
    """Lock several queues by key before changing them, so that two such changes never wait for each other for ever."""
    for queue in sorted(queues, key=lambda queue: queue.pk):
        _locked(queue)


CHANGES = (
    "last_number", "version", "doctor_state", "doctor_state_at", "back_at", "late_minutes", "opened_at", "closed_at",
    "runs_until", "note", "note_at",
)  # fmt: skip


@contextmanager
def changing(queue: Queue) -> Iterator[Queue]:
    """Lock a queue while the caller changes it; nobody else can interleave, and no change goes unseen.

    A day that is not saved yet, `Queue(doctor=…, clinic=…, date=…)`, is made when nobody has made it before. What the
    caller puts into `new_rows` is written when the change ends, in one statement with the queue.
    """
    # No savepoint: a refused change takes back the whole of the transaction it is part of.
    with transaction.atomic(savepoint=False):
        queue = _locked(queue)
        queue.new_rows = []
        yield queue
        queue.version += 1
        queue.goes_on()
        update(queue, *CHANGES, new=queue.new_rows)
        live.redraw(queue)


OF_QUEUES = 0x0A2C5  # apart from the other locks that are taken by number


class InTurn(Func):
    """A condition that waits until it is one's turn at this queue, and is then true.

    A row's own lock is not fair: with thirty desks at one queue, whoever asks last is often served first, and some wait
    three times as long as the others. This lock is handed on in the order of asking; it ends with the transaction.
    """

    template = f"pg_advisory_xact_lock({OF_QUEUES}, hashint8(%(expressions)s)) IS NOT NULL"
    output_field = BooleanField()


def _locked(queue: Queue) -> Queue:
    """The row, locked. NO KEY UPDATE: rows that merely point to it can still be inserted meanwhile."""
    if queue.pk is None:
        locked = _LOCK_THE_DAY.first(doctor=queue.doctor_id, date=queue.date)
        if locked is not None:
            return locked
        queue, _ = Queue.objects.get_or_create(
            doctor_id=queue.doctor_id, date=queue.date, defaults={"clinic_id": queue.clinic_id}
        )
    return _LOCK.get(pk=queue.pk)


def _to_lock() -> QuerySet[Queue]:
    """Nothing is joined, for an order neither: what is joined is locked too, and most changes need only the row."""
    return Queue.objects.filter(InTurn("pk")).order_by().select_for_update(no_key=True)


_LOCK = CompiledQuery(lambda pk: _to_lock().filter(pk=pk))
_LOCK_THE_DAY = CompiledQuery(lambda doctor, date: _to_lock().filter(doctor_id=doctor, date=date))
