"""What a calendar shows: the hours of the day downwards, doctors or days across; who sits where, what is closed and by
whom, how full it is. The same number of queries for one doctor and for a hundred."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import ExtractHour
from django.utils import timezone

from clinics.models import Branch, Clinic
from doctors.models import Doctor
from scheduling.errors import say_clock
from scheduling.models import Appointment, Conflict, Hold, Sitting, Slot
from scheduling.open_hours import Source, Stretch, the_day
from scheduling.sources import sources_of

WORDS = {
    Source.LEAVE: "Leave", Source.EMERGENCY: "Called away", Source.MAINTENANCE: "Out of use", Source.FORCED: "Blocked",
}  # fmt: skip
SHOWN = (Appointment.State.PENDING, Appointment.State.CONFIRMED, Appointment.State.COMPLETED, Appointment.State.MISSED)


@dataclass(frozen=True, slots=True)
class Column:
    """One day of one doctor."""

    doctor: Doctor
    date: date


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody booked; without a name for whoever must not read it."""

    number: int
    starts_at: datetime
    name: str
    state: str
    is_affected: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A sitting: from when to when, and where."""

    starts_at: datetime
    ends_at: datetime
    where: str


@dataclass(slots=True)
class Cell:
    """One hour of a day of a doctor, or, in the row without an hour, what is true of the whole day."""

    column: Column
    is_over: bool = False
    is_open: bool = False
    places: list[Place] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    booked: int = 0
    held: int = 0
    offered: int = 0
    free: int = 0
    visits: list[Visit] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Nothing is to be said of it."""
        return not (self.is_open or self.closed or self.booked or self.visits)

    @property
    def taken(self) -> int:
        """Booked and held."""
        return self.booked + self.held

    @property
    def room(self) -> int:
        """For how many there is or was room."""
        return max(self.offered, self.taken)

    @property
    def said(self) -> str:
        """4 booked, 1 held, 1 free."""
        parts = [f"{self.booked} booked"] if self.booked else []
        parts += [f"{self.held} held"] if self.held else []
        parts += [f"{self.free} free"] if self.free else []
        return ", ".join(parts)


@dataclass(slots=True)
class Row:
    """An hour of the day, and what each column says of it; `hour` None is the whole day."""

    hour: int | None
    cells: list[Cell]

    @property
    def label(self) -> str:
        """9 am."""
        if self.hour is None:
            return "All day"
        return f"{self.hour % 12 or 12} {'am' if self.hour < 12 else 'pm'}"


@dataclass(slots=True)
class Page:
    """A calendar: its columns, a row for each hour in which anything happens, and the columns without anything."""

    columns: list[Column]
    rows: list[Row]
    idle: list[Column]

    @property
    def affected(self) -> int:
        """How many of the visits shown have lost their doctor."""
        return sum(visit.is_affected for row in self.rows for cell in row.cells for visit in cell.visits)


def calendar_of(clinic: Clinic, columns: Sequence[Column], *, names_of: Collection[int], hide_idle: bool) -> Page:
    """The calendar of some days of some doctors; patients are named where the doctor's key is in `names_of`.

    `hide_idle` shows no column of which there is nothing to say.
    """
    drawing = _Drawing(clinic, columns)
    if columns:
        drawing.sittings()
        drawing.times()
        drawing.visits(names_of)
        drawing.closures()
    busy = {column for column, _ in drawing.cells}
    shown = [column for column in columns if column in busy or not hide_idle]
    hours = [None, *drawing.hours()]
    rows = [Row(hour, [drawing.cell(column, hour) for column in shown]) for hour in hours] if shown else []
    return Page(shown, rows, [column for column in columns if column not in busy])


class _Drawing:
    """A calendar while it is put together."""

    def __init__(self, clinic: Clinic, columns: Sequence[Column]) -> None:
        self.clinic, self.now = clinic, clinic.local(timezone.now())
        self.by_key = {(column.doctor.pk, column.date): column for column in columns}
        self.cells: dict[tuple[Column, int | None], Cell] = {}
        self.ids = {column.doctor.pk for column in columns}
        days = [column.date for column in columns] or [clinic.today()]
        self.first, self.last = min(days), max(days)

    def cell(self, column: Column, hour: int | None) -> Cell:
        """What is known of an hour so far; `is_over` folds the visits of the hours that today has had."""
        is_over = hour is not None and column.date == self.now.date() and hour < self.now.hour
        return self.cells.setdefault((column, hour), Cell(column, is_over))

    def hours(self) -> list[int]:
        return sorted({hour for _, hour in self.cells if hour is not None})

    @property
    def theirs(self) -> dict[str, object]:
        """These doctors on these days, as a filter."""
        return {"doctor__in": self.ids, "date__range": (self.first, self.last)}

    def hour_of(self, moment: str) -> ExtractHour:
        return ExtractHour(moment, tzinfo=self.clinic.tz)

    def sittings(self) -> None:
        """Where each doctor sits; the branch is said where there are several."""
        found = list(Sitting.objects.filter(**self.theirs).select_related("branch", "room").order_by("starts_at"))
        several = len({it.branch_id for it in found}) > 1
        for it in found:
            column = self.by_key[it.doctor_id, it.date]
            starts, ends = self.clinic.local(it.starts_at), self.clinic.local(it.ends_at)
            where = (it.room or column.doctor.room, it.branch if several else None)
            for hour in _hours(starts.replace(tzinfo=None), ends.replace(tzinfo=None), it.date):
                self.cell(column, hour).is_open = True
            said = ", ".join(str(part) for part in where if part)
            self.cell(column, starts.hour).places.append(Place(it.starts_at, it.ends_at, said))

    def times(self) -> None:
        """How full each hour is. What is over is not free any more; holds that have run out keep nobody out."""
        on_offer = Q(is_blocked=False)
        rows = Slot.objects.filter(**self.theirs).exclude(is_blocked=True, booked=0).order_by()
        rows = rows.values("doctor", "date", hour=self.hour_of("starts_at")).annotate(
            taken=Sum("booked"),
            room=Sum("capacity", filter=on_offer),
            left=Sum(F("capacity") - F("booked"), filter=on_offer & Q(starts_at__gt=self.now)),
        )
        for row in rows:
            cell = self.cell(self.by_key[row["doctor"], row["date"]], row["hour"])
            cell.booked, cell.offered, cell.free = row["taken"], row["room"] or 0, row["left"] or 0
        held = Hold.objects.live().filter(
            doctor__in=self.ids, slot__date__range=(self.first, self.last), expires_at__gt=self.now
        )
        held = held.order_by().values("doctor", "slot__date", hour=self.hour_of("slot__starts_at"))
        for row in held.annotate(many=Count("pk")):
            cell = self.cell(self.by_key[row["doctor"], row["slot__date"]], row["hour"])
            cell.held, cell.free = row["many"], max(0, cell.free - row["many"])

    def visits(self, names_of: Collection[int]) -> None:
        """Who is booked."""
        left_alone = Exists(Conflict.objects.open().filter(appointment=OuterRef("pk")))
        rows = Appointment.objects.filter(clinic=self.clinic, state__in=SHOWN, **self.theirs)
        rows = rows.select_related("patient", "token").annotate(is_affected=left_alone).order_by("starts_at", "pk")
        for it in rows:
            name = it.patient.name if it.doctor_id in names_of else ""
            visit = Visit(it.token.number, it.starts_at, name, it.state, it.is_affected)
            column = self.by_key[it.doctor_id, it.date]
            self.cell(column, self.clinic.local(it.starts_at).hour).visits.append(visit)

    def closures(self) -> None:
        """What is closed and by whom: in the hours that are shown; what takes all of them, or none, above them."""
        sources, shown = sources_of(list(self.ids), self.first, self.last), self.hours()
        branches = dict(Branch.objects.filter(clinic=self.clinic).values_list("pk", "name"))
        for (doctor_id, day), column in self.by_key.items():
            for it in the_day(sources[doctor_id], day) if doctor_id in sources else []:
                if it.terms is not None:
                    continue
                touched = list(_hours(it.starts, it.ends, day))
                hours = [hour for hour in touched if hour in shown]
                if not hours or (hours == shown and _is_whole(it, hours)):
                    hours = [None]
                for hour in hours:
                    self.cell(column, hour).closed.append(_said(it, branches))


def _is_whole(it: Stretch, hours: list[int]) -> bool:
    """Whether nothing is left of these hours, the first and the last included."""
    midnight = it.starts.replace(hour=0, minute=0)
    return it.starts <= midnight + timedelta(hours=hours[0]) and it.ends >= midnight + timedelta(hours=hours[-1] + 1)


def _hours(starts: datetime, ends: datetime, on: date) -> Iterator[int]:
    """The hours of a date that a stretch touches."""
    last = ends - timedelta(microseconds=1)
    yield from range(starts.hour, (last.hour if last.date() == on else 23) + 1)


def _said(it: Stretch, branches: dict[int, str]) -> str:
    """Leave, 10:00 to 13:00."""
    word = it.claim.why if it.source == Source.HOLIDAY else WORDS[it.source]
    if it.claim.branch_id:
        word = f"{word} ({branches[it.claim.branch_id]})"
    if it.claim.why and it.source != Source.HOLIDAY:
        word = f"{word}: {it.claim.why}"
    from_midnight, to_midnight = it.starts.time() == time(), it.ends.time() == time()
    if from_midnight and to_midnight:
        return word
    if from_midnight:
        return f"{word}, until {say_clock(it.ends)}"
    if to_midnight:
        return f"{word}, from {say_clock(it.starts)}"
    return f"{word}, {say_clock(it.starts)} to {say_clock(it.ends)}"
