"""Old days leaving the calendar: beside a bare DELETE … RETURNING into INSERT of as many times, one after another.

ARCHIVE_DOCTORS doctors (1,000; the product's size is 10,000) × 20 times a day, half of them booked, a third held in
vain; and what a run costs that finds nothing due.
"""

import os
import time
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

from bench import data

DOCTORS, TURNS, AHEAD = int(os.environ.get("ARCHIVE_DOCTORS", "1000")), 3, 10
SHARE, NOTHING_DUE = 0.15, 1.0

_TIMES = """
INSERT INTO scheduling_slot (clinic_id, doctor_id, branch_id, date, starts_at, ends_at, mode, capacity, held, booked,
    is_blocked, is_void)
SELECT doctor.clinic_id, doctor.id, doctor.clinic_id, day::date, start, start + interval '10 minutes', 0, 1, 0, k %% 2,
    false, false
FROM doctors_doctor AS doctor
CROSS JOIN generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS day
CROSS JOIN generate_series(0, 19) AS k
CROSS JOIN LATERAL (SELECT (day + time '09:00') AT TIME ZONE 'Asia/Kolkata' + k * interval '10 minutes' AS start) AS it
WHERE doctor.id = ANY (%(doctors)s) ORDER BY doctor.id, start
"""
_HOLDS = """
INSERT INTO scheduling_hold (id, clinic_id, doctor_id, slot_id, browser, state, created_at, expires_at, is_extended)
SELECT gen_random_uuid(), clinic_id, doctor_id, id, 'bench', CASE booked WHEN 1 THEN 'booked' ELSE 'released' END,
    starts_at - interval '1 day', starts_at, false
FROM scheduling_slot WHERE date BETWEEN %(first)s AND %(last)s AND (booked = 1 OR id %% 3 = 0)
"""
_QUEUES = """
INSERT INTO tokens_queue (clinic_id, doctor_id, date, last_number, version, doctor_state, note)
SELECT clinic_id, id, %(first)s, 10, 0, 'left', '' FROM doctors_doctor WHERE id = ANY (%(doctors)s)
"""
_TOKENS = """
INSERT INTO tokens_token (id, clinic_id, queue_id, number, code, patient_id, kind, state, is_first, due_at, why, calls,
    created_at, arrived_at, consulting_at, ended_at)
SELECT gen_random_uuid(), slot.clinic_id, queue.id, row_number() OVER (PARTITION BY queue.id ORDER BY slot.starts_at),
    'b' || slot.id, %(patient)s, 'booked', 'completed', false, slot.starts_at, '', 1, slot.starts_at, slot.starts_at,
    slot.starts_at, slot.starts_at
FROM scheduling_slot AS slot JOIN tokens_queue AS queue ON queue.doctor_id = slot.doctor_id AND queue.date = slot.date
WHERE slot.date = %(first)s AND slot.booked = 1
"""
_VISITS = """
INSERT INTO scheduling_appointment (id, clinic_id, doctor_id, slot_id, hold_id, token_id, patient_id, state, date,
    starts_at, fee_paise, created_at, cancel_reason)
SELECT gen_random_uuid(), slot.clinic_id, slot.doctor_id, slot.id, hold.id, token.id, token.patient_id, 'completed',
    slot.date, slot.starts_at, 40000, slot.starts_at, ''
FROM scheduling_slot AS slot JOIN scheduling_hold AS hold ON hold.slot_id = slot.id AND hold.state = 'booked'
JOIN tokens_queue AS queue ON queue.doctor_id = slot.doctor_id AND queue.date = slot.date
JOIN tokens_token AS token ON token.queue_id = queue.id AND token.due_at = slot.starts_at
WHERE slot.date = %(first)s
"""
_BARE = """
WITH gone AS (DELETE FROM scheduling_slot WHERE date = %(first)s RETURNING *)
INSERT INTO scheduling_pastslot (
    id, clinic_id, doctor_id, branch_id, date, starts_at, ends_at, capacity, booked, mode, is_blocked, is_void)
SELECT id, clinic_id, doctor_id, branch_id, date, starts_at, ends_at, capacity, booked, mode, is_blocked, is_void
FROM gone
"""


def run() -> Iterator[dict]:
    """Times moved a second, and a run in vain."""
    from django.db import connection
    from django.utils import timezone

    from scheduling.archive import move_days

    doctors = [data.DOCTORS + one.number for one in data.practices(DOCTORS, capacity=1)]
    patient, today = data.proved(1)[0].patient, timezone.localdate()

    def sql(statement: str, first: date = today, last: date | None = None) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"first": first, "last": last or first, "doctors": doctors, "patient": patient})
            return cursor.rowcount

    sql("TRUNCATE scheduling_slot CASCADE")
    sql(_TIMES, today - timedelta(days=5), today + timedelta(days=AHEAD))
    ours, bare = [], []
    for turn in range(TURNS):
        day = today - timedelta(days=60 - turn)
        times = sql(_TIMES, day)
        began = time.perf_counter()
        sql(_BARE, day)
        bare.append(times / (time.perf_counter() - began))
        sql("TRUNCATE scheduling_pastslot")
        for statement in (_TIMES, _HOLDS, _QUEUES, _TOKENS, _VISITS, "ANALYZE"):
            sql(statement, day)
        began = time.perf_counter()
        if (moved := sum(many for _, many in move_days())) != times:
            raise AssertionError(f"{moved} times moved, not {times}")
        ours.append(times / (time.perf_counter() - began))
    ratio = median(ours) / median(bare)
    yield {"name": f"a day of {DOCTORS:,} doctors leaves the calendar", "value": round(median(ours)), "unit": "times/s",
           "limit": round(median(bare)), "ratio": round(ratio, 2), "target": f"ratio ≥ {SHARE}", "ok": ratio >= SHARE,
           "runs": [round(it) for it in ours], "limits": [round(it) for it in bare],
           "seconds_for_10000": round(200_000 / median(ours), 1)}  # fmt: skip

    began = time.perf_counter()
    if list(move_days()):
        raise AssertionError("there was something due")
    seconds = time.perf_counter() - began
    yield {"name": "a run with nothing due", "value": round(seconds, 3), "unit": "s", "limit": NOTHING_DUE,
           "ratio": round(seconds / NOTHING_DUE, 2), "target": f"< {NOTHING_DUE:.0f} s", "ok": seconds < NOTHING_DUE,
           "times": DOCTORS * 20 * (AHEAD + 6)}  # fmt: skip
