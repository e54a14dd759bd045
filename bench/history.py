"""What many clients asked for and were told, against what the tables say afterwards: a pure checker.

An operation that was told `ok` is in the tables exactly once, one that `failed` is not, and one whose answer never
came is there or not, but whole. Beside that the tables must hold by themselves, from the first event to the last.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

OK, FAILED, UNKNOWN = "ok", "failed", "unknown"
STANDING = ("pending", "confirmed")


@dataclass(slots=True)
class Op:
    """One operation: who asked, for what, in the words of the events; and what came back."""

    by: Hashable
    verb: str
    queue: int
    number: int | None = None  # asked for, or answered
    patient: Hashable | None = None
    slot: int | None = None
    outcome: str = UNKNOWN
    said: str = ""

    def __str__(self) -> str:
        whom = "" if self.number is None else f" {self.number}"
        return f"{self.verb}{whom} in queue {self.queue} ({self.outcome}: {self.said or 'no answer'})"


class Recorder:
    """The operations in the order in which they were asked for; until an answer comes, each is unknown."""

    def __init__(self) -> None:
        self.ops: list[Op] = []

    def invoke(self, by: Hashable, verb: str, queue: int, **asked: object) -> Op:
        """Somebody asks."""
        op = Op(by, verb, queue, **asked)
        self.ops.append(op)
        return op

    def outcomes(self) -> Counter[str]:
        """How many of each."""
        return Counter(op.outcome for op in self.ops)


class Token(NamedTuple):
    """A row of the tokens."""

    queue: int
    number: int
    patient: Hashable
    kind: str
    state: str


class Event(NamedTuple):
    """A row of the tokens' events."""

    queue: int
    number: int
    action: Hashable
    verb: str
    by: Hashable
    old: str
    new: str


class Slot(NamedTuple):
    """A row of the slots."""

    id: int
    capacity: int
    booked: int
    held: int


class Visit(NamedTuple):
    """A row of the appointments, and its token."""

    slot: int | None
    queue: int
    number: int
    patient: Hashable
    state: str


@dataclass
class Tables:
    """What was found afterwards; events in their order."""

    last: dict[int, int] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    reserved: set[tuple[int, int]] = field(default_factory=set)
    tokens: list[Token] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)


def check(ops: Sequence[Op], tables: Tables) -> list[str]:
    """Everything that is wrong, each as a sentence; nothing when all is well."""
    return [*sound(tables), *_closed(ops, tables), *_everybody_was_heard(ops, tables), *_moves(ops, tables)]


def sound(tables: Tables) -> list[str]:
    """What is wrong in the tables, whatever was asked for."""
    return [*_numbers(tables), *_states(tables), *_slots(tables)]


def _numbers(tables: Tables) -> Iterator[str]:
    """1 to the last, each once: a token's, or kept back and not given yet."""
    given = Counter((token.queue, token.number) for token in tables.tokens)
    for (queue, number), many in given.items():
        if many > 1:
            yield f"duplicate: number {number} of queue {queue} was given {many} times"
    found = set(given) | tables.reserved
    for queue, last in tables.last.items():
        for number in range(1, last + 1):
            if (queue, number) not in found:
                yield f"gap: queue {queue} is at {last} and nobody has {number}"
    for queue, number in found:
        if number > tables.last.get(queue, 0):
            yield f"lost update: queue {queue} is at {tables.last.get(queue)} and somebody has {number}"


def _states(tables: Tables) -> Iterator[str]:
    """The events, played again, give the tokens; and nobody was ever called while somebody was inside."""
    now: dict[tuple[int, int], str] = {}
    for events in _actions(tables.events):
        queue = events[0].queue
        for event in events:
            whose = queue, event.number
            if (was := now.get(whose, "")) != event.old:
                yield f"state: {event.verb} of {whose} began at {event.old or 'nothing'}, not at {was or 'nothing'}"
            now[whose] = event.new
        inside = [number for (where, number), state in now.items() if where == queue and state == "consulting"]
        if len(inside) > 1:
            yield f"two consulting: {inside} in queue {queue}"
    for token in tables.tokens:
        if now.pop((token.queue, token.number), "nothing") != token.state:
            yield f"state: {token.number} of queue {token.queue} is {token.state}, its events say otherwise"
    for whose in now:
        yield f"lost: events tell of token {whose}, which there is not"
    for queue, many in Counter(token.queue for token in tables.tokens if token.state == "consulting").items():
        if many > 1:
            yield f"two consulting: {many} in the table of queue {queue}"


def _actions(events: Iterable[Event]) -> list[list[Event]]:
    """The events of each press together: those of different queues are written at the same time."""
    together: dict[Hashable, list[Event]] = {}
    for event in events:
        together.setdefault((event.queue, event.action), []).append(event)
    return list(together.values())


def _slots(tables: Tables) -> Iterator[str]:
    """As many places are taken as visits stand, and no more than there are; nothing where there is no calendar."""
    if not tables.slots:
        return
    standing = Counter(visit.slot for visit in tables.visits if visit.state in STANDING)
    for slot in tables.slots:
        if slot.booked != standing[slot.id]:
            yield f"slot {slot.id} counts {slot.booked} booked, {standing[slot.id]} visits stand"
        if max(slot.booked, standing[slot.id]) + slot.held > slot.capacity:
            taken = f"{standing[slot.id]} visits and {slot.held} holds"
            yield f"double booked: slot {slot.id} has {slot.capacity} places, {taken}"
    booked = {(token.queue, token.number) for token in tables.tokens if token.kind == "booked"}
    for whose in booked ^ {(visit.queue, visit.number) for visit in tables.visits}:
        yield f"half: {whose} is a token without a visit, or a visit without its token"


def _closed(ops: Iterable[Op], tables: Tables) -> Iterator[str]:
    """A day that was closed is, and nothing happens in it any more."""
    for op in ops:
        if op.verb == "close" and op.outcome == OK:
            if op.queue not in tables.closed:
                yield f"lost: {op}"
            verbs = [event.verb for event in tables.events if event.queue == op.queue]
            if "close" in verbs and verbs[-1] != "close":
                yield f"after the close of queue {op.queue} somebody did: {verbs[-1]}"


def _everybody_was_heard(ops: Iterable[Op], tables: Tables) -> Iterator[str]:
    """For each who asked: their actions in the tables are the operations told ok, in order, some unknown between."""
    patients = {(token.queue, token.number): token.patient for token in tables.tokens}
    asked: defaultdict[Hashable, list[Op]] = defaultdict(list)
    for op in ops:
        if op.verb != "close":
            asked[op.by].append(op)
    done: defaultdict[Hashable, list[Event]] = defaultdict(list)
    for events in _actions(tables.events):
        if (by := events[-1].by) is not None:
            done[by].append(events[-1])  # whom it was about: of a call, whoever was called in
    for by in asked.keys() | done.keys():
        yield from _heard(asked[by], done[by], patients)


def _heard(ops: Sequence[Op], done: Sequence[Event], patients: dict[tuple[int, int], Hashable]) -> Iterator[str]:
    def is_of(op: Op, place: int) -> bool:
        if place >= len(done):
            return False
        event = done[place]
        return (
            (event.verb, event.queue) == (op.verb, op.queue)
            and op.number in (None, event.number)
            and op.patient in (None, patients.get((event.queue, event.number)))
        )

    places = {0}  # how many of the actions the operations so far may account for
    for op in ops:
        next_ones = {place + 1 for place in places if is_of(op, place)}
        if op.outcome == UNKNOWN:
            places |= next_ones
        elif op.outcome == OK and next_ones:
            places = next_ones
        elif op.outcome == OK:
            yield f"lost commit: {op}"
    if len(done) not in places:
        first = done[max(places)] if max(places) < len(done) else done[-1]
        yield f"nobody was told: {first.verb} of {first.number} in queue {first.queue}"


def _moves(ops: Iterable[Op], tables: Tables) -> Iterator[str]:
    """A visit stands where it was last moved to."""
    last: dict[Hashable, list[Op]] = defaultdict(list)
    for op in ops:
        if op.slot is not None and op.outcome != FAILED:
            if op.outcome == OK:
                last[op.patient] = []
            last[op.patient].append(op)
    where = {visit.patient: visit for visit in tables.visits}
    for patient, maybe in last.items():
        visit = where.get(patient)
        told = any(op.outcome == OK for op in maybe)
        if visit is None:
            if told:
                yield f"lost commit: {maybe[0]}"
        elif told and visit.slot not in {op.slot for op in maybe}:
            yield f"lost commit: {maybe[0]}, and the visit is at slot {visit.slot}"
