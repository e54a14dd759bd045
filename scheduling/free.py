"""What is free: which slots can still take somebody, and when each doctor's next one is."""

# ruff: noqa: S608 - only constants are put into these texts

from datetime import date, datetime

from django.db import connection
from django.db.models import Case, Count, F, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from doctors.models import Doctor
from scheduling.models import Hold, Mode, Slot
from scheduling.window import BOOKABLE, booking_window


def with_places_left(slots: QuerySet[Slot], now: datetime) -> QuerySet[Slot]:
    """Slots with `left`: how many more people they take. Holds whose time is over keep nobody out."""
    holds = Hold.objects.live().filter(slot=OuterRef("pk"), expires_at__gt=now).order_by()
    kept = Coalesce(Subquery(holds.values("slot").annotate(many=Count("pk")).values("many")), 0)
    room = F("capacity") - F("booked")
    # Hardly any slot is held by somebody: only for those are the holds counted.
    return slots.annotate(
        left=Case(When(held=0, then=room), default=Greatest(room - kept, 0), output_field=IntegerField())
    )


def free_slots(now: datetime) -> QuerySet[Slot]:
    """The slots still to come in which somebody can be given a place, the soonest first."""
    offered = Slot.objects.with_room().filter(is_blocked=False, starts_at__gt=now)  # as in the partial index
    return with_places_left(offered, now).filter(left__gt=0).order_by("starts_at")


# As `free_slots`, the first of a doctor's between two moments: one step into the partial index. In SQL, since building
# the same from nested subqueries takes longer than PostgreSQL takes to answer.
HAS_PLACES = """slot.booked < slot.capacity AND NOT slot.is_blocked
      AND (slot.held = 0 OR slot.capacity - slot.booked > (
          SELECT count(*) FROM scheduling_hold AS hold
          WHERE hold.slot_id = slot.id AND hold.state = 'live' AND hold.expires_at > clock.now))"""
FIRST_FREE = f"""
    SELECT slot.starts_at
    FROM scheduling_slot AS slot
    WHERE slot.doctor_id = doctor.id AND slot.starts_at > {{after}} AND slot.starts_at < {{until}}
      AND {HAS_PLACES}{{more}}
    ORDER BY slot.starts_at
    LIMIT 1
"""
NEXT_FREE = f"""
SELECT doctor.id, next.starts_at
FROM (SELECT %(now)s::timestamptz AS now) AS clock
CROSS JOIN unnest(%(doctors)s::bigint[]) AS doctor (id)
CROSS JOIN LATERAL ({FIRST_FREE.format(after="clock.now", until="'infinity'", more="")}) AS next
"""
NEXT_BOOKABLE = f"""
SELECT doctor.id, next.starts_at
FROM (SELECT %(now)s::timestamptz AS now) AS clock
CROSS JOIN doctors_doctor AS doctor
JOIN clinics_clinic AS clinic ON clinic.id = doctor.clinic_id{BOOKABLE}
CROSS JOIN LATERAL ({
    FIRST_FREE.format(after="greatest(clock.now, bookable.after)", until="least('infinity', bookable.until)", more="")
}) AS next
WHERE doctor.id = ANY(%(doctors)s::bigint[])
"""


def next_free(doctors: list[int], now: datetime) -> dict[int, datetime]:
    """When each of these doctors can next see somebody new; those who cannot are left out."""
    return _first(NEXT_FREE, doctors, now)


def next_bookable(doctors: list[int], now: datetime) -> dict[int, datetime]:
    """The same, of the times that patients may book by themselves just now."""
    return _first(NEXT_BOOKABLE, doctors, now)


def _first(statement: str, doctors: list[int], now: datetime) -> dict[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"doctors": doctors, "now": now})
        return dict(cursor.fetchall())


# As `with_places_left`, of one day.
SLOTS_OF_A_DAY = """
SELECT slot.*, CASE WHEN slot.held = 0 THEN slot.capacity - slot.booked ELSE greatest(
    slot.capacity - slot.booked - (
        SELECT count(*) FROM scheduling_hold AS hold
        WHERE hold.slot_id = slot.id AND hold.state = 'live' AND hold.expires_at > %(now)s), 0) END AS left
FROM scheduling_slot AS slot
WHERE slot.doctor_id = %(doctor)s AND slot.date = %(day)s AND slot.mode = %(mode)s AND NOT slot.is_blocked
  AND slot.starts_at > greatest(%(now)s, %(day)s::timestamptz - interval '1 day')
  AND slot.starts_at < %(day)s::timestamptz + interval '2 days'
ORDER BY slot.starts_at
"""


def slots_of_a_day(doctor: int, day: date, mode: Mode, now: datetime) -> list[Slot]:
    """The times of one day that are not over, with the places `left` in each."""
    return list(Slot.objects.raw(SLOTS_OF_A_DAY, {"doctor": doctor, "day": day, "mode": mode, "now": now}))


# As `with_places_left`, summed over each of a doctor's days; in SQL for the same reason.
DAY_BY_DAY = """
SELECT slot.mode, slot.date, sum(slot.capacity - slot.booked - CASE WHEN slot.held = 0 THEN 0 ELSE least(
    slot.capacity - slot.booked,
    (SELECT count(*) FROM scheduling_hold AS hold
     WHERE hold.slot_id = slot.id AND hold.state = 'live' AND hold.expires_at > %(now)s)) END)::int
FROM scheduling_slot AS slot
WHERE slot.doctor_id = %(doctor)s AND slot.starts_at > %(now)s AND NOT slot.is_blocked
GROUP BY slot.mode, slot.date
ORDER BY slot.mode, slot.date
"""


def days_ahead(doctor: int, now: datetime) -> list[tuple[int, date, int]]:
    """How patients are seen, the days on which a doctor so offers times from now on, full ones included, and how many
    places each has left."""
    with connection.cursor() as cursor:
        cursor.execute(DAY_BY_DAY, {"doctor": doctor, "now": now})
        return cursor.fetchall()


# When five hundred want one time, nearly all of them ask for this.
NEAREST = f"""
SELECT slot.*
FROM (SELECT %(now)s::timestamptz AS now) AS clock, scheduling_slot AS slot
WHERE slot.doctor_id = %(doctor)s AND slot.mode = %(mode)s AND slot.id <> %(slot)s
  AND slot.starts_at > %(after)s AND slot.date <= %(last)s AND {HAS_PLACES} AND {{where}}
LIMIT 1
"""
AFTERWARDS = NEAREST.format(where="slot.starts_at >= %(starts_at)s ORDER BY slot.starts_at")
BEFORE = NEAREST.format(where="slot.date = %(day)s ORDER BY slot.starts_at DESC")


def nearest_free(doctor: Doctor, *, to: Slot) -> Slot | None:
    """The free slot of a doctor closest after another, else the last one before it on that day; of the same way."""
    now = timezone.now()
    after, last = booking_window(doctor, now)
    given = {
        "now": now, "doctor": doctor.pk, "mode": to.mode, "slot": to.pk, "after": after, "last": last,
        "starts_at": to.starts_at, "day": to.date,
    }  # fmt: skip
    for statement in (AFTERWARDS, BEFORE):
        for slot in Slot.objects.raw(statement, given):
            return slot
    return None
