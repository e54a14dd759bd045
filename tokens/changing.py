"""The one way to change a queue: lock it, change it, and its screens are redrawn once that is committed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import BooleanField, Func

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

    A day that is not saved yet, `Queue(doctor=…, clinic=…, date=…)`, is made when nobody has made it before.
    """
    # No savepoint: a refused change takes back the whole of the transaction it is part of.
    with transaction.atomic(savepoint=False):
        queue = _locked(queue)
        yield queue
        queue.version += 1
        queue.goes_on()
        queue.save(update_fields=CHANGES)
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
    # Nothing is joined: most changes need no more than the row.
    rows = Queue.objects.filter(InTurn("pk")).select_for_update(no_key=True)
    if queue.pk is not None:
        return rows.get(pk=queue.pk)
    try:
        return rows.get(doctor_id=queue.doctor_id, date=queue.date)
    except Queue.DoesNotExist:
        made, _ = Queue.objects.get_or_create(
            doctor_id=queue.doctor_id, date=queue.date, defaults={"clinic_id": queue.clinic_id}
        )
        return rows.get(pk=made.pk)
