"""Any day whatever at reception, against a model of it kept in memory: Hypothesis looks for one that goes wrong."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests import cast
from tests.machines import play
from tests.queue_day import BEGIN, LATE_GOES_AFTER, B, C, L, Model, Person, S, W, X, anybody
from tokens import services
from tokens.models import Token
from tokens.states import MAY_BE_UNDONE, MAY_BECOME, State
from tokens.undo import undo

Kind = Token.Kind
TICK = timedelta(microseconds=1)
whom = st.integers(0, 99)
kinds, minutes = st.sampled_from(list(Kind)), st.integers(-30, 30)


class Day(Model):
    """What people press at reception, and what must hold after every press."""

    @initialize(first=st.lists(st.tuples(kinds, minutes), min_size=4, max_size=8))
    def open(self, first: list[tuple[Kind, int]]) -> None:
        """A day on which some have a number already."""
        self.begin()
        for kind, past in first:
            self.issue(kind=kind, past=past)

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────
    @precondition(lambda self: len(self.people) < 10)
    @rule(kind=kinds, past=minutes)
    def issue(self, kind: Kind, past: int) -> None:
        due_at = BEGIN + timedelta(minutes=past) if kind in (Kind.BOOKED, Kind.PHONE) else None
        here = kind in (Kind.WALK_IN, Kind.EMERGENCY)
        number = len(self.people) + len(self.kept) + 1
        patient = cast.patient(phone=None)
        person = Person(
            number, W if here else B, due_at or self.clock.now + timedelta(seconds=20), kind == Kind.EMERGENCY
        )
        button = self.desk(services.issue, patient=patient, kind=kind, due_at=due_at)
        self.press(not self.closed, button, person, can_undo=kind != Kind.BOOKED)

    @precondition(lambda self: len(self.people) < 10)
    @rule(many=st.integers(1, 2))
    def keep_back(self, many: int) -> None:
        first = len(self.people) + len(self.kept) + 1
        button = self.desk(services.reserve, how_many=many, purpose="vip")
        self.press(not self.closed, button, can_undo=False)
        if not self.closed:
            self.kept |= set(range(first, first + many))

    @precondition(lambda self: self.kept)
    @rule(whom=whom)
    def give_what_was_kept(self, whom: int) -> None:
        number = sorted(self.kept)[whom % len(self.kept)]
        person = Person(number, W, self.clock.now + timedelta(seconds=20), is_first=False)
        button = self.desk(services.issue, patient=cast.patient(phone=None), kind=Kind.WALK_IN, reserved=number)
        self.press(not self.closed, button, person)
        if not self.closed:
            self.kept.remove(number)

    @rule(fresh=st.sampled_from([True, True, True, False]))
    def call_next(self, fresh: bool) -> None:
        first = next(iter(self.in_order(W)), None)
        button = self.desk(services.call_next, seen=self.seen() if fresh else 99)
        allowed = fresh and first is not None and not self.closed
        self.press(allowed, button, *self.call_in(first), where="consulting")

    @precondition(anybody(W))
    @rule(whom=whom)
    def call(self, whom: int) -> None:
        number = self.number(whom, W)
        person = self.people.get(number)
        allowed = person is not None and person.state == W and not self.closed
        button = self.desk(services.call, number=number, seen=self.seen())
        self.press(allowed, button, *(self.call_in(person) if allowed else []), where="consulting")

    @precondition(anybody(C))
    @rule()
    def complete(self) -> None:
        changes = self.call_in(None)
        self.press(bool(changes), self.desk(services.complete, seen=self.seen()), *changes)

    @precondition(anybody(W, C))
    @rule(whom=whom)
    def skip(self, whom: int) -> None:
        self.move(whom, services.skip, {W, C}, S)

    @precondition(anybody(S))
    @rule(whom=whom)
    def recall(self, whom: int) -> None:
        self.move(whom, services.recall, {S}, W)

    @precondition(anybody(B, W))
    @rule(whom=whom)
    def late(self, whom: int) -> None:
        self.move(whom, services.mark_late, {B, W}, L)

    @precondition(anybody(B, L))
    @rule(whom=whom)
    def arrive(self, whom: int) -> None:
        number = self.number(whom, B, L)
        person = self.people.get(number)
        if person is None or person.state != L or self.closed:
            self.move(whom, services.mark_arrived, {B}, W)
            return
        waiting = self.in_order(W)
        before = [it.due_at for it in waiting[:LATE_GOES_AFTER] if not it.is_first]
        others = [it.due_at for it in waiting if not it.is_first]
        now = self.clock.now + timedelta(seconds=20)
        due_at = before[-1] + TICK if before else others[0] - TICK if others else now
        due_at = max(due_at, person.due_at)  # never before their own time
        self.press(True, self.desk(services.mark_arrived, number=number), replace(person, state=W, due_at=due_at))

    @precondition(anybody(B, W))
    @rule(whom=whom, before=whom, why=st.sampled_from(["in pain", "in pain", ""]))
    def place(self, whom: int, before: int, why: str) -> None:
        """By hand: just before somebody else in line, or at its end; the others keep their order."""
        number, line = self.number(whom, B, W, S), self.in_order(B, W)
        person = self.people.get(number)
        others = [it.number for it in line if it.number != number]
        target = ([*others, None, 99])[before % (len(others) + 2)]
        allowed = bool(why) and not self.closed and person is not None and person.state in (B, W, S) and target != 99
        button = self.desk(services.place, number=number, before=target, why=why)
        if not allowed:
            self.press(False, button)
            return
        index = len(others) if target is None else others.index(target)
        expected = [*others[:index], number, *others[index:]]
        self.clock.pass_(seconds=20)
        button()
        rows = self.queue.tokens.in_calling_order().values_list("number", "state", "due_at", "is_first")
        found = {row[0]: Person(*row) for row in rows}
        assert [it for it in found if found[it].state in (B, W)] == expected
        changed = [found[it] for it in found if found[it] != self.people[it]]
        assert {it.number for it in changed if it.state != self.people[it.number].state} <= {number}
        self.done.append(([(self.people[it.number], it) for it in changed], None))
        self.people |= {it.number: it for it in changed}

    @precondition(anybody(W))
    @rule(whom=whom)
    def merge(self, whom: int) -> None:
        """A walk-in has a booking after all: the booking counts, at the better of the two places."""
        extra = self.in_order(W)[whom % len(self.in_order(W))]
        kinds_of = dict(self.queue.tokens.values_list("number", "kind"))
        bookings = [it for it in self.in_order(B, W, S) if kinds_of[it.number] == Kind.BOOKED]
        if not bookings:
            return
        kept = bookings[whom % len(bookings)]
        allowed = kinds_of[extra.number] != Kind.BOOKED and extra != kept and not self.closed
        button = self.desk(services.merge, number=extra.number, into=kept.number)
        due_at, is_first = min(kept.due_at, extra.due_at), kept.is_first or extra.is_first
        after = replace(kept, state=W, due_at=due_at, is_first=is_first), replace(extra, state=X)
        self.press(allowed, button, *(after if allowed else ()), can_undo=False)

    @precondition(anybody(B, W, L, S))
    @rule(whom=whom)
    def transfer(self, whom: int) -> None:
        """To Dr Kurian: over here, there with the same due time."""
        number = self.number(whom, B, W, L, S)
        person, token = self.people.get(number), self.queue.tokens.filter(number=number).first()
        if person is None:
            return
        button = partial(services.transfer, token=token, queue=self.other, by=self.reena)
        allowed = person.state in (B, W, L, S)
        self.press(allowed, button, *([replace(person, state=X)] if allowed else []), can_undo=False)
        if allowed:
            there = self.other.tokens.latest("number")
            assert (there.due_at, there.is_first) == (person.due_at, person.is_first)
            assert (there.state == W) == (person.state == W), "who has not come, or has gone, is expected there"

    @precondition(anybody(C))
    @rule()
    def again(self) -> None:
        self.press(bool(self.in_order(C)), self.desk(services.call_again), can_undo=False)

    @rule(minutes=st.sampled_from([0, 20, 999]))
    def run_late(self, minutes: int) -> None:
        allowed = not self.closed and minutes < 999
        self.press(allowed, self.desk(services.run_late, minutes=minutes), can_undo=False)
        if allowed:
            self.done.append(([], self.where))

    @rule(where=st.sampled_from(["on_break", "called_away", "left", "consulting"]))
    def doctor(self, where: str) -> None:
        button = self.desk(services.set_doctor_state, state=where)
        self.press(not self.closed, button, can_undo=False)
        if not self.closed:
            self.done.append(([], self.where))
            self.where = where

    @rule()
    def close(self) -> None:
        """Nobody is cancelled who is here."""
        left = [replace(it, state=X) for it in self.in_order(B, L, S)]
        allowed = not self.closed and not self.in_order(W, C)
        self.press(allowed, self.desk(services.close_day), *left, can_undo=False, where="left")
        self.closed = self.closed or allowed

    @rule()
    def reopen(self) -> None:
        self.press(self.closed, self.desk(services.reopen_day), can_undo=False, where="consulting")
        self.closed = False

    @precondition(anybody(B))
    @rule(late=whom, comes=whom)
    def come_late(self, late: int, comes: int) -> None:
        """As mostly happens: the time passes, and then they come."""
        self.late(late)
        self.arrive(comes)

    @precondition(anybody(B, W, L, S))
    @rule(whom=whom)
    def cancel(self, whom: int) -> None:
        number = self.number(whom, B, W, L, S)
        person, token = self.people.get(number), self.queue.tokens.filter(number=number).first()
        if person is not None:
            button = partial(services.cancel, token=token, by=self.reena, why="ill")
            self.press(X in MAY_BECOME[person.state], button, replace(person, state=X), can_undo=False)

    @rule()
    def undo(self) -> None:
        last, where = self.done[-1] if self.done else ([], None)
        stands = all(self.people[after.number].state == after.state for _, after in last)
        allowed = bool(self.done) and stands and not self.closed
        changes = [before or replace(after, state=X) for before, after in last]
        self.press(allowed, self.desk(undo), *changes, can_undo=False, where=where)
        if allowed:
            self.done.pop()

    # ── what must always hold ─────────────────────────────────────────────────────────────────────────────────
    @invariant()
    def numbers_table_order_and_room_are_the_models(self) -> None:
        rows = self.queue.tokens.in_calling_order().values_list("number", "state", "due_at", "is_first")
        found = [Person(*row) for row in rows]
        assert found == self.in_order(*State), "the same people, and the database calls them in the model's order"
        self.queue.refresh_from_db(fields=["last_number", "doctor_state", "closed_at"])
        numbers = sorted({person.number for person in found} | self.kept)
        assert numbers == list(range(1, self.queue.last_number + 1)), "no gaps"
        assert (self.queue.doctor_state, self.queue.closed_at is not None) == (self.where, self.closed)
        assert len([person for person in found if person.state == C]) <= 1

    @invariant()
    def the_events_replayed_give_the_table(self) -> None:
        events = self.queue.events.filter(pk__gt=self.read).values_list(
            "pk", "token__number", "from_state", "to_state", "due_at", "is_first"
        )
        for pk, number, old, new, due_at, is_first in events.order_by("pk"):
            was = self.replayed[number].state if number in self.replayed else ""
            assert old == was
            assert not was or new == was or new in MAY_BECOME[was] | MAY_BE_UNDONE[was]
            self.replayed[number] = Person(number, State(new), due_at, is_first)
            self.read = pk
        assert self.replayed == self.people


@pytest.mark.django_db
def test_no_day_at_reception_goes_wrong() -> None:
    play(Day, days=15, presses=40)
