"""The SQL by which sittings and times are made for many doctors at once; called by `slots`, inside its transactions.

All are given `doctors` (keys), `first` and `last` (dates), `now`, and `since`, before which no time is made.
"""
# ruff: noqa: S608 - only constants of this module are put into these texts

from collections.abc import Sequence
from typing import Any

from django.db import connection

SITTING = (
    ("doctor", "bigint"), ("branch", "bigint"), ("room", "bigint"), ("source", "text"), ("date", "date"),
    ("starts", "timestamp"), ("ends", "timestamp"), ("grid", "timestamp"), ("slot", "int"), ("buffer", "int"),
    ("capacity", "int"), ("tele", "int"), ("home", "int"),
)  # fmt: skip

_ADD_CALENDARS = """
INSERT INTO scheduling_calendar (doctor_id)
SELECT id FROM doctors_doctor
WHERE status IN ('active', 'pending') AND (%(doctors)s::bigint[] IS NULL OR id = ANY (%(doctors)s))
ON CONFLICT DO NOTHING
"""

_FORGET_SITTINGS = """
DELETE FROM scheduling_sitting WHERE doctor_id = ANY (%(doctors)s) AND date BETWEEN %(first)s AND %(last)s
"""

_ADD_SITTINGS = f"""
INSERT INTO scheduling_sitting (
    clinic_id, doctor_id, branch_id, room_id, source, date, starts_at, ends_at, grid_from, slot_minutes,
    buffer_minutes, capacity, tele_capacity, home_capacity)
SELECT doctor.clinic_id, it.doctor, it.branch, it.room, it.source, it.date, it.starts AT TIME ZONE clinic.timezone,
       it.ends AT TIME ZONE clinic.timezone, it.grid AT TIME ZONE clinic.timezone, it.slot, it.buffer, it.capacity,
       it.tele, it.home
FROM unnest({", ".join(f"%s::{kind}[]" for _, kind in SITTING)}) AS it ({", ".join(name for name, _ in SITTING)})
JOIN doctors_doctor AS doctor ON doctor.id = it.doctor
JOIN clinics_clinic AS clinic ON clinic.id = doctor.clinic_id
"""

# A sitting from 9 to 12 with times of 10 minutes gives 9:00 … 11:50, for each way in which patients are seen.
_WANTED = """
WITH wanted AS MATERIALIZED (
    SELECT sitting.clinic_id, sitting.doctor_id, sitting.branch_id, sitting.date, start AS starts_at,
           start + make_interval(mins => sitting.slot_minutes) AS ends_at, offer.mode, offer.capacity
    FROM scheduling_sitting AS sitting
    CROSS JOIN LATERAL (
        VALUES (0, sitting.capacity), (1, sitting.tele_capacity), (2, sitting.home_capacity)) AS offer (mode, capacity)
    CROSS JOIN LATERAL generate_series(
        sitting.grid_from, sitting.ends_at - make_interval(mins => sitting.slot_minutes),
        make_interval(mins => sitting.slot_minutes + sitting.buffer_minutes)) AS start
    WHERE sitting.doctor_id = ANY (%(doctors)s) AND sitting.date BETWEEN %(first)s AND %(last)s
      AND offer.capacity > 0 AND start >= sitting.starts_at AND start > %(since)s::timestamptz
)
"""
_SAME = """
    slot.doctor_id = wanted.doctor_id AND slot.starts_at = wanted.starts_at AND slot.ends_at = wanted.ends_at
    AND slot.mode = wanted.mode AND slot.branch_id = wanted.branch_id
"""
# By the index on doctor and time; a date may begin a day before or after UTC's.
_TOUCHED = """
    slot.doctor_id = ANY (%(doctors)s) AND slot.date BETWEEN %(first)s AND %(last)s
    AND slot.starts_at > greatest(%(now)s::timestamptz, %(first)s::timestamptz - interval '1 day')
    AND slot.starts_at < %(last)s::timestamptz + interval '2 days'
"""

ANY_THERE = """
SELECT EXISTS (
    SELECT FROM scheduling_slot WHERE doctor_id = ANY (%(doctors)s)
      AND starts_at > %(first)s::timestamptz - interval '1 day'
      AND starts_at < %(last)s::timestamptz + interval '2 days'
      AND date BETWEEN %(first)s AND %(last)s)
"""

# In one order, so that two who want several of them never wait for each other for ever.
LOCK = f"SELECT FROM scheduling_slot AS slot WHERE {_TOUCHED} ORDER BY slot.id FOR NO KEY UPDATE"

# Times that no sitting offers any more are taken off the offer; what is booked in them stays booked.
WITHDRAW = f"""
{_WANTED}
UPDATE scheduling_slot AS slot SET is_blocked = true
WHERE {_TOUCHED} AND NOT slot.is_blocked AND NOT EXISTS (SELECT FROM wanted WHERE {_SAME})
"""

# Those that nobody has booked or is booking go for good, with the holds that came to nothing.
DROP = f"""
WITH empty AS (
    SELECT slot.id FROM scheduling_slot AS slot
    WHERE {_TOUCHED} AND slot.is_blocked AND slot.held = 0 AND slot.booked = 0
      AND NOT EXISTS (SELECT FROM scheduling_appointment AS it WHERE it.slot_id = slot.id)
      AND NOT EXISTS (
          SELECT FROM scheduling_hold AS hold LEFT JOIN scheduling_appointment AS it ON it.hold_id = hold.id
          LEFT JOIN scheduling_conflict AS conflict ON conflict.alternative_id = hold.id
          LEFT JOIN scheduling_offer AS offer ON offer.hold_id = hold.id
          WHERE hold.slot_id = slot.id AND (
              hold.state = 'live' OR it.id IS NOT NULL OR conflict.id IS NOT NULL OR offer.id IS NOT NULL))
), holds AS (
    DELETE FROM scheduling_hold WHERE slot_id IN (SELECT id FROM empty)
)
DELETE FROM scheduling_slot WHERE id IN (SELECT id FROM empty)
"""

# Those that only the past names (a cancelled visit) take up no time.
VOID = f"""
UPDATE scheduling_slot AS slot SET is_void = true
WHERE {_TOUCHED} AND slot.is_blocked AND NOT slot.is_void AND slot.held = 0 AND slot.booked = 0
"""

CROWDED = f"""
{_WANTED}
SELECT slot.doctor_id, slot.starts_at, slot.booked + slot.held, wanted.capacity
FROM wanted JOIN scheduling_slot AS slot ON {_SAME} AND {_TOUCHED}
WHERE slot.booked + slot.held > wanted.capacity
ORDER BY slot.starts_at
"""

# Times that are there already are offered as the sitting says now, unless somebody has been booked across them.
RENEW = f"""
{_WANTED}
UPDATE scheduling_slot AS slot
SET capacity = greatest(wanted.capacity, slot.booked + slot.held), is_blocked = false, is_void = false
FROM wanted
WHERE {_SAME} AND {_TOUCHED}
  AND (slot.is_blocked OR slot.capacity <> greatest(wanted.capacity, slot.booked + slot.held))
  AND (NOT slot.is_void OR NOT EXISTS (
      SELECT FROM scheduling_slot AS other
      WHERE other.doctor_id = slot.doctor_id AND other.mode = slot.mode AND NOT other.is_void
        AND other.starts_at < slot.ends_at AND other.ends_at > slot.starts_at))
"""

CUT = f"""
{_WANTED}
INSERT INTO scheduling_slot (
    clinic_id, doctor_id, branch_id, date, starts_at, ends_at, mode, capacity, held, booked, is_blocked, is_void)
SELECT clinic_id, doctor_id, branch_id, date, starts_at, ends_at, mode, capacity, 0, 0, false, false
FROM wanted ORDER BY doctor_id, starts_at
"""
# What overlaps a time that somebody has booked is left out; on new days that takes a third of the time, in vain.
CUT_BESIDE = f"{CUT} ON CONFLICT DO NOTHING"

REACHED = """
UPDATE scheduling_calendar SET made_until = greatest(made_until, %(last)s)
WHERE doctor_id = ANY (%(doctors)s) AND (made_until IS NULL OR made_until >= %(first)s::date - 1)
"""


def add_calendars(doctor_ids: Sequence[int] | None = None) -> None:
    """Give the doctors who take bookings (all, when none are named) a calendar."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_CALENDARS, {"doctors": None if doctor_ids is None else list(doctor_ids)})


def replace_sittings(span: dict[str, Any], rows: list[tuple], *, tolerant: bool) -> int:
    """Put these sittings in the place of those there were; `tolerant` leaves out what the database refuses."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_SITTINGS, span)
        if not rows:
            return 0
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(_ADD_SITTINGS + (" ON CONFLICT DO NOTHING" if tolerant else ""), columns)
        return cursor.rowcount
