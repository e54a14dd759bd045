"""Entering what was written on paper while the power was out: all rows or none, with the times as written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from clinics.models import User
from clinics.templatetags.words import clock
from tokens import late
from tokens.changing import changing
from tokens.desk_adding import patient_at_desk
from tokens.errors import TokenError
from tokens.handwriting import Span, clashes, in_turn
from tokens.models import Action, Queue, QueueEvent, ReservedNumber, Token
from tokens.services.arriving import come_late
from tokens.services.finding import must_not_be_closed, open_it
from tokens.services.issuing import issue_written
from tokens.states import LIVE, State

WHY = "Entered after a power cut."
MINUTE = timedelta(minutes=1)
Problems = dict[tuple[int, str], str]  # of a number's field, in one sentence


@dataclass(frozen=True, slots=True)
class Row:
    """What was written beside one number; `is_new` is for a kept number, which needs a name (phone in E.164)."""

    number: int
    is_new: bool = False
    name: str = ""
    phone: str = ""
    age: int | None = None
    came: datetime | None = None
    went_in: datetime | None = None
    went_out: datetime | None = None
    absent: bool = False


class NotSo(TokenError):
    """Something written cannot have been so, or is not so any more; nothing was entered."""

    def __init__(self, problems: Problems) -> None:
        rows = len({number for number, _ in problems})
        super().__init__(
            f"Nothing was entered yet: {rows} {'row has' if rows == 1 else 'rows have'} something to put right."
        )
        self.problems = problems


def enter(*, queue: Queue, rows: Sequence[Row], by: User | None) -> int:
    """Enter a sheet: numbers given, arrivals, calls and ends at the times written; returns how many rows.

    Raises NotSo, with each problem beside its field, when a row cannot be entered: then none is.
    """
    with changing(queue) as queue:
        must_not_be_closed(queue)
        sheet = _Sheet(queue, rows)
        if problems := sheet.problems():
            raise NotSo(problems)
        sheet.enter(by=by)
    return len(rows)


def check(*, queue: Queue, rows: Sequence[Row]) -> Problems:
    """What stands against entering these rows now; asked again, under the lock, when they are entered."""
    return _Sheet(queue, rows).problems()


def since(queue: Queue) -> datetime:
    """From when on something can have happened in a queue: its day's opening, to the minute; else midnight."""
    return _minute(queue.opened_at) if queue.opened_at else midnight(queue)


def midnight(queue: Queue) -> datetime:
    """The beginning of a queue's day."""
    return datetime(queue.date.year, queue.date.month, queue.date.day, tzinfo=queue.clinic.tz)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


class _Sheet:
    """The rows beside what the queue knows of their numbers: three queries, however many rows."""

    def __init__(self, queue: Queue, rows: Sequence[Row]) -> None:
        self.queue, self.rows, self.now = queue, rows, timezone.now()
        self.tokens = self._tokens()
        wanted = [row.number for row in rows if row.is_new]
        kept = queue.reserved.filter(number__in=wanted) if wanted else ()
        self.kept: dict[int, ReservedNumber] = {one.number: one for one in kept}

    def _tokens(self) -> dict[int, Token]:
        return {token.number: token for token in self.queue.tokens.select_related("patient").order_by("number")}

    # ── what cannot be ──────────────────────────────────────────────────────────────────────────────────────
    def problems(self) -> Problems:
        """Every problem, beside its field; of several at one field the first."""
        found: Problems = {}
        for row in self.rows:
            for field, said in self._of(row):
                found.setdefault((row.number, field), said)
        for key, said in (*self._twice(), *self._together()):
            found.setdefault(key, said)
        return found

    def _of(self, row: Row) -> Iterator[tuple[str, str]]:
        yield from self._of_number(row)
        times = {"came": row.came, "in": row.went_in, "out": row.went_out}
        for field, at in times.items():
            if at is not None and at > self.now:
                yield field, f"That is still to come: it is {clock(self.now)}."
            elif at is not None and at < since(self.queue):
                yield field, f"That is before the day opened, at {clock(since(self.queue))}."
        if row.absent and any(times.values()):
            yield "absent", "Came, or did not come? Leave the times empty, or take this away."
        came, went_in = self._came(row), self._went_in(row)
        if row.is_new and came is None:
            yield "came", "Write when they came."
        if row.went_out is not None and went_in is None:
            yield "in", "Write when they went in."
        if came is not None and row.went_in is not None and row.went_in < _minute(came):
            yield "in", f"Before they came, at {clock(came)}."
        if went_in is not None and row.went_out is not None and row.went_out < _minute(went_in):
            yield "out", f"Before they went in, at {clock(went_in)}."

    def _of_number(self, row: Row) -> Iterator[tuple[str, str]]:
        token = self.tokens.get(row.number)
        if row.is_new:
            kept = self.kept.get(row.number)
            if kept is None:
                yield "number", f"Number {row.number} was not kept back in this queue."
            elif kept.token_id is not None:
                whose = f" to {token.patient.name}" if token is not None else ""
                yield "number", f"Number {row.number} has been given{whose} meanwhile."
            if not row.name:
                yield "name", "Write the patient’s name."
        elif token is None:
            yield "number", f"There is no token {row.number} in this queue."
        elif token.state not in LIVE:
            yield "number", f"Token {row.number} is {State(token.state).label.lower()} already."
        elif row.went_in is not None and token.state == State.CONSULTING:
            yield "number", f"Token {row.number} is inside since {clock(token.consulting_at)} already."
        elif row.came is not None and token.arrived_at is not None:
            yield "number", f"Token {row.number} is here since {clock(token.arrived_at)} already."
        elif row.absent and token.state not in (State.BOOKED, State.WAITING):
            yield "number", f"Token {row.number} is {State(token.state).label.lower()} already."

    def _twice(self) -> Iterator[tuple[tuple[int, str], str]]:
        """The same patient on two rows, or in the queue already: by name and mobile."""
        seen = {
            (token.patient.name.casefold(), token.patient.phone): token.number
            for token in self.tokens.values()
            if token.state in LIVE and token.patient.phone
        }
        for row in self.rows:
            if row.is_new and row.phone:
                who = row.name.casefold(), row.phone
                if who in seen:
                    yield (row.number, "name"), f"The same patient as number {seen[who]}."
                seen.setdefault(who, row.number)
        for number, times in Counter(row.number for row in self.rows).items():
            if times > 1:
                yield (number, "number"), f"Number {number} is here twice."

    def _together(self) -> Iterator[tuple[tuple[int, str], str]]:
        """Two who would have been inside at once: said beside the one that is written here and came later."""
        written = {row.number for row in self.rows if row.went_in is not None or row.went_out is not None}
        for token in self.tokens.values():
            if token.state == State.CONSULTING:
                yield from self._beside(token)
        for first, second in clashes(self._spans()):
            wrong, other = (second, first) if second.number in written else (first, second)
            if wrong.number not in written:
                continue
            until = f"–{clock(other.ends)}" if other.ends else " and not out yet"
            yield (wrong.number, "in"), f"Token {other.number} was inside {clock(other.begins)}{until}."

    def _beside(self, inside: Token) -> Iterator[tuple[tuple[int, str], str]]:
        """Nobody can be written as having gone in while somebody else is inside, in the queue as it stands now."""
        is_out = any(row.number == inside.number and row.went_out is not None for row in self.rows)
        for row in self.rows:
            if row.went_in is not None and not (is_out and row.went_in > _minute(inside.consulting_at)):
                how = "press Done there first" if is_out else "write when they went out, or press Done there first"
                yield (row.number, "in"), f"Token {inside.number} is inside now: {how}."

    def _spans(self) -> Iterator[Span]:
        """Every consultation of the day to the minute, as it would be once the rows are entered."""
        rows = {row.number: row for row in self.rows}
        for number, token in self.tokens.items():
            if token.state in (State.CONSULTING, State.COMPLETED):
                row = rows.get(number)
                out = row.went_out if row and token.state == State.CONSULTING else token.ended_at
                yield _span(number, token.consulting_at, out)
        for row in self.rows:
            token = self.tokens.get(row.number)
            if row.went_in is not None and (token is None or token.state not in (State.CONSULTING, State.COMPLETED)):
                yield _span(row.number, row.went_in, row.went_out)

    def _came(self, row: Row) -> datetime | None:
        """When somebody came: as known, as written, or at the latest when they went in."""
        token = self.tokens.get(row.number)
        known = token.arrived_at if token is not None and not row.is_new else None
        return known or row.came or row.went_in

    def _went_in(self, row: Row) -> datetime | None:
        token = self.tokens.get(row.number)
        return row.went_in or (token.consulting_at if token is not None and not row.is_new else None)

    # ── what is done ────────────────────────────────────────────────────────────────────────────────────────
    def enter(self, *, by: User | None) -> None:
        """Do it in the order of time, in the locked queue: who was inside goes out before the next one goes in."""
        self.by, self.action, self.last = by, Action("afterwards"), midnight(self.queue)
        came = [at for row in self.rows if (at := self._came(row)) is not None]
        if self.queue.opened_at is None:
            open_it(self.queue, at=min(came, default=None))
            self.tokens = self._tokens()  # where nobody is checked in, they are here from now on
        for step in self._steps():
            step()
        for row in self.rows:
            if row.absent:
                token = self.tokens[row.number]
                new = State.LATE if token.state == State.BOOKED else State.SKIPPED
                token.move_to(new, by=by, action=self.action, why=WHY)
        self._doctor_was_there()

    def _steps(self) -> Iterable[Callable[[], None]]:
        """Arrivals before consultations that begin at the same minute; consultations one after the other."""
        steps: list[tuple[datetime, int, Callable[[], None]]] = []
        for row in self.rows:
            token = self.tokens.get(row.number)
            at = self._came(row)
            if at is not None and (row.is_new or token.state in (State.BOOKED, State.LATE, State.SKIPPED)):
                steps.append((at, 0, lambda row=row, at=at: self._arrive(row, at)))
        rows = {row.number: row for row in self.rows}
        before = [token.ended_at for token in self.tokens.values() if token.state == State.COMPLETED]
        for turn, span in enumerate(in_turn(self._spans()), start=1):
            row = rows.get(span.number)
            if row is not None and row.went_in is not None:
                after = [end for end in before if _minute(end) <= row.went_in]
                begins = max([row.went_in, *after])
                steps.append((span.begins, turn, lambda row=row, at=begins: self._go(row, State.CONSULTING, at)))
            if row is not None and row.went_out is not None:
                steps.append((row.went_out, turn, lambda row=row: self._go(row, State.COMPLETED, row.went_out)))
        steps.sort(key=lambda step: step[:2])
        return [step for _, _, step in steps]

    def _arrive(self, row: Row, at: datetime) -> None:
        if row.is_new:
            kept = self.kept[row.number]
            clinic = self.queue.clinic
            patient = patient_at_desk(clinic, name=row.name, phone=row.phone, age=row.age, once=kept.pk)
            self.tokens[row.number] = issue_written(
                queue=self.queue, kept=kept, patient=patient, came_at=at, action=self.action, by=self.by, why=WHY
            )
            return
        token = self.tokens[row.number]
        if token.state == State.LATE and at > token.promised + late.rule_of(self.queue).grace + self.queue.delay:
            come_late(self.queue, token, at=at)
        token.move_to(State.WAITING, by=self.by, action=self.action, why=WHY, at=at)

    def _go(self, row: Row, new: State, at: datetime) -> None:
        token = self.tokens[row.number]
        # The clock had seconds where the paper has none: what came before keeps its place before.
        self.last = at = max(filter(None, (at, token.arrived_at, token.consulting_at, self.last)))
        token.move_to(new, by=self.by, action=self.action, why=WHY, at=at)

    def _doctor_was_there(self) -> None:
        """Whoever saw patients has come; whoever has one inside is there now."""
        consulted = any(row.went_in is not None for row in self.rows)
        inside = any(token.state == State.CONSULTING for token in self.tokens.values())
        here, there = Queue.DoctorState.CONSULTING, self.queue.doctor_state
        if consulted and there != here and (inside or there == Queue.DoctorState.NOT_ARRIVED):
            self.queue.set_doctor_state(here)
            QueueEvent.write(self.queue, by=self.by, action=self.action, why=WHY)


def _span(number: int, begins: datetime, ends: datetime | None) -> Span:
    return Span(number, _minute(begins), _minute(ends) if ends else None)
