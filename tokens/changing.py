"""The one way to change a queue: lock it, change it, and its screens are redrawn once that is committed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from tokens import live
from tokens.models import Queue


@contextmanager
def changing(queue: Queue) -> Iterator[Queue]:
    """Lock a queue while the caller changes it; nobody else can interleave, and no change goes unseen."""
    # No savepoint: a refused change takes back the whole of the transaction it is part of.
    with transaction.atomic(savepoint=False):
        # NO KEY UPDATE: rows that merely point to the queue can still be inserted meanwhile. Nothing is joined: most
        # changes need no more than the row.
        queue = Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
        yield queue
        queue.version += 1
        queue.save(
            update_fields=["last_number", "version", "doctor_state", "doctor_state_at", "opened_at", "note", "note_at"]
        )
        live.redraw(queue)
