"""A day at reception as a model kept in memory: who has which number, who stands where, and what a press does."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from tests import cast
from tests.clock import clock_at
from tokens import services
from tokens.models import TokenError
from tokens.states import State

B, W, C, L, S, D, X = State
BEGIN = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
LATE_GOES_AFTER = 2


@dataclass(frozen=True)
class Person:
    """A token as the model remembers it."""

    number: int
    state: State
    due_at: datetime
    is_first: bool

    def key(self) -> tuple[bool, datetime, int]:
        """Emergencies, then due times, then numbers."""
        return (not self.is_first, self.due_at, self.number)


def anybody(*states: State) -> Callable[["Model"], bool]:
    """A button is pressed only where somebody stands so: most presses that mean nobody would teach nothing."""
    return lambda day: bool(day.in_order(*states))


class Model(RuleBasedStateMachine):
    """One queue and its model: every press is refused by both, or changes both alike."""

    def begin(self) -> None:
        """Nobody has a number yet."""
        self.transaction, self.time = transaction.atomic(), clock_at(BEGIN)
        self.transaction.__enter__()
        self.clock = self.time.__enter__()
        clinic = cast.clinic(name="Lake Clinic", late_goes_after=LATE_GOES_AFTER, undo_minutes=6000, max_recalls=99)
        self.reena = cast.staff(clinic=clinic)
        self.queue = cast.queue(doctor=cast.doctor(clinic=clinic))
        self.other = cast.queue(doctor=cast.doctor(clinic=clinic, name="Joseph Kurian"))
        self.people: dict[int, Person] = {}
        self.replayed: dict[int, Person] = {}
        self.read = 0  # the last event replayed
        self.done: list[tuple[list[tuple[Person | None, Person]], str | None]] = []  # what undo can take back
        self.where, self.closed, self.kept = "not_arrived", False, set()

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            self.time.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def press(
        self, allowed: bool, button: Callable[..., Any], *now: Person, can_undo: bool = True, where: str | None = None
    ) -> None:
        """Press a button: refused exactly when the model says so; otherwise these people stand so now."""
        self.clock.pass_(seconds=20)
        if not allowed:
            with pytest.raises(TokenError), transaction.atomic():
                button()
            return
        button()
        if can_undo:
            moved = [(self.people.get(person.number), person) for person in now]
            self.done.append((moved, self.where if where is not None and where != self.where else None))
        self.people |= {person.number: person for person in now}
        self.where = where or self.where

    def desk(self, verb: Callable[..., Any], **more: Any) -> Callable[..., Any]:
        """A button of the desk."""
        return partial(verb, queue=self.queue, by=self.reena, **more)

    def number(self, whom: int, *states: State) -> int:
        """Mostly the number of somebody whom the button is meant for; at times anybody's, or nobody's."""
        meant = self.in_order(*states)
        return meant[whom % len(meant)].number if meant and whom % 5 else whom % 12 + 1

    def move(self, whom: int, verb: Callable[..., Any], old: set[State], new: State) -> None:
        """Press a button that moves one token from some states to another."""
        number = self.number(whom, *old)
        person = self.people.get(number)
        allowed = person is not None and person.state in old and not (self.closed and verb is services.mark_arrived)
        self.press(allowed, self.desk(verb, number=number), *([replace(person, state=new)] if allowed else []))

    def in_order(self, *states: State) -> list[Person]:
        """Those who stand so, in calling order."""
        return sorted((person for person in self.people.values() if person.state in states), key=Person.key)

    def call_in(self, person: Person | None) -> list[Person]:
        """Who changes when a person is called: the one inside is done."""
        return [replace(it, state=D) for it in self.in_order(C)] + ([replace(person, state=C)] if person else [])

    def seen(self) -> int | None:
        """What a fresh screen shows inside."""
        return next((person.number for person in self.in_order(C)), None)
