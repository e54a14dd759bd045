"""The one way to change a queue: lock it, change it, and its screens are redrawn once that is committed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from tokens import live
from tokens.models import Queue


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
        queue.save(
            update_fields=["last_number", "version", "doctor_state", "doctor_state_at", "opened_at", "note", "note_at"]
        )
        live.redraw(queue)


def _locked(queue: Queue) -> Queue:
    """The row, locked. NO KEY UPDATE: rows that merely point to it can still be inserted meanwhile."""
    rows = Queue.objects.select_for_update(no_key=True)  # nothing is joined: most changes need no more than the row
    if queue.pk is not None:
        return rows.get(pk=queue.pk)
    try:
        return rows.get(doctor_id=queue.doctor_id, date=queue.date)
    except Queue.DoesNotExist:
        made, _ = Queue.objects.get_or_create(
            doctor_id=queue.doctor_id, date=queue.date, defaults={"clinic_id": queue.clinic_id}
        )
        return rows.get(pk=made.pk)
