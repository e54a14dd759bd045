"""The record of a doctor's day, for disputes: the queue as it stood at a moment, and all that had happened by then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from clinics.models import User
from clinics.templatetags.words import clock
from tokens.models import Queue
from tokens.place import Place
from tokens.replay import DayEvent, Event, Picture, replay, until
from tokens.snapshot import Snapshot, snapshot
from tokens.states import IN_LINE, State

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
TICK = timedelta(microseconds=1)
FARTHEST = timedelta(days=400)  # from its day, something about a queue can have happened

# What was pressed, in the desk's words.
VERBS = {
    "issue": "Number given", "add": "Number given", "arrive": "Arrived", "late": "Marked late",
    "overdue": "Marked late by itself", "call": "Call", "complete": "Done", "again": "Called again",
    "skip": "Not here", "recall": "Recalled", "place": "Moved by hand", "move": "Another time", "cancel": "Cancelled",
    "transfer": "To another doctor", "merge": "Two tokens made one", "undo": "Undone", "open": "Day opened",
    "close": "Day closed", "reopen": "Day opened again", "state": "Where the doctor is", "delay": "Running late",
    "reserve": "Numbers kept back",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One event as it is listed; `place` is whose token it was, None for the day itself; `address` leads to it."""

    at: datetime
    address: str
    place: Place | None
    verb: str
    change: str
    why: str
    by: str
    is_past: bool = False
    is_last: bool = False


class Record:
    """All that was written down of one queue: a constant number of queries, however much happened."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.now = snapshot(queue.pk, queue.version)
        self.events = [Event(*row) for row in queue.events.order_by("pk").values_list(*Event._fields)]
        self.day_events = [DayEvent(*row) for row in queue.day_events.order_by("pk").values_list(*DayEvent._fields)]
        both = sorted(
            [*self.events, *self.day_events], key=lambda event: (event.at, isinstance(event, Event), event.pk)
        )
        self.both: Sequence[Event | DayEvent] = both
        self._times = [event.at for event in both]
        self._people = User.objects.in_bulk({event.by_id for event in both if event.by_id})
        self.midnight = datetime.combine(queue.date, time(), tzinfo=queue.clinic.tz)

    # ── moments ───────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def last(self) -> datetime | None:
        """When the last thing happened."""
        return self._times[-1] if self._times else None

    @property
    def minutes(self) -> tuple[int, int] | None:
        """The first and the last minute of the day at which something happened, since midnight; None where nothing."""
        on_the_day = [at for at in self._times if at >= self.midnight]
        return (self.minute(on_the_day[0]), self.minute(on_the_day[-1])) if on_the_day else None

    def minute(self, moment: datetime) -> int:
        """Minutes since the midnight with which the day began."""
        return int((moment - self.midnight) // MINUTE)

    def address(self, moment: datetime) -> str:
        """A moment in an address, on the clinic's clock: with its second, because a minute may have many presses."""
        return f"{self.queue.clinic.local(moment):%Y-%m-%dT%H:%M:%S}"

    def before(self, moment: datetime) -> str:
        """The address of the event before the last one that had happened."""
        count = bisect_right(self._times, moment)
        if not count:
            return ""
        here = self._times[count - 1].replace(microsecond=0)
        earlier = bisect_right(self._times, here - TICK)
        return self.address(self._times[earlier - 1]) if earlier else ""

    def after(self, moment: datetime) -> str:
        """The address of the next event."""
        count = bisect_right(self._times, moment)
        return self.address(self._times[count]) if count < len(self._times) else ""

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────
    def at(self, moment: datetime) -> Snapshot:
        """The queue as it stood."""
        return as_it_was(self.now, replay(until(self.events, moment), until(self.day_events, moment)))

    @property
    def knows_the_doctor(self) -> bool:
        """Where the doctor was is known: it was written down, or nothing has ever changed it."""
        return bool(self.day_events) or self.queue.doctor_state == Queue.DoctorState.NOT_ARRIVED

    def lines(self, moment: datetime) -> list[Line]:
        """All events of the day; those up to the moment are past, the last of them is where we are."""
        count = bisect_right(self._times, moment)
        return [
            replace(self._line(event), is_past=index < count, is_last=index == count - 1)
            for index, event in enumerate(self.both)
        ]

    def _line(self, event: Event | DayEvent) -> Line:
        by = str(self._people.get(event.by_id) or "by itself")
        is_of_a_token = isinstance(event, Event)
        return Line(
            event.at, self.address(event.at), self.now.place(event.token_id) if is_of_a_token else None,
            VERBS.get(event.verb, event.verb), _change(event) if is_of_a_token else _said(event), event.why, by,
        )  # fmt: skip


def parse_moment(record: Record, typed: str) -> datetime | None:
    """The last instant of a minute ("10:35") or second of the day, or of a whole moment as addresses have it."""
    zone, day = record.queue.clinic.tz, record.queue.date
    try:
        found = datetime.fromisoformat(typed) if "T" in typed else datetime.combine(day, time.fromisoformat(typed))
    except ValueError:
        return None
    if abs(found.date() - day) > FARTHEST:
        return None
    return found.replace(tzinfo=zone) + (SECOND if typed.count(":") > 1 else MINUTE) - TICK


def parse_minute(record: Record, typed: str) -> datetime | None:
    """The last instant of a minute given as so many since the midnight with which the day began."""
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
        return None
    return record.midnight + (int(typed) + 1) * MINUTE - TICK


def parse_day(typed: str) -> date | None:
    """A day like 2026-11-24; None for anything else."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def as_it_was(now: Snapshot, then: Picture) -> Snapshot:
    """A picture of today's queue put back to what the events say; names and notes are those of today."""
    places = {key: _put_back(place, then) for key, place in now.by_id.items() if key in then.tokens}
    line = [place for place in places.values() if place.state in IN_LINE]
    return replace(
        now, by_id=places, line=tuple(sorted(line, key=lambda place: (not place.is_first, place.due_at, place.number))),
        inside=next((place for place in places.values() if place.state == State.CONSULTING), None),
        doctor_state=then.doctor_state, doctor_state_at=then.doctor_state_at, back_at=then.back_at,
        late_minutes=then.late_minutes, closed_at=then.closed_at, note="", note_at=None,
    )  # fmt: skip


def _put_back(place: Place, then: Picture) -> Place:
    token = then.tokens[place.id]
    return replace(
        place, state=token.state, is_first=token.is_first, due_at=token.due_at, placed=token.placed, why=token.why,
        promised_at=token.promised_at or place.promised_at, calls=token.calls, recalls=token.recalls,
        created_at=token.created_at, arrived_at=token.arrived_at, consulting_at=token.consulting_at,
        set_aside_at=token.set_aside_at, ended_at=token.ended_at,
    )  # fmt: skip


def _change(event: Event) -> str:
    """Booked → Waiting; one word where nothing changed but the place."""
    new = State(event.to_state).label
    if event.from_state == event.to_state:
        return f"{new}, due {clock(event.due_at)}" if event.verb != "again" else new
    return f"{State(event.from_state).label if event.from_state else 'New'} → {new}"


def _said(event: DayEvent) -> str:
    """Where the doctor was from then on, and how late."""
    parts = [Queue.DoctorState(event.doctor_state).label]
    if event.back_at:
        parts.append(f"until {clock(event.back_at)}")
    if event.late_minutes:
        parts.append(f"{event.late_minutes} min late")
    if event.is_closed:
        parts.append("day closed")
    return ", ".join(parts)
