"""Making bookable times ahead from the weekly hours, in one set-based statement."""

from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

DAYS_AHEAD = 90

# A sitting from 9 to 12 with slots of 10 minutes gives 9:00 … 11:50. Wall-clock times become moments in the clinic's
# own zone. What overlaps a slot that is there already is left out, so the job may run any number of times.
MAKE = """
INSERT INTO scheduling_slot (
    clinic_id, doctor_id, branch_id, date, starts_at, ends_at, capacity, held, booked, is_blocked)
SELECT hours.clinic_id, hours.doctor_id, hours.branch_id, day::date,
       (day::date + start) AT TIME ZONE clinic.timezone,
       (day::date + start) AT TIME ZONE clinic.timezone + make_interval(mins => hours.slot_minutes),
       hours.capacity, 0, 0, false
FROM scheduling_weeklyhours AS hours
JOIN clinics_clinic AS clinic ON clinic.id = hours.clinic_id
JOIN doctors_doctor AS doctor ON doctor.id = hours.doctor_id
CROSS JOIN LATERAL generate_series(
    greatest(%(first)s::date, hours.valid_from)::timestamp,
    least(%(last)s::date, hours.valid_to)::timestamp, interval '1 day') AS day
CROSS JOIN LATERAL (
    SELECT hours.starts + make_interval(mins => step * hours.slot_minutes) AS start
    FROM generate_series(0, extract(epoch FROM hours.ends - hours.starts)::int / 60 / hours.slot_minutes - 1) AS step
) AS starts
WHERE extract(isodow FROM day) = hours.weekday + 1
  AND doctor.status IN ('active', 'pending')
  AND (%(doctor)s::bigint IS NULL OR hours.doctor_id = %(doctor)s)
ORDER BY hours.doctor_id, day, start
ON CONFLICT DO NOTHING
"""


def make_slots(
    *, doctor_id: int | None = None, days: int = DAYS_AHEAD, first: date | None = None, last: date | None = None
) -> int:
    """Make the slots of one doctor, or of all, from `first` (today) for `days` days; returns how many are new."""
    first = first or timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(MAKE, {"first": first, "last": last or first + timedelta(days=days - 1), "doctor": doctor_id})
        return cursor.rowcount
