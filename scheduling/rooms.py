"""A clinic's rooms: who sits where today, what is out of use, and how much of a week each is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from clinics.models import Clinic, Equipment, Room
from scheduling.models import Maintenance, Sitting

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Usage:
    """A room: what stands in it, who sits there today, and for how much of the week somebody does.

    `used` and `open` are minutes: those in which a doctor sits in the room, and those in which any sits at its branch.
    """

    room: Room
    equipment: list[Equipment]
    today: list[Sitting]
    used: int
    open: int

    @property
    def percent(self) -> int:
        """Of the hours in which the branch is open."""
        return round(100 * self.used / self.open) if self.open else 0

    @property
    def said(self) -> str:
        """12 of 40 h."""
        return f"{_hours(self.used)} of {_hours(self.open)} h"


@dataclass(frozen=True, slots=True)
class Rooms:
    """All of it: the rooms, who sits today in none, and the maintenance to come."""

    rooms: list[Usage]
    nowhere: list[Sitting]
    carried: list[Equipment]
    maintenance: list[Maintenance]


def rooms_of(clinic: Clinic, monday: date) -> Rooms:
    """How a clinic's rooms are used today, and in the week from that Monday."""
    today, week = clinic.today(), (monday, monday + timedelta(days=6))
    sittings = Sitting.objects.filter(Q(date=today) | Q(date__range=week), clinic=clinic).order_by("starts_at")
    here, nowhere = defaultdict(list), []
    used, open_ = defaultdict(list), defaultdict(list)
    for it in sittings.select_related("doctor__room"):
        room_id = _room_of(it)
        if it.date == today:
            (here[room_id] if room_id else nowhere).append(it)
        if week[0] <= it.date <= week[1]:
            used[room_id].append((it.starts_at, it.ends_at))
            open_[it.branch_id].append((it.starts_at, it.ends_at))
    equipment = defaultdict(list)
    for it in Equipment.objects.filter(clinic=clinic):
        equipment[it.room_id].append(it)
    rooms = Room.objects.filter(clinic=clinic).select_related("branch").order_by("branch", "name")
    usages = [
        Usage(room, equipment[room.pk], here[room.pk], _minutes(used[room.pk]), _minutes(open_[room.branch_id]))
        for room in rooms
    ]
    works = Maintenance.objects.to_come().filter(clinic=clinic).select_related("room", "equipment")
    return Rooms(usages, nowhere, equipment[None], list(works.order_by("starts_at")))


def _room_of(sitting: Sitting) -> int | None:
    """The room it names, else the doctor's usual one at that branch."""
    usual = sitting.doctor.room
    return sitting.room_id or (usual.pk if usual and usual.branch_id == sitting.branch_id else None)


def _minutes(stretches: Iterable[Stretch]) -> int:
    """How long it is for which at least one of them lasts."""
    total, until = timedelta(), None
    for starts, ends in sorted(stretches):
        since = max(starts, until) if until else starts
        if ends > since:
            total += ends - since
            until = ends
    return int(total.total_seconds() // 60)


def _hours(minutes: int) -> str:
    """12, or 12.5."""
    return f"{minutes / 60:.1f}".removesuffix(".0")
