"""A recorded day under another rule for late arrivals: what would have been, as pure arithmetic.

The moments at which the doctor called somebody who came in and was seen are kept. At each of them goes in whoever is
first in the new order of those who are here and have not been seen. Somebody is late who came after the time promised
to them and the grace, and goes in on coming where `late.place` says. Left out, as recorded: whoever was never seen.

Not part of it: the delay a doctor had announced, and that nobody is marked late while the doctor is away (both make
fewer people late than this does); places given by hand; and the maximum of recalls, which only says how many of those
who were seen would have stayed set aside. So the rule in force is run in the same way, and like is compared with like:
`alike` says how many turns that run has in common with what really happened.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tokens import late
from tokens.late import Rule

WORTH_TELLING = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who was seen, as recorded. `came_at` for the first time, `here_at` since when in line to be called."""

    number: int
    promised_at: datetime
    came_at: datetime
    here_at: datetime
    seen_at: datetime
    is_first: bool = False
    is_expected: bool = True
    recalls: int = 0

    def is_late(self, rule: Rule) -> bool:
        """Came to the desk after their time and the grace; an emergency never is."""
        return self.is_expected and not self.is_first and self.came_at > self.promised_at + rule.grace

    def waited(self, seen_at: datetime) -> float:
        """Minutes from their time, or from coming when that was later."""
        return max(0.0, (seen_at - max(self.came_at, self.promised_at)).total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class InLine:
    """A visit while it waits, in the order in which the desk calls."""

    is_first: bool
    due_at: datetime
    number: int
    visit: Visit

    def key(self) -> tuple[bool, datetime, int]:
        """Emergencies first, then by due time, then by number."""
        return (not self.is_first, self.due_at, self.number)


@dataclass(frozen=True, slots=True)
class Turn:
    """When one visit's turn came under the rule in force, and when it would come under another."""

    visit: Visit
    before: datetime
    after: datetime
    was_late: bool
    is_late: bool

    @property
    def change(self) -> float:
        """Minutes by which the turn comes later; below zero: earlier."""
        return (self.after - self.before).total_seconds() / 60

    @property
    def waits_before(self) -> int:
        """Whole minutes of waiting under the rule in force."""
        return round(self.visit.waited(self.before))

    @property
    def waits_after(self) -> int:
        """Whole minutes of waiting under the other."""
        return round(self.visit.waited(self.after))

    @property
    def lost(self) -> int:
        """So many whole minutes later."""
        return round(self.change)

    @property
    def gained(self) -> int:
        """So many whole minutes earlier."""
        return round(-self.change)


@dataclass(frozen=True, slots=True)
class Total:
    """What a rule does to some turns: minutes of waiting on average, None where there is nobody."""

    seen: int
    late: int
    on_time_wait: float | None
    late_wait: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """One recorded day of one doctor, run under both rules; `alike` turns are in force as they were recorded."""

    doctor: str
    slug: str
    date: date
    turns: tuple[Turn, ...]
    alike: int

    @property
    def told(self) -> list[Turn]:
        """Those whose turn moves by five minutes or more, the largest change first."""
        moved = (turn for turn in self.turns if abs(turn.after - turn.before) >= WORTH_TELLING)
        return sorted(moved, key=lambda turn: (-abs(turn.change), turn.visit.number))

    @property
    def before(self) -> Total:
        """Under the rule in force."""
        return total_before([self])

    @property
    def after(self) -> Total:
        """Under the one that is tried."""
        return total_after([self])


def run(visits: Sequence[Visit], rule: Rule) -> list[tuple[Visit, datetime]]:
    """Who would be called at each of the recorded moments, in order."""
    coming = sorted(visits, key=lambda visit: (visit.here_at, visit.number))
    waiting: list[InLine] = []
    called: list[tuple[Visit, datetime]] = []
    arrived = 0
    for moment in sorted(visit.seen_at for visit in visits):
        while arrived < len(coming) and coming[arrived].here_at <= moment:
            insort(waiting, _stands(coming[arrived], rule, waiting), key=InLine.key)
            arrived += 1
        called.append((waiting.pop(0).visit, moment))  # never nobody: as many had come as were called
    return called


def _stands(visit: Visit, rule: Rule, waiting: Sequence[InLine]) -> InLine:
    due_at = visit.promised_at
    if visit.is_late(rule):
        due_at, _ = late.place(rule, waiting, due_at=due_at, now=visit.here_at)
    return InLine(visit.is_first, due_at, visit.number, visit)


def compare(*, doctor: str, slug: str, on: date, visits: Sequence[Visit], now: Rule, tried: Rule) -> Day:
    """One day under the rule in force and under another."""
    before, after = run(visits, now), {visit.number: moment for visit, moment in run(visits, tried)}
    recorded = sorted(visits, key=lambda visit: (visit.seen_at, visit.number))
    turns = tuple(
        Turn(visit, moment, after[visit.number], visit.is_late(now), visit.is_late(tried)) for visit, moment in before
    )
    alike = sum(visit is other for (visit, _), other in zip(before, recorded, strict=True))
    return Day(doctor, slug, on, turns, alike)


def total_before(days: Iterable[Day]) -> Total:
    """Some days under the rule in force."""
    return _total([(turn.visit.waited(turn.before), turn.was_late) for day in days for turn in day.turns])


def total_after(days: Iterable[Day]) -> Total:
    """Some days under the rule that is tried."""
    return _total([(turn.visit.waited(turn.after), turn.is_late) for day in days for turn in day.turns])


def _total(waits: Sequence[tuple[float, bool]]) -> Total:
    late_ones = [wait for wait, is_late in waits if is_late]
    others = [wait for wait, is_late in waits if not is_late]
    return Total(len(waits), len(late_ones), _mean(others), _mean(late_ones))


def _mean(waits: Sequence[float]) -> float | None:
    return sum(waits) / len(waits) if waits else None
