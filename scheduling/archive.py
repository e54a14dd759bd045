"""Days long over leave the calendar: their times go into a table of the past, their holds and sittings go for good.

Each batch is a transaction of its own, so the work may be stopped at any moment, done twice, or by two at once; it goes
on where it stopped. Tokens, visits, offers and messages stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from scheduling import services

KEPT = 30  # days that stay: what a clinic still looks at
DOCTORS_AT_A_TIME = 250  # whose times of a day go together: some five thousand
_TURN = 0x0A2C4 << 40  # apart from the locks on phones and on doctors whose places are offered

# One step into the index on doctor and time for each doctor. An index on the date alone would be written with every
# new time, and one of ranges of pages finds nothing here: new days are written where old ones have left room.
_NEXT_DAY = """
    SELECT min(oldest.date)
    FROM doctors_doctor AS doctor
    CROSS JOIN LATERAL (
        SELECT slot.date FROM scheduling_slot AS slot
        WHERE slot.doctor_id = doctor.id AND slot.date > %(after)s AND slot.starts_at > %(after)s::timestamptz
          AND slot.date < %(first_kept)s AND slot.starts_at < %(first_kept)s::timestamptz + interval '1 day'
        ORDER BY slot.starts_at LIMIT 1) AS oldest
"""
_OF_THE_DAY = """
    slot.date = %(day)s AND slot.starts_at > %(day)s::timestamptz - interval '1 day'
    AND slot.starts_at < %(day)s::timestamptz + interval '2 days'
"""
_DOCTORS = f"""
    SELECT doctor.id
    FROM doctors_doctor AS doctor
    CROSS JOIN LATERAL (
        SELECT FROM scheduling_slot AS slot WHERE slot.doctor_id = doctor.id AND {_OF_THE_DAY} LIMIT 1) AS any_of_it
    ORDER BY doctor.id
"""  # noqa: S608 - only constants of this module are put into these texts
# What somebody has locked, or what is not over in spite of its date, stays for the next time.
_DUE = f"""
    SELECT slot.id FROM scheduling_slot AS slot
    WHERE slot.doctor_id = ANY (%(doctors)s) AND {_OF_THE_DAY} AND slot.held = 0
      AND NOT EXISTS (
          SELECT FROM scheduling_appointment AS visit
          WHERE visit.slot_id = slot.id AND visit.state IN ('pending', 'confirmed'))
      AND NOT EXISTS (
          SELECT FROM scheduling_hold AS hold JOIN scheduling_offer AS offer ON offer.hold_id = hold.id
          WHERE hold.slot_id = slot.id AND offer.state = 'open')
    ORDER BY slot.id FOR UPDATE OF slot SKIP LOCKED
"""  # noqa: S608
# What stays says by itself what it had from them.
_LET_GO = (
    "UPDATE scheduling_offer AS offer SET hold_id = NULL, was_at = slot.starts_at "
    "FROM scheduling_hold AS hold JOIN scheduling_slot AS slot ON slot.id = hold.slot_id "
    "WHERE hold.slot_id = ANY (%(due)s) AND offer.hold_id = hold.id",
    "UPDATE scheduling_conflict AS conflict SET alternative_id = NULL FROM scheduling_hold AS hold "
    "WHERE hold.slot_id = ANY (%(due)s) AND conflict.alternative_id = hold.id",
    "UPDATE scheduling_appointment AS visit SET hold_id = NULL FROM scheduling_hold AS hold "
    "WHERE hold.slot_id = ANY (%(due)s) AND visit.hold_id = hold.id",
    "UPDATE scheduling_appointment SET slot_id = NULL WHERE slot_id = ANY (%(due)s)",
    "DELETE FROM scheduling_hold WHERE slot_id = ANY (%(due)s)",
    "DELETE FROM scheduling_sitting WHERE doctor_id = ANY (%(doctors)s) AND date <= %(day)s",
)
_MOVE = """
    WITH gone AS (DELETE FROM scheduling_slot WHERE id = ANY (%(due)s) RETURNING *)
    INSERT INTO scheduling_pastslot (
        id, clinic_id, doctor_id, branch_id, date, starts_at, ends_at, capacity, booked, mode, is_blocked, is_void)
    SELECT id, clinic_id, doctor_id, branch_id, date, starts_at, ends_at, capacity, booked, mode, is_blocked, is_void
    FROM gone ORDER BY doctor_id, starts_at
"""


def move_days(*, keep: int = KEPT) -> Iterator[tuple[date, int]]:
    """Move what is older than so many days, the oldest day first; after each batch its day, and how many times moved.

    Nothing happens but when the next batch is asked for, so whoever asks no more has stopped it.
    """
    if keep < 1:
        raise ValueError("Yesterday's times may still be looked at: keep one day at least.")
    _end_what_is_over()
    first_kept = timezone.localdate() - timedelta(days=keep)
    day = _next_day("-infinity", first_kept)
    while day is not None:
        doctors = _doctors(day)
        for start in range(0, len(doctors), DOCTORS_AT_A_TIME):
            yield day, _move(day, doctors[start : start + DOCTORS_AT_A_TIME])
        day = _next_day(day, first_kept)


def _end_what_is_over() -> None:
    """What the sweeps have done already, unless they stood still: a day leaves only when nothing of it is open."""
    services.end_offers()
    while services.release_expired():
        pass
    services.close_visits()


def _next_day(after: date | str, first_kept: date) -> date | None:
    """The oldest day after another whose times are due."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_DAY, {"after": after, "first_kept": first_kept})
        return cursor.fetchone()[0]


def _doctors(day: date) -> list[int]:
    """Whose times of a day are still in the calendar."""
    with connection.cursor() as cursor:
        cursor.execute(_DOCTORS, {"day": day})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _move(day: date, doctors: Sequence[int]) -> int:
    """One batch: all of it or nothing. Two at once take turns, and the second finds what the first has left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        cursor.execute(_DUE, {"day": day, "doctors": doctors})
        given = {"day": day, "doctors": doctors, "due": [row[0] for row in cursor.fetchall()]}
        for statement in _LET_GO:
            cursor.execute(statement, given)
        cursor.execute(_MOVE, given)
        return cursor.rowcount
