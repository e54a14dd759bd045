"""Where a day is played: a desk that calls the services, as the pages do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from clinics.models import User
from config.simulation.script import EMERGENCY, Visit
from patients.models import Patient
from scheduling import services as calendar
from scheduling.errors import BookingError
from scheduling.models import Slot
from tokens import desk_adding, services
from tokens.models import Queue, Token, TokenError
from tokens.states import State
from tokens.undo import undo


class Refused(Exception):
    """The desk said no, in a sentence."""


class Desk(Protocol):
    """The buttons of one doctor's queue, and what can be read off its screen. Raises Refused."""

    checks_in: bool

    def states(self) -> Mapping[int, State] | None:
        """How everybody stands, where the desk can be looked at."""

    def book(self, visit: Visit, due_at: datetime) -> int:
        """The number of a booking."""

    def add(self, visit: Visit) -> int:
        """The number of somebody who walked in, telephoned or was brought."""

    def arrived(self, number: int) -> None: ...

    def late(self, number: int) -> None: ...

    def call_next(self, seen: int | None) -> int:
        """Who was called."""

    def complete(self, seen: int) -> None: ...

    def again(self) -> None: ...

    def skip(self, number: int) -> None: ...

    def recall(self, number: int) -> None: ...

    def cancel(self, number: int) -> None: ...

    def undo(self) -> None: ...

    def state(self, state: str, back_at: datetime | None = None) -> None: ...

    def run_late(self, minutes: int) -> None: ...

    def transfer(self, number: int, to: Any) -> int:
        """The number at the other doctor's."""

    def close(self) -> None: ...


class ServiceDesk:
    """Presses that are service calls: `by` is at reception, `doctor` at the door."""

    def __init__(self, queue: Queue, *, by: User, doctor: User | None = None) -> None:
        self.queue, self.by, self.doctor = queue, by, doctor or by
        self.checks_in = queue.clinic.checks_people_in

    def states(self) -> Mapping[int, State]:
        return {number: State(state) for number, state in self.queue.tokens.values_list("number", "state")}

    def book(self, visit: Visit, due_at: datetime) -> int:
        patient = Patient(name=visit.name, registered_at=self.queue.clinic)
        if visit.slot is None:
            patient.save()
            return self._press(
                services.issue, queue=self.queue, patient=patient, kind=Token.Kind.BOOKED, due_at=due_at, by=self.by
            ).number
        slot = Slot.objects.select_related("doctor__clinic").get(pk=visit.slot)
        kept = self._press(calendar.hold, slot=slot, browser=str(uuid4()), by=self.by)
        return self._press(calendar.book, hold=kept, patient=patient, by=self.by).token.number

    def add(self, visit: Visit) -> int:
        given = {"queue": self.queue, "name": visit.name, "once": uuid4(), "by": self.by}
        if visit.kind == EMERGENCY:
            return self._press(desk_adding.add_emergency, reason=visit.why, **given)[0].number
        phone = visit.phone if visit.kind == Token.Kind.PHONE else ""
        return self._press(desk_adding.add, kind=visit.kind, age=visit.age, phone=phone, **given)[0].number

    def arrived(self, number: int) -> None:
        self._press(services.mark_arrived, queue=self.queue, number=number, by=self.by)

    def late(self, number: int) -> None:
        self._press(services.mark_late, queue=self.queue, number=number, by=self.by)

    def call_next(self, seen: int | None) -> int:
        return self._press(services.call_next, queue=self.queue, by=self.doctor, seen=seen).number

    def complete(self, seen: int) -> None:
        self._press(services.complete, queue=self.queue, by=self.doctor, seen=seen)

    def again(self) -> None:
        self._press(services.call_again, queue=self.queue, by=self.doctor)

    def skip(self, number: int) -> None:
        self._press(services.skip, queue=self.queue, number=number, by=self.by)

    def recall(self, number: int) -> None:
        self._press(services.recall, queue=self.queue, number=number, by=self.by)

    def cancel(self, number: int) -> None:
        related = Token.objects.select_related("queue__doctor", "queue__clinic", "clinic", "patient")
        token = related.get(queue=self.queue, number=number)
        self._press(calendar.cancel, token=token, by=self.by, why="Called off at the desk.")

    def undo(self) -> None:
        self._press(undo, queue=self.queue, by=self.by)

    def state(self, state: str, back_at: datetime | None = None) -> None:
        self._press(services.set_doctor_state, queue=self.queue, state=state, by=self.doctor, back_at=back_at)

    def run_late(self, minutes: int) -> None:
        self._press(services.run_late, queue=self.queue, minutes=minutes, by=self.doctor)

    def transfer(self, number: int, to: ServiceDesk) -> int:
        token = self.queue.tokens.select_related("queue__clinic", "queue__doctor").get(number=number)
        return self._press(calendar.transfer, token=token, queue=to.queue, by=self.by).number

    def close(self) -> None:
        self._press(calendar.close_day, queue=self.queue, by=self.by)

    @staticmethod
    def _press(service: Callable[..., Any], **given: Any) -> Any:
        try:
            return service(**given)
        except (TokenError, BookingError) as error:
            raise Refused(str(error)) from error
