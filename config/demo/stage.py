"""A doctor's day at Lake Clinic while somebody looks: one inside, some waiting, one late, one not here, one emergency.

Nothing is made up outside the doctor's hours. Within them the day is rehearsed up to now, a few of its visits are given
parts to play, and the caller then plays it for good.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from config.demo import cast
from config.demo.day import Day
from config.demo.diary import COMPLETED, SKIPPED, WAITING, Visit
from config.demo.doctors import Practice
from config.demo.families import Known
from config.demo.moments import HOUR, MINUTE, SECOND
from config.demo.visits import at_the_desk
from tokens.models import Token

CROWD = 5  # people waiting
Play = Callable[[list[Visit]], Day]


@dataclass
class Stage:
    """The visits of today, to be changed in place; `spare` are patients who have no visit yet."""

    rng: random.Random
    practice: Practice
    visits: list[Visit]
    sittings: list[tuple[int, int]]
    play: Play
    now: int
    spare: Iterator[UUID]
    people: dict[cast.CastPatient, Known]
    known: bool

    def set(self, *, whole: bool) -> None:
        """A full waiting room, and with `whole` all that can happen in one; a quiet hour stays quiet."""
        if not any(start + 30 * MINUTE < self.now < end for start, end in self.sittings):
            return
        for ago in (24, 11, 4):
            self._walk_in(self.now - ago * MINUTE - self.rng.randrange(90) * SECOND)
        if whole:
            self._late()
            self._crowd()
            self._not_here()
            self._emergency()
            if self.known:
                self._waiting()

    def _rehearse(self) -> tuple[Day, list[tuple[Visit, Visit]]]:
        """Play copies; returns the day and each visit with what became of its copy."""
        copies = [copy.copy(visit) for visit in self.visits]
        for visit in copies:
            visit.times = {}
        return self.play(copies), list(zip(self.visits, copies, strict=True))

    def _walk_in(self, at: int) -> None:
        self.visits.append(at_the_desk(self.rng, self.practice, Token.Kind.WALK_IN, at, next(self.spare)))

    def _cast(self, visit: Visit, member: cast.CastPatient) -> None:
        """Give a part to somebody we know by name, in the one queue we follow."""
        if self.known:
            become(visit, self.people[member])

    def _late(self) -> None:
        """One whose time has passed and who is not here, and one who came late after all, just now."""
        grace = self.practice.clinic.row.grace_minutes * MINUTE
        since, until = self.now - 95 * MINUTE, self.now - grace - 3 * MINUTE
        passed = [v for v in self.visits if v.slot and since < v.due < until and v.created < self.now - 2 * HOUR]
        passed = [v for v in passed if v.cancels is None]
        for visit, member in zip(reversed(passed), (cast.HARI, cast.SHAJI), strict=False):
            visit.steps_out = False
            visit.arrives = self.now - 2 * MINUTE if member is cast.SHAJI else None
            self._cast(visit, member)

    def _crowd(self) -> None:
        """A waiting room in which one can see the queue move."""
        for ago in range(32, 0, -5):
            _, played = self._rehearse()
            if sum(copied.state == WAITING for _, copied in played) >= CROWD:
                return
            self._walk_in(self.now - ago * MINUTE)

    def _not_here(self) -> None:
        """One who was called and had stepped out."""
        _, played = self._rehearse()
        seen = [(v, copied.times["consulting_at"]) for v, copied in played if copied.state == COMPLETED]
        seen = [(v, at) for v, at in seen if self.now - 50 * MINUTE < at < self.now - 9 * MINUTE and not v.steps_out]
        for visit, _ in sorted(seen, key=lambda pair: pair[1], reverse=True):
            visit.steps_out, visit.returns = True, 0
            if any(v is visit and copied.state == SKIPPED for v, copied in self._rehearse()[1]):
                self._cast(visit, cast.LEELA)
                return
            visit.steps_out = False

    def _emergency(self) -> None:
        """Somebody who goes before everybody, come while the doctor was with the one who is inside now."""
        day, played = self._rehearse()
        for ago in (2, 5, 8):
            if day.inside is not None:
                break
            self._walk_in(self.now - ago * MINUTE)
            day, played = self._rehearse()
        if day.inside is None:
            return
        inside, since = day.inside, day.inside.times["consulting_at"]
        at = since + (self.now - since) * 2 // 5
        patient = self.people[cast.DEVASSY].patient if self.known else next(self.spare)
        visit = at_the_desk(self.rng, self.practice, Token.Kind.EMERGENCY, at, patient)
        visit.why = "chest pain" if self.known else "breathing trouble"
        self.visits.append(visit)
        for visit, copied in played:
            if copied is inside and not self._is_cast(visit):
                self._cast(visit, cast.BILAL)

    def _waiting(self) -> None:
        """Two of those who wait, by name."""
        _, played = self._rehearse()
        free = [(v, copied) for v, copied in played if copied.state == WAITING and not self._is_cast(v)]
        walk_ins = [v for v, copied in free if v.kind == Token.Kind.WALK_IN]
        bookings = [v for v, copied in free if v.slot]
        for visits, member in ((walk_ins, cast.RAVI), (bookings, cast.MEERA)):
            if visits:
                self._cast(visits[0], member)

    def _is_cast(self, visit: Visit) -> bool:
        """Whether a visit has been given to somebody we know by name."""
        return visit.patient in {known.patient for known in self.people.values()}


def become(visit: Visit, known: Known) -> None:
    """Put one patient in the place of another; a booking was then made by their own telephone."""
    visit.patient = known.patient
    if visit.slot:
        visit.by = known.user
