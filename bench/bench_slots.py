"""Making the times: beside a bare INSERT of as many rows into the same table with the same indexes, one after another.

SLOTS_DOCTORS doctors (1,000; the product's size is 10,000) × 90 days × 20 times; `SLOTS_DOCTORS=10000` takes an hour.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median

from bench import data

DOCTORS, DAYS, TURNS = int(os.environ.get("SLOTS_DOCTORS", "1000")), 90, 3
SHARE, TOP_UP, CHANGE = 0.6, 60.0, 1.0

_HOURS = """
INSERT INTO scheduling_weeklyhours (clinic_id, doctor_id, branch_id, weekday, weeks, starts, ends, slot_minutes,
    buffer_minutes, capacity, tele_capacity, home_capacity)
SELECT clinic_id, id, clinic_id, day, 0, '09:00', '12:20', 10, 0, 1, 0, 0
FROM doctors_doctor CROSS JOIN generate_series(0, 6) AS day WHERE id = ANY (%s)
"""
_BARE = """
INSERT INTO scheduling_slot (clinic_id, doctor_id, branch_id, date, starts_at, ends_at, mode, capacity, held, booked,
    is_blocked, is_void)
SELECT doctor.clinic_id, doctor.id, doctor.clinic_id, day::date, start, start + interval '10 minutes', 0, 1, 0, 0,
    false, false
FROM doctors_doctor AS doctor
CROSS JOIN generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS day
CROSS JOIN LATERAL (SELECT (day + time '09:00') AT TIME ZONE 'Asia/Kolkata' + k * interval '10 minutes' AS start
                    FROM generate_series(0, 19) AS k) AS starts
WHERE doctor.id = ANY (%(doctors)s) ORDER BY doctor.id, start
"""


def run() -> Iterator[dict]:
    """The ninety days of everybody, the one day of every night, and one doctor's new hours."""
    from django.db import connection
    from django.utils import timezone

    from scheduling.models import WeeklyHours
    from scheduling.services.sources import changing, touched_by
    from scheduling.slots import make_slots

    doctors = [data.DOCTORS + one.number for one in data.practices(DOCTORS, capacity=1)]
    today = timezone.localdate()
    span = {"doctors": doctors, "first": today, "last": today + timedelta(days=DAYS - 1)}

    def sql(statement: str, *given: object) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, *given)
            return cursor.rowcount

    def cleared() -> None:
        sql("TRUNCATE scheduling_slot, scheduling_sitting, scheduling_calendar CASCADE")

    sql(_HOURS, [doctors])
    ours, bare = [], []
    for _ in range(TURNS):
        cleared()
        seconds, rows = _timed(lambda: sql(_BARE, span))
        bare.append(rows / seconds)
        cleared()
        seconds, made = _timed(make_slots)
        if made != rows:
            raise AssertionError(f"{made} times, not {rows}")
        ours.append(made / seconds)
    ratio = median(ours) / median(bare)
    yield {"name": f"times of {DOCTORS:,} doctors × {DAYS} days", "value": round(median(ours)), "unit": "rows/s",
           "limit": round(median(bare)), "ratio": round(ratio, 2), "target": f"ratio ≥ {SHARE}", "ok": ratio >= SHARE,
           "rows": rows, "runs": [round(it) for it in ours], "limits": [round(it) for it in bare]}  # fmt: skip

    seconds, made = _timed(lambda: make_slots(days=DAYS + 1))
    whole = seconds * 10_000 / DOCTORS
    yield {"name": "the nightly day for 10,000 doctors", "value": round(whole, 1), "unit": "s", "limit": TOP_UP,
           "ratio": round(whole / TOP_UP, 2), "target": f"< {TOP_UP:.0f} s", "ok": whole < TOP_UP, "rows": made,
           "measured_with": DOCTORS}  # fmt: skip

    took = []
    for doctor in doctors[:20]:
        hours = WeeklyHours.objects.filter(doctor=doctor).order_by("weekday").first()
        hours.slot_minutes = 15

        def change(hours: WeeklyHours = hours) -> None:
            with changing(touched_by(hours), by=None):
                hours.save(update_fields=["slot_minutes"])

        took.append(_timed(change)[0])
    yield {"name": "one doctor's hours changed", "value": round(max(took), 3), "unit": "s", "limit": CHANGE,
           "ratio": round(max(took) / CHANGE, 2), "target": f"< {CHANGE:.0f} s", "ok": max(took) < CHANGE,
           "p50": round(median(took), 3)}  # fmt: skip


def _timed(do: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    result = do()
    return time.perf_counter() - began, result
