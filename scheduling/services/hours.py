"""A doctor's usual week, changed as a whole: all of it or nothing, and each refusal said of the sitting it is about."""

import copy
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from clinics import audit
from clinics.models import User
from doctors.models import Doctor
from scheduling.bookability import join_branches_of_hours
from scheduling.errors import CalendarError, HoursRefused, say_clock
from scheduling.models import Conflict, WeeklyHours
from scheduling.open_hours import Weekly
from scheduling.services.sources import Touched, changing, impact
from scheduling.sources import terms_of

OVERLAPS = "The doctor has other hours on that weekday at that time."


def change(*, doctor: Doctor, rows: Sequence[WeeklyHours], gone: Collection[int], by: User) -> list[Conflict]:
    """Put these sittings in the week, new or in the place of what they were, and take out those that are `gone`.

    Returns the visits affected. Raises HoursRefused, with nothing changed, when any of it cannot be.
    """
    found: list[Conflict] = []
    try:
        with changing(_all_days(doctor), by=by, found=found):
            _write(doctor, rows, gone)
            audit.record("hours.changed", clinic=doctor.clinic, by=by, about=doctor, rows=len(rows), gone=len(gone))
    except CalendarError as error:
        raise _said_of_a_row(error, rows) from error
    return found


def affected(*, doctor: Doctor, rows: Sequence[WeeklyHours], gone: Collection[int], by: User) -> list[Conflict]:
    """Whose visits `change` would affect: it is done, and taken back. Refuses as it does."""
    try:
        return impact(lambda: _write(doctor, rows, gone), _all_days(doctor), by=by)
    except CalendarError as error:
        raise _said_of_a_row(error, rows) from error


def _all_days(doctor: Doctor) -> Touched:
    return Touched(frozenset({doctor.pk}))


def _write(doctor: Doctor, rows: Sequence[WeeklyHours], gone: Collection[int]) -> None:
    """What is changed is taken out first, so that two sittings may change places."""
    changed = [row.pk for row in rows if row.pk]
    WeeklyHours.objects.filter(doctor=doctor, pk__in=[*gone, *changed]).delete()
    refused: dict[int, str] = {}
    for place, row in enumerate(rows):
        try:
            with transaction.atomic():
                copy.copy(row).save(force_insert=True)
        except IntegrityError as error:
            refused[place] = _refusal(error, row)
    if refused:
        raise HoursRefused(refused)
    join_branches_of_hours(doctor.pk)


def _refusal(error: IntegrityError, row: WeeklyHours) -> str:
    if "weekly_hours_of_a_doctor_never_overlap" in str(error):
        return OVERLAPS
    if "weekly_hours_never_share_a_room" not in str(error):
        raise error
    meeting = WeeklyHours.objects.filter(
        room=row.room_id, weekday=row.weekday, starts__lt=row.ends, ends__gt=row.starts
    )
    other = meeting.exclude(doctor=row.doctor_id).select_related("doctor", "room").first()
    if other is None:
        return OVERLAPS
    return (
        f"{other.room} is taken by {other.doctor.short_name} on {other.get_weekday_display()}s, "
        f"{say_clock(other.starts)} to {say_clock(other.ends)}."
    )


def _said_of_a_row(error: CalendarError, rows: Sequence[WeeklyHours]) -> CalendarError:
    """The same refusal, said of the sitting that touches the time it is about."""
    if isinstance(error, HoursRefused) or error.about is None:
        return error
    place = next((place for place, row in enumerate(rows) if _touches(row, *error.about)), None)
    return error if place is None else HoursRefused({place: str(error)})


def _touches(row: WeeklyHours, starts: datetime, ends: datetime) -> bool:
    usual = Weekly(row.weekday, row.starts, row.ends, terms_of(row), row.weeks, row.valid_from, row.valid_to)
    return usual.holds_on(starts.date()) and row.starts < ends.time() and row.ends > starts.time()
