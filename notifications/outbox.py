"""Writing a message in the transaction of what it tells; sending begins after the commit."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from clinics.models import Clinic
from notifications.jobs import deliver, enqueue_job
from notifications.models import Message
from notifications.texts import render


def write(kind: str, *, to: str, clinic: Clinic | None, **variables: object) -> Message:
    """Write a message to a phone (E.164); it is sent if, and only if, the transaction commits."""
    message = Message.objects.create(kind=kind, to=to, text=render(kind, **variables), clinic=clinic)
    send_soon(message)
    return message


@dataclass(frozen=True)
class Letter:
    """One of many messages: to a phone (E.164), about a token, with the variables of its text."""

    to: str
    about: UUID
    variables: dict[str, object]


def write_many(kind: str, letters: Iterable[Letter], *, clinic: Clinic, after: timedelta) -> int:
    """Write many messages of a kind in one statement, to be sent by the sweeper after a while; returns how many."""
    due_at = timezone.now() + after
    return len(
        Message.objects.bulk_create(
            Message(
                kind=kind, to=letter.to, text=render(kind, **letter.variables), clinic=clinic, about=letter.about,
                due_at=due_at,
            )
            for letter in letters
        )
    )  # fmt: skip


def withdraw(kind: str, *, about: Collection[UUID]) -> set[UUID]:
    """Do not send what was written about these tokens and nobody has begun to send; returns about which it was."""
    waiting = Message.objects.filter(kind=kind, about__in=about, state=Message.State.WAITING)
    with transaction.atomic():
        found = dict(waiting.select_for_update(skip_locked=True).values_list("pk", "about"))
        Message.objects.filter(pk__in=found).update(state=Message.State.WITHDRAWN)
    return set(found.values())


def send_soon(message: Message) -> None:
    """Open the door to a worker after the commit; with Redis away the sweeper finds the row instead."""
    message_id = str(message.pk)

    # A nested def: Django's robust hooks crash while logging a failed functools.partial (ticket 36487).
    def enqueue() -> None:
        enqueue_job(deliver, message_id)

    transaction.on_commit(enqueue, robust=True)
