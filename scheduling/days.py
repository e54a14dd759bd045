"""A doctor's page: the days ahead and the times of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.dateparse import parse_date

from clinics.models import Branch
from doctors.models import Doctor
from scheduling.free import days_ahead, slots_of_a_day
from scheduling.models import Mode, Slot
from scheduling.window import booking_window

DAYS_A_STRIP = 14
PARTS = {"morning": (0, 12), "afternoon": (12, 16), "evening": (16, 24)}  # hours of the wall clock


@dataclass(frozen=True)
class Day:
    """One day on which a doctor sits, and how many places are left in it."""

    date: date
    left: int

    @property
    def name(self) -> str:
        """Today, or Tue."""
        return "Today" if self.date == timezone.localdate() else f"{self.date:%a}"


@dataclass(frozen=True)
class Sitting:
    """The times of one part of a day at one branch."""

    part: str
    branch: Branch
    slots: list[Slot]


@dataclass(frozen=True)
class DoctorPage:
    """A doctor's days, `DAYS_A_STRIP` at a time, and the sittings of the chosen one."""

    doctor: Doctor
    modes: list[Mode]
    mode: Mode
    branch: Branch | None
    days: list[Day]
    day: Day | None
    sittings: list[Sitting]
    earlier: Day | None
    later: Day | None
    next_free: Day | None
    sorry: str

    @property
    def how_if_several(self) -> str:
        """How patients are seen, where they may choose."""
        return self.mode.slug if len(self.modes) > 1 else ""

    @property
    def address(self) -> str:
        """What follows the doctor's address to lead here again: ?day=2026-11-24&mode=video."""
        asked = {"day": str(self.day.date) if self.day else "", "mode": self.how_if_several}
        return f"?{urlencode({name: value for name, value in asked.items() if value})}"

    @property
    def has_held(self) -> bool:
        """Some time is kept for somebody who is booking it now."""
        return any(slot.booked < slot.capacity and not slot.left for sitting in self.sittings for slot in sitting.slots)

    @property
    def has_branches(self) -> bool:
        """The day is spent at more than one branch."""
        return len({sitting.branch for sitting in self.sittings}) > 1


def doctor_page(doctor: Doctor, *, asked: str, how: str = "") -> DoctorPage:
    """The page for the day asked for (2026-11-24), or for the first with a free time.

    `how` patients want to be seen: clinic, video or home; unless it is offered, the first way that is.
    """
    now = timezone.now()
    after, last = booking_window(doctor, now)
    by_mode = days_of(doctor, after, last)
    modes = sorted(by_mode) or [Mode.CLINIC]
    mode = wanted_mode if (wanted_mode := Mode.of(how)) in modes else modes[0]
    days = by_mode.get(mode, [])
    open_days = [day for day in days if day.left]
    wanted = _date(asked)
    day = next((it for it in days if it.date == wanted), None)
    sorry = ""
    if asked and day is None:
        sorry = _why_not(doctor, wanted, doctor.clinic.local(now).date())
    if day is None:
        day = next(iter(open_days or days), None)
    first = days.index(day) // DAYS_A_STRIP * DAYS_A_STRIP if day else 0
    branches = {it.pk: it for it in doctor.clinic.branches.select_related("city")}
    slots = slots_of_a_day(doctor.pk, day.date, mode, after) if day else []
    for slot in slots:
        slot.branch = branches.get(slot.branch_id) or slot.branch
    sat_at = slots[0].branch if slots else None
    return DoctorPage(
        doctor=doctor,
        modes=modes,
        mode=mode,
        branch=sat_at or next(iter(branches.values()), None),
        days=days[first : first + DAYS_A_STRIP],
        day=day,
        sittings=sittings(slots),
        earlier=days[max(0, first - DAYS_A_STRIP)] if first else None,
        later=next(iter(days[first + DAYS_A_STRIP :]), None),
        next_free=next((it for it in open_days if day and it.date > day.date), None) or next(iter(open_days), None),
        sorry=sorry,
    )


def days_of(doctor: Doctor, after: datetime, last: date) -> dict[Mode, list[Day]]:
    """The days up to the last on which the doctor offers times, full ones included, by how patients are seen."""
    days: dict[Mode, list[Day]] = {}
    for mode, day, left in days_ahead(doctor.pk, after):
        if day <= last:
            days.setdefault(Mode(mode), []).append(Day(day, left))
    return days


def sittings(slots: list[Slot]) -> list[Sitting]:
    """A day's times by morning, afternoon and evening, and by branch where there are several."""
    return [
        Sitting(part, branch, list(of_part))
        for (part, branch), of_part in groupby(slots, key=lambda slot: (part_of_day(slot.starts_at), slot.branch))
    ]


def part_of_day(moment: datetime) -> str:
    """Morning until noon, afternoon until four, then evening."""
    hour = timezone.localtime(moment).hour
    return next(part.capitalize() for part, (_, closes) in PARTS.items() if hour < closes)


def _date(asked: str) -> date | None:
    try:
        return parse_date(asked)
    except ValueError:
        return None  # 2026-02-31


def _why_not(doctor: Doctor, wanted: date | None, today: date) -> str:
    """Why the day asked for is not shown."""
    if wanted is None:
        return "That is not a day we know."
    if wanted < today:
        return "That day is over."
    if wanted == today:
        return f"{doctor.short_name} has no more times today."
    return f"{doctor.short_name} has no times on {wanted:%A} {wanted.day} {wanted:%B}."
