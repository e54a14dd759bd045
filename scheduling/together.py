"""Where several of a family can be seen one after the other: places side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone

from doctors.models import Doctor
from scheduling.days import DAYS_A_STRIP, Day, days_of
from scheduling.free import with_places_left
from scheduling.models import Mode, Slot
from scheduling.window import booking_window

SIDE_BY_SIDE = timedelta(minutes=15)  # between two times that still are: a buffer of the hours


@dataclass(frozen=True)
class Run:
    """Places one after the other: times with how many of them each gives, from the first on."""

    parts: list[tuple[Slot, int]]

    @property
    def first(self) -> Slot:
        """The time at which the first of them is due."""
        return self.parts[0][0]

    @property
    def last(self) -> Slot:
        """The time of the last one."""
        return self.parts[-1][0]

    @property
    def slots(self) -> list[Slot]:
        """The slot of each place."""
        return [slot for slot, many in self.parts for _ in range(many)]


@dataclass(frozen=True)
class TogetherPage:
    """A doctor's days with places side by side for so many people, and the runs of the chosen one."""

    people: int
    days: list[Day]
    day: Day | None
    runs: list[Run]
    sorry: date | None  # the day asked for, when it has none


def runs_of(slots: list[Slot], people: int) -> list[Run]:
    """From each time on which so many find a place side by side; `slots` are a day's, each with what is `left`."""
    found = (run_from(slots[at:], people) for at in range(len(slots)))
    return [run for run in found if run is not None]


def run_from(slots: list[Slot], people: int) -> Run | None:
    """Places for so many from the first of these times on, none of them apart from the others; None when too few."""
    parts: list[tuple[Slot, int]] = []
    for slot in slots:
        if not slot.left or (parts and not _side_by_side(parts[-1][0], slot)):
            return None
        parts.append((slot, min(slot.left, people)))
        people -= parts[-1][1]
        if not people:
            return Run(parts)
    return None


def _side_by_side(one: Slot, other: Slot) -> bool:
    return one.branch_id == other.branch_id and timedelta(0) <= other.starts_at - one.ends_at <= SIDE_BY_SIDE


def slots_of(doctor: Doctor, days: Iterable[date], now: datetime) -> list[Slot]:
    """The times of some days at the clinic, with what is `left` in each."""
    slots = Slot.objects.filter(
        doctor=doctor, date__in=days, mode=Mode.CLINIC, is_blocked=False, starts_at__gt=now
    )  # fmt: skip
    return list(with_places_left(slots, now).order_by("starts_at"))


def together_page(doctor: Doctor, *, people: int, asked: date | None) -> TogetherPage:
    """The day asked for, or the first on which so many find places side by side."""
    after, last = booking_window(doctor, timezone.now())
    near = [day for day in days_of(doctor, after, last).get(Mode.CLINIC, []) if day.left >= people][:DAYS_A_STRIP]
    slots = slots_of(doctor, [day.date for day in near], after)
    runs = {day: runs_of(list(of_day), people) for day, of_day in groupby(slots, key=lambda slot: slot.date)}
    days = [day for day in near if runs.get(day.date)]
    day = next((day for day in days if day.date == asked), None) or next(iter(days), None)
    sorry = asked if day is None or (asked and day.date != asked) else None
    return TogetherPage(people, days, day, runs[day.date] if day else [], sorry)
