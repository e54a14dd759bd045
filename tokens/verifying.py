"""Replaying the events of many queues and comparing what comes of them with the tables, field by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from tokens.models import Queue, QueueEvent, ReservedNumber, Token, TokenEvent
from tokens.replay import DayEvent, Event, Picture, Standing, replay
from tokens.states import TIMES

BATCH = 100  # queues read together
TRIES = 5  # for a queue that goes on while it is read
CLOSING = timedelta(minutes=1)  # between noting that a day is closed and writing it down

OF_TOKENS = ("state", "due_at", "is_first", "placed", "calls", "recalls", "created_at", *TIMES)
OF_DAYS = ("doctor_state", "doctor_state_at", "back_at", "late_minutes")


class TokenRow(NamedTuple):
    """A token as the table has it."""

    id: UUID
    number: int
    state: str
    due_at: datetime
    is_first: bool
    placed: str
    promised_at: datetime | None
    calls: int
    recalls: int
    created_at: datetime
    arrived_at: datetime | None
    consulting_at: datetime | None
    set_aside_at: datetime | None
    ended_at: datetime | None


class Kept(NamedTuple):
    """A number that was kept back, and whose it is by now."""

    number: int
    token_id: UUID | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the table says and the events do not; `token` is a number, None for the day itself."""

    queue: Queue
    token: int | None
    field: str
    table: Any
    replayed: Any

    def __str__(self) -> str:
        whose = f"token {self.token}" if self.token is not None else "the day"
        where = f"{self.queue.clinic.slug}/{self.queue.doctor.slug} {self.queue.date}"
        return f"{where}, {whose}, {self.field}: table {_said(self.table)}, replay {_said(self.replayed)}"


@dataclass(slots=True)
class Verified:
    """Some queues that were replayed, and what was found."""

    queues: int = 0
    tokens: int = 0
    events: int = 0
    differences: list[Difference] = field(default_factory=list)


def verify(queues: QuerySet[Queue]) -> Iterator[Verified]:
    """Replay queues batch by batch, however many there are.

    Not compared: on a day of which no QueueEvent was ever written, where the doctor was (days older than these events);
    what was promised to tokens older than that column, and to those another queue promised it to before a transfer.
    """
    last = 0
    while batch := list(queues.select_related("clinic", "doctor").filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        yield _verified(batch)


def _verified(queues: list[Queue]) -> Verified:
    """Replay some queues; who was changed while it was read is read again."""
    found = _read(queues)
    for _ in range(TRIES):
        suspects = {difference.queue.pk: difference.queue for difference in found.differences}
        fresh = Queue.objects.select_related("clinic", "doctor").in_bulk(suspects)
        moved = [queue for pk, queue in fresh.items() if queue.version != suspects[pk].version]
        if not moved:
            break
        again = {queue.pk for queue in moved}
        kept = [difference for difference in found.differences if difference.queue.pk not in again]
        found.differences = kept + _read(moved).differences
    return found


def _read(queues: list[Queue]) -> Verified:
    keys = [queue.pk for queue in queues]
    tokens = _by_queue(Token.objects.filter(queue__in=keys).order_by("number"), TokenRow)
    events = _by_queue(TokenEvent.objects.filter(queue__in=keys).order_by("pk"), Event)
    days = _by_queue(QueueEvent.objects.filter(queue__in=keys).order_by("pk"), DayEvent)
    reserved = _by_queue(ReservedNumber.objects.filter(queue__in=keys).order_by("number"), Kept)
    found = Verified(queues=len(queues))
    for queue in queues:
        key = queue.pk
        picture = replay(events[key], days[key])
        found.tokens += len(tokens[key])
        found.events += len(events[key]) + len(days[key])
        found.differences += _of_numbers(queue, tokens[key], reserved[key])
        found.differences += _of_tokens(queue, tokens[key], picture)
        found.differences += _of_the_day(queue, picture)
    return found


def _by_queue(rows: QuerySet[Any], shape: type[Any]) -> dict[int, list[Any]]:
    """Plain rows of one shape, by their queue's key."""
    found: dict[int, list[Any]] = defaultdict(list)
    for key, *row in rows.values_list("queue_id", *shape._fields):
        found[key].append(shape(*row))
    return found


def _of_numbers(queue: Queue, tokens: list[TokenRow], reserved: list[Kept]) -> Iterator[Difference]:
    """Every number up to the counter belongs to a token or was kept back; none is beyond it."""
    of_tokens = {token.number: token.id for token in tokens}
    kept = {row.number: row.token_id for row in reserved}
    for number in range(1, queue.last_number + 1):
        if number not in of_tokens and number not in kept:
            yield Difference(queue, number, "number", "a gap", "a token")
    for number in sorted({*of_tokens, *kept}):
        if not 1 <= number <= queue.last_number:
            yield Difference(queue, number, "number", "beyond the counter", f"at most {queue.last_number}")
    for number, given in kept.items():
        if given != of_tokens.get(number):
            yield Difference(queue, number, "reserved", "given to nobody" if given is None else given, "its token")


def _of_tokens(queue: Queue, tokens: list[TokenRow], picture: Picture) -> Iterator[Difference]:
    left = dict(picture.tokens)
    for row in tokens:
        told = left.pop(row.id, None)
        if told is None:
            yield Difference(queue, row.number, "events", row.state, "nothing was written")
            continue
        if told.is_broken:
            yield Difference(queue, row.number, "events", row.state, "an event is missing between two others")
        for name in OF_TOKENS:
            if getattr(row, name) != getattr(told, name):
                yield Difference(queue, row.number, name, getattr(row, name), getattr(told, name))
        if None not in (row.promised_at, told.promised_at) and row.promised_at != told.promised_at:
            yield Difference(queue, row.number, "promised_at", row.promised_at, told.promised_at)
    for told in left.values():
        yield _without_a_row(queue, told)


def _without_a_row(queue: Queue, told: Standing) -> Difference:
    return Difference(queue, None, "tokens", f"no token {told.token_id}", told.state)


def _of_the_day(queue: Queue, picture: Picture) -> Iterator[Difference]:
    if not picture.knows_the_doctor:
        return
    for name in OF_DAYS:
        if getattr(queue, name) != getattr(picture, name):
            yield Difference(queue, None, name, getattr(queue, name), getattr(picture, name))
    closed, told = queue.closed_at, picture.closed_at
    if (closed is None) != (told is None) or (closed is not None and abs(closed - told) > CLOSING):
        yield Difference(queue, None, "closed_at", closed, told)


def _said(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat(" ")
    return "nothing" if value in (None, "") else str(value)
