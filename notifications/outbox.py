"""Writing a message in the transaction of what it tells; sending begins after the commit."""

from django.db import transaction

from clinics.models import Clinic
from notifications.jobs import deliver, enqueue_job
from notifications.models import Message
from notifications.texts import render


def write(kind: str, *, to: str, clinic: Clinic | None, **variables: object) -> Message:
    """Write a message to a phone (E.164); it is sent if, and only if, the transaction commits."""
    message = Message.objects.create(kind=kind, to=to, text=render(kind, **variables), clinic=clinic)
    send_soon(message)
    return message


def send_soon(message: Message) -> None:
    """Open the door to a worker after the commit; with Redis away the sweeper finds the row instead."""
    message_id = str(message.pk)

    # A nested def: Django's robust hooks crash while logging a failed functools.partial (ticket 36487).
    def enqueue() -> None:
        enqueue_job(deliver, message_id)

    transaction.on_commit(enqueue, robust=True)
