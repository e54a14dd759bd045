"""Writing a message in the transaction of what it tells; sending begins after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import Error, transaction
from django.utils import timezone

from clinics.models import Clinic
from clinics.writing import insert
from notifications import alerts, bell
from notifications.accounts import account_for
from notifications.jobs import deliver, enqueue_job
from notifications.letters import Letter, made
from notifications.models import Alert, Message, Template

logger = logging.getLogger(__name__)


def write(
    kind: str, *, to: str, clinic: Clinic | None, about: UUID | None = None, useful_until: datetime | None = None,
    rung: int = 0, **variables: object,
) -> Message:  # fmt: skip
    """Write a message to a phone (E.164); it is sent if, and only if, the transaction commits.

    `about` is the token it speaks of: what is said of a visit that is cancelled is not sent any more. After
    `useful_until` nobody wants it. `rung` is which of the ways open to it is tried first.
    """
    message = draft(kind, to=to, clinic=clinic, about=about, useful_until=useful_until, rung=rung, **variables)
    put(message)
    return message


def draft(
    kind: str, *, to: str, clinic: Clinic | None, about: UUID | None = None, useful_until: datetime | None = None,
    rung: int = 0, **variables: object,
) -> Message:  # fmt: skip
    """The same message, not written yet."""
    letter = Letter(to=to, about=about, variables=variables, useful_until=useful_until)
    message = made(kind, letter, clinic=clinic, due_at=timezone.now())
    message.rung = rung
    return message


def put(*messages: Message) -> None:
    """Write messages in one statement; they are sent after the commit."""
    if messages:
        insert(*messages)
        send_soon(*messages)


def write_many(
    kind: str, letters: Iterable[Letter], *, clinic: Clinic | None = None, after: timedelta = timedelta(0)
) -> int:
    """Write many messages of a kind in one statement, to be sent by the sweeper after a while; returns how many.

    What was told once already is passed over. `clinic` is whose they are, unless each says so itself.
    """
    due_at = timezone.now() + after
    written = [made(kind, letter, clinic=clinic, due_at=due_at) for letter in letters]
    if not any(message.once for message in written):
        return len(Message.objects.bulk_create(written))
    told = set(Message.objects.filter(once__in=[it.once for it in written]).values_list("once", flat=True))
    fresh = [message for message in written if message.once not in told]
    # Of two that write the same at the same moment, the database lets one in.
    Message.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def letters_to(of: Iterable[Any], letter: Callable[[Any], Letter | None], *, kind: str) -> list[Letter]:
    """A letter about each of these tokens or visits, where there is one to write.

    What cannot be written (a phone that does not open) is passed over with an alert, and keeps back nobody else's.
    """
    written: list[Letter] = []
    for one in of:
        try:
            made_for_one = letter(one)
        except Error:
            raise
        except Exception as error:
            logger.exception("Nothing is written about %s", one.pk)
            said = f"{Message.Kind(kind).label}: one could not be written ({type(error).__name__})."
            alerts.notice(Alert.Kind.DEAD, clinic_id=one.clinic_id, said=said)
        else:
            written += [made_for_one] if made_for_one else []
    return written


def withdraw(*, about: Collection[UUID], kind: str | None = None, failed: bool = True) -> set[UUID]:
    """Do not tell what was written about these tokens, of one kind or of all; returns about which something waited.

    What is being sent just now goes out, but is not tried again. What has reached nobody is on no list any more, and is
    not sent again; nor put back on the list, where reception has told it already. With `failed=False` that is left as
    it is.
    """
    waits, dead = Message.State.WAITING, Message.State.FAILED
    with transaction.atomic():
        ours = Message.objects.unsettled() if failed else Message.objects.open()
        ours = ours.filter(about__in=about, **({"kind": kind} if kind else {}))
        rows = ours.select_for_update(of=("self",)).order_by("pk")  # in one order with whoever sends them again
        found = list(rows.values_list("pk", "about", "state", "called_at"))
        off = [pk for pk, _, state, called_at in found if state == waits or (state == dead and called_at is None)]
        if off:
            dropped = {"state": Message.State.DROPPED, "reason": Message.Reason.WITHDRAWN}
            Message.objects.filter(pk__in=off).update(**dropped)
        if rest := {pk for pk, *_ in found}.difference(off):
            Message.objects.filter(pk__in=rest).update(useful_until=timezone.now())
    return {about for _, about, state, _ in found if state == waits}


def outdate(ids: Collection[UUID]) -> None:
    """Nobody wants these any more, since something newer is told: what has not gone out is not sent, or sent again."""
    open_ = Message.objects.open().filter(pk__in=ids)
    open_.filter(state=Message.State.AWAITED).update(state=Message.State.SENT)
    open_.update(useful_until=timezone.now())


def ways_of_codes() -> list[str]:
    """By which ways a code can go, the first one first; the same for every phone."""
    ways = [way for way in ("sms", "whatsapp") if account_for(way, None) is not None]
    approved = Template.objects.filter(kind=Message.Kind.CODE, clinic=None).exclude(content_sid="")
    if "whatsapp" in ways and not approved.exists():
        ways.remove("whatsapp")
    return ways or (["inbox"] if account_for("inbox", None) is not None else [])


def send_soon(*messages: Message) -> None:
    """Call a sender after the commit for messages that are written; with Redis away the sweeper finds the rows."""
    ids = [str(message.pk) for message in messages]

    # A nested def: Django's robust hooks crash while logging a failed functools.partial (ticket 36487).
    def enqueue() -> None:
        for message_id in ids:
            if not bell.ring(message_id):
                enqueue_job(deliver, message_id)

    transaction.on_commit(enqueue, robust=True)
