"""Plays a doctor's day at a desk, pressing what people would press, and keeps in mind how everybody must stand."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count

from django.utils import timezone

from config.simulation.clocks import Clock
from config.simulation.desks import Desk, Refused
from config.simulation.script import BOOKED, EMERGENCY, MINUTE, WALK_IN, DoctorsDay, Outing, Visit
from tokens.models import Queue
from tokens.states import LIVE, State

B, W, C, L, S, D, X = State
GRACE = 15 * MINUTE
NOT_THERE = 1.5 * MINUTE  # until the door gives up on somebody called; halfway it calls once more
A_MOMENT = timedelta(seconds=5)
TRY_AGAIN = MINUTE  # after the desk refused
REFUSALS = 200  # then something is wrong, and the day is given up
MISSED_UP_TO = 60 * MINUTE  # after the due time the desk no longer marks anybody
DOCTOR = Queue.DoctorState

Say = Callable[[float, str, str], None]


class Stage:
    """One doctor's queue. `states` is how each number must stand now; `refused` what the desk would not do."""

    def __init__(
        self, day: DoctorsDay, desk: Desk, clock: Clock, *, say: Say | None = None, closes: bool = False
    ) -> None:
        self.day, self.desk, self.clock, self.closes = day, desk, clock, closes
        self.people: dict[int, Visit] = {}
        self.states: dict[int, State] = {}
        self.others: Mapping[str, Stage] = {}
        self.refused: list[str] = []
        self.presses = self.calls = 0
        self.inside: int | None = None
        self.is_there = self.is_open = self.is_evening = self.is_over = False
        self._outing: Outing | None = None
        self._out: set[int] = set()  # gone out for a moment
        self._say, self._order = say, count()
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        for visit in day.visits:
            self._at(visit.asks, self._ask, visit)
        self._at(day.starts, self._come)
        for outing in day.outings:
            self._at(outing.at, self._go_out, outing)
        for at, minutes in day.says_late:
            self._at(at, self._run_late, minutes)
        self._at(day.ends, self._evening)

    @property
    def next_at(self) -> float | None:
        """When something happens next; None when the day is over."""
        return None if self.is_over or not self._events else self._events[0][0]

    def step(self) -> None:
        """Let the next thing happen."""
        at, _, happen, given = heapq.heappop(self._events)
        try:
            happen(at, *given)
        except Refused as error:
            self.refused.append(f"{happen.__name__.strip('_')}: {error}")
            self.look_around()
            self._at(at + TRY_AGAIN, self._resume)
            self.is_over = len(self.refused) > REFUSALS

    def _at(self, at: float, happen: Callable[..., None], *given: object) -> None:
        heapq.heappush(self._events, (at, next(self._order), happen, given))

    def _press(self, verb: str, *given: object) -> object:
        self.presses += 1
        return getattr(self.desk, verb)(*given)

    def look_around(self) -> None:
        """See how everybody stands, where somebody else presses too."""
        found = self.desk.states()
        if found is not None:
            self.states = dict(found)
            self.inside = next((number for number, state in found.items() if state == C), None)

    def _resume(self, at: float) -> None:
        """Go on after the desk refused something."""
        if self.is_there:
            self._done(at, self.inside, self.calls)

    # ── before the doctor's door ──────────────────────────────────────────────────────────────────────────────
    def _ask(self, at: float, visit: Visit) -> None:
        """Somebody gets a number, or has one already."""
        if visit.number:
            number = visit.number
        elif visit.kind == BOOKED:
            number = self._press("book", visit, self.clock.real(visit.due))
        else:
            number = self._press("add", visit)
            self._tell(at, f"{number} {'goes first: ' + visit.why if visit.kind == EMERGENCY else visit.kind}")
        is_here = visit.is_here or visit.kind in (WALK_IN, EMERGENCY) or (self.is_open and not self.desk.checks_in)
        self.welcome(at, visit, number, W if is_here else B)

    def welcome(self, at: float, visit: Visit, number: int, state: State) -> None:
        """Somebody stands in this queue from now on."""
        self.people[number], self.states[number] = visit, state
        if state == B and self.desk.checks_in:
            if visit.arrives is not None:
                self._at(max(at, visit.arrives), self._arrive, number)
            self._at(max(at, visit.due) + GRACE, self._be_late, number)
        if visit.steps_out:
            self._out.add(number)
        if visit.cancels is not None:
            self._at(max(at, visit.cancels), self._cancel, number)
        if visit.transfers is not None and at < visit.transfers:
            self._at(visit.transfers, self._transfer, number, visit)
        if self.is_there:
            self._look(at)

    def _opened(self) -> None:
        """The first press on the day opens it: where people are not checked in, everybody booked is here."""
        if not self.is_open:
            self.is_open = True
            if not self.desk.checks_in:
                self.states |= {number: W for number, state in self.states.items() if state == B}

    def _arrive(self, at: float, number: int) -> None:
        if self.states[number] in (B, L):
            self._press("arrived", number)
            self._opened()
            self.states[number] = W
            self._look(at)

    def _be_late(self, at: float, number: int) -> None:
        if self.states[number] == B and self.is_there:
            self._press("late", number)
            self.states[number] = L
        elif self.states[number] == B and at < self.people[number].due + MISSED_UP_TO:
            self._at(at + GRACE, self._be_late, number)

    def _cancel(self, at: float, number: int) -> None:
        if self.states[number] in (B, L, S):
            self._press("cancel", number)
            self.states[number] = X
            self._tell(at, f"{number} called off")

    def _transfer(self, at: float, number: int, visit: Visit) -> None:
        other = self.others.get(visit.goes_to)
        if self.states[number] != W or other is None or other.is_over:
            return
        there = self._press("transfer", number, other.desk)
        self.states[number] = X
        self._tell(at, f"{number} goes to {visit.goes_to}, {there}")
        other.welcome(at, visit, there, W)

    # ── the doctor ────────────────────────────────────────────────────────────────────────────────────────────
    def _be(self, state: str, back_at: object = None) -> None:
        self._press("state", state, back_at)
        self._opened()

    def _come(self, at: float) -> None:
        self._be(DOCTOR.CONSULTING)
        self.is_there = True
        self._tell(at, "begins")
        if self.inside is not None:  # since before we looked
            self._at(at + self.day.mean * MINUTE, self._done, self.inside, self.calls)
        self._look(at)

    def _run_late(self, at: float, minutes: int) -> None:
        self._press("run_late", minutes)
        self._tell(at, f"runs {minutes} min late" if minutes else "is on time again")

    def _go_out(self, at: float, outing: Outing) -> None:
        if not self.is_there:
            return
        self._outing = outing
        if self.inside is None or outing.state == DOCTOR.CALLED_AWAY:
            self._done(at, self.inside, self.calls)

    def _evening(self, at: float) -> None:
        self.is_evening = True
        self._look(at)

    def _look(self, at: float) -> None:
        """Is there anything to do for a doctor who is free?"""
        if self.is_there and self.inside is None:
            self._next(at)

    def _done(self, at: float, number: int | None, call: int) -> None:
        """A consultation is over, unless it was over before."""
        if number != self.inside or call != self.calls:
            return
        if self._outing is None:
            self._next(at)
            return
        if number is not None:
            self._finish(number)
        outing, self._outing = self._outing, None
        self.is_there = False
        back = at + outing.minutes * MINUTE
        self._at(back, self._come)
        self._be(outing.state, max(self.clock.real(back), timezone.now() + A_MOMENT))  # who presses late says later
        self._tell(at, f"is away for {outing.minutes} min")

    def _finish(self, number: int) -> None:
        self._press("complete", number)
        self.states[number], self.inside = D, None

    def _next(self, at: float) -> None:
        """Call whoever is first; or wait; or go home."""
        if W not in self.states.values():
            if self.inside is not None:
                self._finish(self.inside)
            if self.is_evening:
                self._go_home(at)
            return
        before = self.inside
        number = self._press("call_next", before)
        self._opened()
        if before is not None:
            self.states[before] = D
        self.states[number], self.inside = C, number
        self.calls += 1
        self._tell(at, f"{number} called")
        visit = self.people.get(number)
        takes = visit.takes if visit else self.day.mean * MINUTE
        if visit is not None and self._is_away(at, number, visit):
            self._at(at + NOT_THERE / 2, self._again, number, self.calls)
            self._at(at + NOT_THERE, self._skip, number, self.calls)
            return
        self._at(at + takes, self._done, number, self.calls)
        if self.calls in self.day.slips:
            self._at(at + takes / 2, self._slip, number, self.calls)

    def _is_away(self, at: float, number: int, visit: Visit) -> bool:
        """Whether somebody called does not come in: gone out, or, where nobody is checked in, not come yet."""
        if self.desk.checks_in or visit.kind in (WALK_IN, EMERGENCY):
            return number in self._out
        return number in self._out or visit.arrives is None or visit.arrives > at

    def _again(self, at: float, number: int, call: int) -> None:
        if number == self.inside and call == self.calls:
            self._press("again")

    def _skip(self, at: float, number: int, call: int) -> None:
        if number != self.inside or call != self.calls:
            return
        self._press("skip", number)
        self.states[number], self.inside = S, None
        self._tell(at, f"{number} is not here")
        visit = self.people[number]
        back = at + visit.returns if visit.returns else visit.arrives
        if back is not None and (visit.returns or back > at):
            self._at(back, self._recall, number)
        self._done(at, None, self.calls)

    def _recall(self, at: float, number: int) -> None:
        if self.states[number] == S:
            self._press("recall", number)
            self._out.discard(number)
            self.states[number] = W
            self._look(at)

    def _slip(self, at: float, number: int, call: int) -> None:
        """The wrong button, and at once Undo: everybody stands as before."""
        if number != self.inside or call != self.calls or W not in self.states.values():
            return
        if self.day.slips[call] == "call":
            self._press("call_next", number)
        else:
            self._press("skip", number)
        self._press("undo")
        self._tell(at, f"undone: {number} stays inside")

    def _go_home(self, at: float) -> None:
        self._be(DOCTOR.LEFT)
        if self.closes:
            self._press("close")
            self.states |= {number: X for number, state in self.states.items() if state in LIVE}
        self._tell(at, "has left")
        self.is_over, self.is_there = True, False

    def _tell(self, at: float, said: str) -> None:
        if self._say is not None:
            self._say(at, self.day.doctor, said)


def play(stages: Sequence[Stage]) -> None:
    """Play several doctors' days side by side, in the order of time; they send patients to each other."""
    by_name = {stage.day.doctor: stage for stage in stages}
    if len(stages) > 1:
        for stage in stages:
            stage.others = by_name
    while running := [stage for stage in stages if stage.next_at is not None]:
        stage = min(running, key=lambda stage: stage.next_at or 0.0)
        stage.clock.until(stage.next_at or 0.0)
        with stage.clock.acting():
            stage.step()
