"""One doctor's day played through: patients come, are late, step out or stay away, and the doctor calls one by one.

The same story serves the past, today and the days ahead: it is told up to a moment and then stops.
"""

from __future__ import annotations

import random
from uuid import UUID

from config.demo.diary import BOOKED, CANCELLED, COMPLETED, CONSULTING, LATE, SKIPPED, WAITING, Diary, Visit
from config.demo.moments import MINUTE, SECOND, uuid_at
from tokens.models import Queue, Token
from tokens.states import DID_NOT_COME, NOT_SEEN

KINDS_OF_THE_DESK = frozenset({Token.Kind.WALK_IN.value, Token.Kind.EMERGENCY.value})
NOT_THERE = 90 * SECOND  # until the desk gives up on somebody called
MISSED_AFTER = 5 * MINUTE  # the due time: where nobody is checked in, the desk then calls and sees
GIVEN_UP = 100 * MINUTE  # after somebody was set aside, the desk takes the token off its list
BUSY = 5  # people waiting; with more, and after hours, consultations grow shorter
OPENS_BEFORE = 60 * MINUTE


class Day(Diary):
    """A queue from its first booking up to `until`; the desk `closes` it when its doctor has gone."""

    def __init__(
        self, rng: random.Random, visits: list[Visit], sittings: list[tuple[int, int]], *,
        until: int, checks_in: bool, grace: int, late_after: int, calls: UUID, desk: UUID, starts_late: int,
        closes: bool,
    ) -> None:  # fmt: skip
        super().__init__(rng, until=until)
        self.checks_in, self.grace = checks_in, grace
        self.late_after, self.by, self.desk, self.closes = late_after, calls, desk, closes
        self.last_end = sittings[-1][1]
        self.opens = sittings[0][0] - OPENS_BEFORE
        self.opened_at: int | None = None
        self.inside: Visit | None = None
        self.sits = False
        self.ends = 0
        self.note = ""
        self.note_at: int | None = None
        for visit in visits:
            self._at(visit.created, self._issue, visit)
        self._at(self.opens, self._open)
        for start, end in sittings:
            self._at(start + starts_late, self._sit)
            self._at(end, self._end_sitting)

    # Before the doctor's door

    def _issue(self, at: int, visit: Visit) -> None:
        self.issued.append(visit)
        visit.number, visit.id = len(self.issued), uuid_at(at, self.rng)
        visit.is_first, visit.promised = visit.kind == Token.Kind.EMERGENCY, visit.due
        of_the_desk = visit.kind in KINDS_OF_THE_DESK
        here = of_the_desk or (self.opened_at is not None and not self.checks_in)
        verb = "issue" if visit.kind == Token.Kind.BOOKED else "add"
        self._move(visit, WAITING if here else BOOKED, verb, at, visit.by, self._action(at), visit.why)
        if visit.cancels is not None:
            self._at(max(at, visit.cancels), self._cancel, visit)
        if visit.arrives is not None:
            visit.arrives = max(at, visit.arrives, 0 if of_the_desk else self.opens)
            self._at(visit.arrives, self._arrive, visit)
        if self.checks_in and not here:
            self._at(max(at, visit.due + self.grace), self._late, visit)
        elif not self.checks_in:
            self._at(max(at, visit.due + MISSED_AFTER), self._look)
        if visit.is_first:
            self.note, self.note_at = "1 emergency goes first.", at
        self._next(at)

    def _open(self, at: int, _: Visit | None = None) -> None:
        self.opened_at = at
        if not self.checks_in:
            action = self._action(at)
            for visit in self.issued:
                if visit.state == BOOKED:
                    self._move(visit, WAITING, "open", at, None, action, "The day has opened.")

    def _arrive(self, at: int, visit: Visit) -> None:
        if visit.state == BOOKED:
            self._move(visit, WAITING, "arrive", at, self.desk, self._action(at))
        elif visit.state == LATE:
            why = self._come_late(at, visit)
            self._move(visit, WAITING, "arrive", at, self.desk, self._action(at), why)
        self._next(at)

    def _come_late(self, at: int, visit: Visit) -> str:
        """After the next few, as tokens.late has it for a clinic of that rule; nobody before their own time."""
        line = sorted(self.waiting, key=_place)
        before = line[: self.late_after]
        last = next((other for other in reversed(before) if not other.is_first), None)
        first = next((other for other in line if not other.is_first), None)
        due = last.due + 1 if last else first.due - 1 if first else at
        if due <= visit.due:
            return ""
        visit.due, visit.placed = due, Token.Placed.LATE.value
        visit.why = f"Came late: goes after {before[-1].number}." if before else "Came late: goes in next."
        return visit.why

    def _late(self, at: int, visit: Visit) -> None:
        if visit.state == BOOKED:
            self._move(visit, LATE, "late", at, None, self._action(at))
            self._at(at + GIVEN_UP, self._give_up, visit)

    def _give_up(self, at: int, visit: Visit) -> None:
        if visit.state in (LATE, SKIPPED):
            visit.called_off = DID_NOT_COME
            self._move(visit, CANCELLED, "cancel", at, self.desk, self._action(at), DID_NOT_COME)

    def _cancel(self, at: int, visit: Visit) -> None:
        if visit.state in (BOOKED, LATE):
            visit.called_off = "Cancelled by the patient."
            self._move(visit, CANCELLED, "cancel", at, visit.by, self._action(at), visit.called_off)

    # The doctor

    def _be(self, state: Queue.DoctorState, at: int) -> None:
        self.doctor_state, self.doctor_state_at = state.value, at
        self._write("state", at, self.by, self._action(at))

    def _sit(self, at: int, _: Visit | None = None) -> None:
        self.sits, self.ends = True, 0
        if self.doctor_state != Queue.DoctorState.CONSULTING:
            self._be(Queue.DoctorState.CONSULTING, at)
        self._next(at)

    def _end_sitting(self, at: int, _: Visit | None = None) -> None:
        self.ends = at
        self._next(at)

    def _look(self, at: int, _: Visit | None = None) -> None:
        self._next(at)

    def _next(self, at: int) -> None:
        """Call whoever is next, if the doctor is free; go when the hours are over and nobody is left."""
        if not self.sits or (self.inside is not None and at < self.inside.times["consulting_at"] + self.inside.takes):
            return
        here = [v for v in self.waiting if v.due + MISSED_AFTER <= at or (v.arrives is not None and v.arrives <= at)]
        current = self.inside
        if here:
            visit = min(here, key=_place)
            action = self._action(at)
            if current is not None:
                self._move(current, COMPLETED, "call", at, self.by, action)
            self._call(at, visit, action)
        else:
            if current is not None:
                self._move(current, COMPLETED, "complete", at, self.by, self._action(at))
                self.inside = None
            if self.ends and at >= self.ends:
                self._rise(at)

    def _call(self, at: int, visit: Visit, action: UUID) -> None:
        self._move(visit, CONSULTING, "call", at, self.by, action)
        self.inside = visit
        self.note, self.note_at = "", at
        if visit.arrives is None or visit.arrives > at or visit.steps_out:
            self._at(at + NOT_THERE, self._skip, visit)
        else:
            if self.ends or len(self.waiting) > BUSY:
                visit.takes = visit.takes * 3 // 4
            self._at(at + visit.takes, self._done, visit)

    def _done(self, at: int, visit: Visit) -> None:
        if self.inside is visit and visit.state == CONSULTING:
            self._next(at)

    def _skip(self, at: int, visit: Visit) -> None:
        action = self._action(at)
        self._move(visit, WAITING, "skip", at, self.by, action)
        self._move(visit, SKIPPED, "skip", at, self.by, action)
        self.inside = None
        back = visit.returns if visit.steps_out else visit.arrives
        if back and back < self.last_end:
            self._at(max(back, at + MINUTE), self._recall, visit)
        self._at(at + GIVEN_UP, self._give_up, visit)
        visit.steps_out = False
        self._next(at)

    def _recall(self, at: int, visit: Visit) -> None:
        if visit.state == SKIPPED:
            visit.arrives = at
            visit.recalls += 1
            self._move(visit, WAITING, "recall", at, self.desk, self._action(at))
            self._next(at)

    def _rise(self, at: int) -> None:
        """The sitting is over: a break, or the end of the day."""
        self.sits, self.ends = False, 0
        if at < self.last_end:
            self._be(Queue.DoctorState.ON_BREAK, at)
            return
        self._be(Queue.DoctorState.LEFT, at)
        if self.closes:
            self._at(at + 10 * MINUTE, self._close)

    def _close(self, at: int, _: Visit | None = None) -> None:
        """The day is closed, as services.close_day does: by the desk, or by itself where somebody still waits."""
        by, action = None if self.waiting else self.desk, self._action(at)
        for visit in self.issued:
            if visit.state in (BOOKED, WAITING, LATE, SKIPPED):
                visit.called_off = DID_NOT_COME
                visit.why = NOT_SEEN if visit.state == WAITING else DID_NOT_COME
                self._move(visit, CANCELLED, "close", at, by, action, visit.why)
        self.closed_at = at
        self._write("close", at, by, action)


def _place(visit: Visit) -> tuple[bool, int, int]:
    """The one order: emergencies first, then by due time, then by number."""
    return (not visit.is_first, visit.due, visit.number)
