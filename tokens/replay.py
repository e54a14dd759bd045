"""A queue from its events alone, at any moment: what the tables say must follow from what was written down.

Pure: events in, an immutable picture out. The rules are those of Token.move_to, of services.calling and of undo.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tokens.models import Queue
from tokens.states import TIMES, State


class Event(NamedTuple):
    """A TokenEvent as it was written."""

    pk: int
    token_id: UUID
    action: UUID
    undoes: UUID | None
    verb: str
    at: datetime
    by_id: UUID | None
    from_state: str
    to_state: str
    due_at: datetime
    is_first: bool
    placed: str
    why: str


class DayEvent(NamedTuple):
    """A QueueEvent as it was written."""

    pk: int
    action: UUID
    undoes: UUID | None
    verb: str
    at: datetime
    by_id: UUID | None
    doctor_state: str
    doctor_state_at: datetime | None
    back_at: datetime | None
    late_minutes: int
    is_closed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One token as its events tell it. `promised_at` is None where another queue promised it, before a transfer.

    `why` is the reason of its place, `last` what happened to it last; `is_broken` says that an event is missing before
    another one: the next did not begin where the one before had ended.
    """

    token_id: UUID
    last: Event
    state: str
    due_at: datetime
    is_first: bool
    placed: str
    promised_at: datetime | None
    created_at: datetime
    why: str
    calls: int = 0
    recalls: int = 0
    is_broken: bool = False
    arrived_at: datetime | None = None
    consulting_at: datetime | None = None
    set_aside_at: datetime | None = None
    ended_at: datetime | None = None
    known: Mapping[str, datetime] = field(default_factory=dict)  # each time as it was last, for undo to bring back


@dataclass(frozen=True, slots=True)
class Picture:
    """A queue at a moment. `knows_the_doctor` is false where nothing was written about where the doctor was."""

    tokens: dict[UUID, Standing]
    knows_the_doctor: bool = False
    doctor_state: str = Queue.DoctorState.NOT_ARRIVED.value
    doctor_state_at: datetime | None = None
    back_at: datetime | None = None
    late_minutes: int = 0
    closed_at: datetime | None = None


def replay(events: Iterable[Event], day_events: Iterable[DayEvent] = ()) -> Picture:
    """What events lead to, taken in the order in which they are given."""
    tokens: dict[UUID, Standing] = {}
    verbs: dict[UUID, str] = {}
    for event in events:
        verbs[event.action] = event.verb
        undone = verbs.get(event.undoes, "") if event.undoes else ""
        tokens[event.token_id] = _after(tokens.get(event.token_id), event, undone)
    return _day(Picture(tokens), day_events)


def until(events: Iterable[Event | DayEvent], moment: datetime) -> list[Event | DayEvent]:
    """Those of some events that had happened at a moment, in the order of time."""
    return sorted((event for event in events if event.at <= moment), key=lambda event: (event.at, event.pk))


def _after(token: Standing | None, event: Event, undone: str) -> Standing:
    """A token after one more event; `undone` is the verb that it took back."""
    is_broken = (token.state if token else "") != event.from_state
    if token is None:
        token = Standing(
            event.token_id, event, "", event.due_at, event.is_first, event.placed, event.due_at, event.at, event.why
        )
    times = _times(token, event)
    return replace(
        token,
        known={**token.known, **{name: at for name, at in times.items() if at is not None}},
        last=event, state=event.to_state, due_at=event.due_at, is_first=event.is_first, placed=event.placed,
        promised_at=_promised(token, event), why=event.why if _gives_a_place(token, event) else token.why,
        calls=token.calls + _calls(token, event, undone), recalls=token.recalls + _recalls(event, undone),
        is_broken=token.is_broken or is_broken, **times,
    )  # fmt: skip


def _times(token: Standing, event: Event) -> dict[str, datetime | None]:
    """A time is there exactly in its states, since the first of them in a row; what is undone was never interrupted."""
    before = token.known if event.undoes is not None else {}
    return {
        name: (getattr(token, name) or before.get(name, event.at)) if event.to_state in states else None
        for name, states in TIMES.items()
    }  # fmt: skip


def _calls(token: Standing, event: Event, undone: str) -> int:
    """Called in, or called once more; a call taken back was none."""
    if event.verb == "again":
        return 1
    if event.undoes is None:
        return int(event.to_state == State.CONSULTING != token.state)
    return -int(undone == "call" and event.from_state == State.CONSULTING)


def _recalls(event: Event, undone: str) -> int:
    """Put back in line after being set aside; by hand with a reason it does not count."""
    return int(event.verb == "recall") - int(undone == "recall")


def _promised(token: Standing, event: Event) -> datetime | None:
    """The time given first, or moved to since; with a transfer comes what the other queue had promised."""
    if event.verb == "move":
        return event.due_at
    if event.verb == "transfer" and event.to_state != State.CANCELLED:
        return None
    return token.promised_at


def _gives_a_place(token: Standing, event: Event) -> bool:
    """An event whose reason is that of the place it led to."""
    moved = (token.due_at, token.is_first, token.placed) != (event.due_at, event.is_first, event.placed)
    return bool(event.why) and (moved or not token.state)


def _day(picture: Picture, events: Iterable[DayEvent]) -> Picture:
    """Where the doctor is after the last of the day's own events, and since when the day is closed."""
    last, closed_at = None, None
    for event in events:
        last = event
        closed_at = (closed_at or event.at) if event.is_closed else None
    if last is None:
        return picture
    return replace(
        picture, knows_the_doctor=True, doctor_state=last.doctor_state, doctor_state_at=last.doctor_state_at,
        back_at=last.back_at, late_minutes=last.late_minutes, closed_at=closed_at,
    )  # fmt: skip
