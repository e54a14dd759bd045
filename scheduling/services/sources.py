"""Changing what opens and closes a calendar: the change, the times made anew, and the visits it affects, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinics.models import User
from doctors.models import Doctor
from scheduling.bookability import reassess
from scheduling.errors import CalendarError, say_clock
from scheduling.models import Block, Conflict, DateOverride, Holiday, LeaveRequest, Maintenance, Sitting, WeeklyHours
from scheduling.services import conflicts
from scheduling.services.offering import offer_soon
from scheduling.slots import DAYS_AHEAD, Crowded, rebuild
from tokens import live

AnySource = WeeklyHours | DateOverride | Holiday | LeaveRequest | Block | Maintenance
TAKEN_ROOM = re.compile(r"\(room_id, .*?\)=\((\d+), .*conflicts with existing key .*?=\(\d+, \[\"([^\"]+)\"")


TAKEN_HOURS = re.compile(
    r"conflicts with existing key \(room_id, (date|weekday), .*?\)=\((\d+), ([\d-]+), \[(\d+),", re.DOTALL
)


@dataclass(frozen=True)
class Touched:
    """Whose days a change touches; None is all that are made."""

    doctor_ids: frozenset[int]
    first: date | None = None
    last: date | None = None


def touched_by(source: AnySource) -> Touched:
    """The doctors and days of which a source speaks."""
    if isinstance(source, Holiday):
        doctors = Doctor.objects.filter(clinic=source.clinic_id).values_list("pk", flat=True)
        return Touched(frozenset(doctors), source.date, source.date)
    mine = frozenset(_who_need(source) if isinstance(source, Maintenance) else {source.doctor_id})
    if isinstance(source, WeeklyHours):
        return Touched(mine, source.valid_from, source.valid_to)
    if isinstance(source, DateOverride):
        return Touched(mine, source.date, source.date)
    zone = source.clinic.tz
    last = source.ends_at.astimezone(zone).date() if source.ends_at else None
    return Touched(mine, source.starts_at.astimezone(zone).date(), last)


def _who_need(work: Maintenance) -> Iterator[int]:
    """The doctors who sit where something is out of use, or with it."""
    doctors = Doctor.objects.filter(clinic=work.clinic_id).order_by().values_list("pk", flat=True)
    if work.room_id:
        yield from doctors.filter(room=work.room_id)
    for what in ("room", "equipment"):
        if key := getattr(work, f"{what}_id"):
            yield from doctors.filter(**{f"weekly_hours__{what}": key})
            yield from doctors.filter(**{f"date_overrides__{what}": key})


@contextmanager
def changing(*touched: Touched, by: User | None, found: list[Conflict] | None = None) -> Iterator[None]:
    """Change sources inside; then their doctors' times are made anew and the visits that are affected are listed.

    `touched`: what the sources spoke of before and will speak of after. `found`, when given, is filled with the new
    conflicts. All or nothing: raises CalendarError, in words, when a room would have two doctors, or fewer would fit
    into a time than are booked.
    """
    try:
        with transaction.atomic():
            _wait_for_turn(touched)
            yield
            for it in touched:
                conflicts.lock(it.doctor_ids)
                crowded = rebuild(it.doctor_ids, first=it.first, last=it.last)
                if crowded:
                    raise _too_many(crowded[0])
            for it in touched:
                today = timezone.localdate()
                last = it.last or today + timedelta(days=DAYS_AHEAD)
                new = conflicts.find(it.doctor_ids, first=it.first or today, last=last, by=by)
                if found is not None:
                    found += new
            changed = {doctor_id for it in touched for doctor_id in it.doctor_ids}
            reassess(changed)
            offer_soon(changed)
            for doctor_id in changed:
                live.redraw_times(doctor_id)
    except IntegrityError as error:
        raise _refusal(error) from error


_TURN = """
    SELECT pg_advisory_xact_lock(%s, hashint8(clinic_id))
    FROM (SELECT DISTINCT clinic_id FROM doctors_doctor WHERE id = ANY (%s) ORDER BY clinic_id) AS clinics
"""
_OF_CALENDARS = 0x0A2C6  # apart from the other locks that are taken by number


def _wait_for_turn(touched: Sequence[Touched]) -> None:
    """One change of a clinic's calendar at a time: two who want one room at the same moment would each wait for what
    the other has written, until the database ends one of them; so the second reads whose room it is."""
    doctors = [doctor_id for it in touched for doctor_id in it.doctor_ids]
    with connection.cursor() as cursor:
        cursor.execute(_TURN, [_OF_CALENDARS, doctors])


class _Undone(Exception):
    """What was tried is taken back."""


def impact(change: Callable[[], None], *touched: Touched, by: User | None) -> list[Conflict]:
    """Which visits a change would affect, exactly: it is made, and taken back. Raises CalendarError as `changing`."""
    found: list[Conflict] = []
    try:
        with transaction.atomic():
            with changing(*touched, by=by, found=found):
                change()
            raise _Undone
    except _Undone:
        return found


def _refusal(error: IntegrityError) -> CalendarError:
    """Who has the room, or who else is there, in words."""
    text = str(error)
    if "a_room_has_one_doctor_at_a_time" in text or "share_a_room" in text:
        return _whose_room(text)
    if "maintenance_of" in text:
        return CalendarError("It is out of use already at that time.")
    if "overlap" in text or "a_doctor_sits_in_one_place" in text:
        return CalendarError("The doctor has other hours at that time.")
    raise error


def _whose_room(text: str) -> CalendarError:
    match = TAKEN_ROOM.search(text)
    taken = match and Sitting.objects.filter(room=match[1], starts_at=match[2]).select_related("doctor__clinic", "room")
    sitting = taken.first() if taken else None
    if sitting is None:
        return _whose_hours(text)
    starts, ends = (sitting.doctor.clinic.local(at) for at in (sitting.starts_at, sitting.ends_at))
    return CalendarError(
        f"{sitting.room} is taken by {sitting.doctor.short_name} on {starts:%a} {starts.day} {starts:%b}, "
        f"{say_clock(starts)} to {say_clock(ends)}.",
        about=(starts, ends),
    )


def _whose_hours(text: str) -> CalendarError:
    """Two sittings of a date, or two of the usual week, with one room: the table of hours itself has refused."""
    if match := TAKEN_HOURS.search(text):
        what, room, day, seconds = match.groups()
        hours = DateOverride if what == "date" else WeeklyHours
        starts = (datetime.min + timedelta(seconds=int(seconds))).time()
        known = hours.objects.filter(**{"room": room, what: day, "starts": starts}).select_related("doctor", "room")
        if (taken := known.first()) is not None:
            on = f"{taken.date:%a} {taken.date.day} {taken.date:%b}" if what == "date" else taken.get_weekday_display()
            return CalendarError(
                f"{taken.room} is taken by {taken.doctor.short_name} on {on}, {say_clock(taken.starts)} to "
                f"{say_clock(taken.ends)}."
            )
    return CalendarError("Another doctor has that room at that time.")


def _too_many(crowded: Crowded) -> CalendarError:
    doctor = Doctor.objects.select_related("clinic").get(pk=crowded.doctor_id)
    local = doctor.clinic.local(crowded.starts_at)
    return CalendarError(
        f"{crowded.taken} are booked at {say_clock(local)} on {local:%a} {local.day} {local:%b}: a time cannot take "
        f"fewer than that. Move them first, or keep room for {crowded.taken}.",
        about=(local, local + timedelta(minutes=1)),
    )
