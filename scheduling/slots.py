"""Making the bookable times: sittings from the sources of hours, times from the sittings.

A change of a source makes its doctors' touched days anew; the nightly job adds the days that have come into sight.
Nothing here ever deletes a time that is booked, or one that somebody is just booking.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from scheduling import statements
from scheduling.models import Calendar
from scheduling.models.sitting import Sitting
from scheduling.open_hours import Source, open_hours
from scheduling.sources import sources_of

logger = logging.getLogger(__name__)

DAYS_AHEAD = 90
DOCTORS_AT_A_TIME = 250  # a transaction: enough to be quick, few enough to go on from when interrupted
SOURCES = {Source.WEEKLY: Sitting.Source.WEEKLY, Source.OVERRIDE: Sitting.Source.OVERRIDE}


@dataclass(frozen=True, slots=True)
class Crowded:
    """A time in which more are booked or being booked than the hours now have room for."""

    doctor_id: int
    starts_at: datetime
    taken: int
    capacity: int


def make_slots(*, doctor_id: int | None = None, days: int = DAYS_AHEAD, first: date | None = None) -> int:
    """Make the times of one doctor, or of all, to reach `days` days from `first` (today); returns how many are new.

    May run any number of times, and be interrupted: doctors whose times reach far enough are passed over, and every
    few hundred doctors are committed. A sitting whose room another doctor has is left out, and said in the log.
    """
    first = first or timezone.localdate()
    last = first + timedelta(days=days - 1)
    statements.add_calendars(None if doctor_id is None else [doctor_id])
    made = 0
    for doctor_ids, since in _short_of(last, first, doctor_id):
        with transaction.atomic():
            _lock(doctor_ids)
            made += _make(doctor_ids, since, last, tolerant=True)[0]
    return made


def rebuild(doctor_ids: Collection[int], *, first: date | None = None, last: date | None = None) -> list[Crowded]:
    """Make the times of some doctors anew from one date to another: all of them, when no dates are given.

    In the caller's transaction, with the change of the source. Returns the times into which more are booked than fit
    now; they keep their patients. Raises IntegrityError where the database refuses the sittings: a room with two
    doctors.
    """
    today = timezone.localdate()
    first, horizon = max(first or today, today), today + timedelta(days=DAYS_AHEAD - 1)
    last = min(last or horizon, horizon)
    statements.add_calendars(doctor_ids)
    reach = dict(_lock(doctor_ids))
    for doctor_id, until in reach.items():
        if until is None or until < horizon:
            since = max(today, until + timedelta(days=1)) if until else today
            _make([doctor_id], since, horizon, tolerant=False)
    known = [doctor_id for doctor_id, until in reach.items() if until is not None]
    return _make(known, first, last, tolerant=False, since=timezone.now())[1] if known and first <= last else []


def _short_of(last: date, first: date, doctor_id: int | None) -> list[tuple[list[int], date]]:
    """The doctors whose times do not reach a date, in batches which begin on the same day."""
    short = Calendar.objects.exclude(made_until__gte=last).order_by("pk")
    if doctor_id is not None:
        short = short.filter(pk=doctor_id)
    by_day: dict[date, list[int]] = {}
    for pk, until in short.values_list("pk", "made_until"):
        since = first if until is None else max(first, until + timedelta(days=1))
        by_day.setdefault(since, []).append(pk)
    return [
        (doctor_ids[start : start + DOCTORS_AT_A_TIME], since)
        for since, doctor_ids in by_day.items()
        for start in range(0, len(doctor_ids), DOCTORS_AT_A_TIME)
    ]


def _lock(doctor_ids: Collection[int]) -> list[tuple[int, date | None]]:
    """Nobody else makes these doctors' times meanwhile; how far each is made."""
    rows = Calendar.objects.filter(pk__in=doctor_ids).order_by("pk").select_for_update()
    return list(rows.values_list("pk", "made_until"))


def _make(
    doctor_ids: Sequence[int], first: date, last: date, *, tolerant: bool, since: datetime | str = "-infinity"
) -> tuple[int, list[Crowded]]:
    """Sittings and times of these days; how many times are new, and which are crowded."""
    span = {"doctors": list(doctor_ids), "first": first, "last": last, "now": timezone.now(), "since": since}
    sittings = list(_sittings(doctor_ids, first, last))
    added = statements.replace_sittings(span, sittings, tolerant=tolerant)
    if added < len(sittings):
        logger.warning("%s sittings left out: another doctor has the room", len(sittings) - added)
    crowded: list[Crowded] = []
    with connection.cursor() as cursor:
        cursor.execute(statements.ANY_THERE, span)
        is_new = not cursor.fetchone()[0]
        if not is_new:
            cursor.execute(statements.LOCK, span)
            cursor.execute(statements.WITHDRAW, span)
            cursor.execute(statements.DROP, span)
            cursor.execute(statements.VOID, span)
            cursor.execute(statements.CROWDED, span)
            crowded = [Crowded(*row) for row in cursor.fetchall()]
            cursor.execute(statements.RENEW, span)
        cursor.execute(statements.CUT if is_new else statements.CUT_BESIDE, span)
        new = cursor.rowcount
        cursor.execute(statements.REACHED, span)
    return new, crowded


def _sittings(doctor_ids: Sequence[int], first: date, last: date) -> Iterator[tuple]:
    """Rows for the table of sittings, their times on the clinic's wall clock."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for doctor_id, sources in sources_of(doctor_ids, first, last).items():
        for on in days:
            for it in open_hours(sources, on):
                terms = it.terms
                yield (
                    doctor_id, terms.branch_id, terms.room_id or None, SOURCES[it.source], on, it.starts, it.ends,
                    it.grid_from, terms.slot_minutes, terms.buffer_minutes, terms.capacity, terms.tele_capacity,
                    terms.home_capacity,
                )  # fmt: skip
