"""What a day is: what its patients will do, what became of their tokens, and the diary in which each change stands.

All times are whole microseconds. What happens to a token follows tokens.states, and each change leaves its event.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Self
from uuid import UUID

from config.demo.moments import uuid_at
from tokens.models import Queue
from tokens.states import MAY_BE_UNDONE, MAY_BECOME, TIMES, State

BOOKED, WAITING, CONSULTING, LATE, SKIPPED, COMPLETED, CANCELLED = (state.value for state in State)
_ALLOWED = {old.value: {new.value for new in MAY_BECOME[old] | MAY_BE_UNDONE[old]} for old in State}
_TIMES = {name: frozenset(state.value for state in states) for name, states in TIMES.items()}


@dataclass(slots=True, eq=False)
class Visit:
    """What a patient will do, then what became of the token. `arrives` None: stays away; `returns` 0: never.

    `slot` and when it `starts`: of a booking; `due` moves when somebody comes late.
    """

    kind: str
    created: int
    due: int
    patient: UUID
    by: UUID | None
    takes: int
    arrives: int | None
    slot: int | None = None
    starts: int = 0
    cancels: int | None = None
    steps_out: bool = False
    returns: int = 0
    why: str = ""
    code: str = ""
    id: UUID | None = None
    number: int = 0
    state: str = ""
    is_first: bool = False
    promised: int = 0
    placed: str = ""
    calls: int = 0
    recalls: int = 0
    times: dict[str, int] = field(default_factory=dict)
    called_off: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one visit's token."""

    visit: Visit
    action: UUID
    verb: str
    at: int
    by: UUID | None
    old: str
    new: str
    due: int
    is_first: bool
    placed: str
    why: str


@dataclass(frozen=True, slots=True)
class DayEvent:
    """One change of the day itself: where the doctor is, or that it is closed."""

    action: UUID
    verb: str
    at: int
    by: UUID | None
    doctor_state: str
    doctor_state_at: int | None
    is_closed: bool


class Diary:
    """What is going to happen up to `until`, and what has happened: to the tokens and to the day itself."""

    def __init__(self, rng: random.Random, *, until: int) -> None:
        self.rng, self.until = rng, until
        self.issued: list[Visit] = []
        self.waiting: list[Visit] = []
        self.events: list[Event] = []
        self.day_events: list[DayEvent] = []
        self.closed_at: int | None = None
        self.version = 0
        self.doctor_state: str = Queue.DoctorState.NOT_ARRIVED.value
        self.doctor_state_at: int | None = None
        self._order = count()
        self._heap: list[tuple[int, int, Callable[[int, Visit | None], None], Visit | None]] = []

    def play(self) -> Self:
        """Let everything happen that has happened by `until`."""
        heap, until = self._heap, self.until
        while heap and heap[0][0] <= until:
            at, _, happen, visit = heapq.heappop(heap)
            happen(at, visit)
        return self

    def _at(self, at: int, happen: Callable[[int, Visit | None], None], visit: Visit | None = None) -> None:
        """Something will happen."""
        heapq.heappush(self._heap, (at, next(self._order), happen, visit))

    def _move(self, visit: Visit, new: str, verb: str, at: int, by: UUID | None, action: UUID, why: str = "") -> None:
        """Change a token as Token.move_to does."""
        old = visit.state
        if old and new not in _ALLOWED[old]:
            raise ValueError(f"{old} cannot become {new}")
        visit.state = new
        for name, states in _TIMES.items():
            if new not in states:
                visit.times.pop(name, None)
            else:
                visit.times.setdefault(name, at)
        if new == CONSULTING:
            visit.calls += 1
        if old == WAITING:
            self.waiting.remove(visit)
        if new == WAITING:
            self.waiting.append(visit)
        self.events.append(Event(visit, action, verb, at, by, old, new, visit.due, visit.is_first, visit.placed, why))

    def _action(self, at: int) -> UUID:
        """One press of a button."""
        self.version += 1
        return uuid_at(at, self.rng)

    def _write(self, verb: str, at: int, by: UUID | None, action: UUID) -> None:
        """Keep how the day stands, as QueueEvent.write does."""
        is_closed = self.closed_at is not None
        self.day_events.append(DayEvent(action, verb, at, by, self.doctor_state, self.doctor_state_at, is_closed))
