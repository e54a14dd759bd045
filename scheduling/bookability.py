"""What the calendar knows of whether a doctor can be booked, and keeping what follows from it in the doctor's row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from doctors.bookability import Bookability, Facts, evaluate
from doctors.models import Doctor, DoctorBranch
from scheduling.free import next_free
from scheduling.models import Block, WeeklyHours
from scheduling.slots import DAYS_AHEAD

DAYS_WATCHED = 14  # a day of the week on which the doctor sits and which has no times is told of so far ahead
AT_ONCE = 2000  # doctors


def facts_of(doctors: Iterable[Doctor]) -> dict[int, Facts]:
    """The ten facts of each doctor, by key; as many queries for ten thousand as for one."""
    doctors, now = list(doctors), timezone.now()
    keys = [doctor.pk for doctor in doctors]
    until = now + timedelta(days=DAYS_AHEAD)
    at_branches = set(DoctorBranch.objects.filter(doctor__in=keys).order_by().values_list("doctor", flat=True))
    sitting, blocked = set(_hours_that_go_on(keys, now)), set(_blocked(keys, now))
    free = {key for key, starts_at in next_free(keys, now).items() if starts_at < until}
    return {
        doctor.pk: Facts(
            profile_complete=doctor.has_profile,
            licence_verified=doctor.licence_status == Doctor.Licence.VERIFIED,
            fees_set=doctor.fees_set,
            has_branch=doctor.pk in at_branches,
            has_specialty=doctor.specialty_id is not None,
            has_hours=doctor.pk in sitting,
            has_free_slots=doctor.pk in free,
            verification_failed=doctor.licence_status == Doctor.Licence.FAILED,
            is_active=doctor.status == Doctor.Status.ACTIVE,
            has_forced_block=doctor.pk in blocked,
        )
        for doctor in doctors
    }


def reassess(doctor_ids: Iterable[int] | None = None) -> int:
    """Find out anew who can be booked (all, unless some are named), and keep what is different; returns how many."""
    wanted = Doctor.objects.order_by("pk").values_list("pk", flat=True)
    keys = list(wanted if doctor_ids is None else wanted.filter(pk__in=list(doctor_ids)))
    return sum(_reassess(keys[first : first + AT_ONCE]) for first in range(0, len(keys), AT_ONCE))


def join_branches_of_hours(doctor_id: int) -> None:
    """Whoever sits at a branch belongs to it."""
    rows = WeeklyHours.objects.filter(doctor=doctor_id).order_by().values_list("clinic", "branch").distinct()
    DoctorBranch.objects.bulk_create(
        [DoctorBranch(clinic_id=clinic, doctor_id=doctor_id, branch_id=branch) for clinic, branch in rows],
        ignore_conflicts=True,
    )


# Days on which a doctor usually sits, and on which no time is offered, taken ones included. Each day is looked up in
# the index of a doctor's slots, from midnight to midnight on the clinic's wall clock.
_DAYS_WITHOUT_TIMES = """
SELECT hours.doctor_id, array_agg(DISTINCT day::date ORDER BY day::date)
FROM scheduling_weeklyhours AS hours
JOIN clinics_clinic AS clinic ON clinic.id = hours.clinic_id
CROSS JOIN LATERAL (SELECT (%(now)s::timestamptz AT TIME ZONE clinic.timezone)::date AS today) AS here
CROSS JOIN LATERAL generate_series(
    greatest(here.today, hours.valid_from)::timestamp,
    least(here.today + %(days)s - 1, hours.valid_to)::timestamp, interval '1 day') AS day
WHERE hours.doctor_id = ANY(%(doctors)s) AND extract(isodow FROM day) = hours.weekday + 1
  AND (hours.weeks = 0 OR hours.weeks = (day::date - date '2024-01-01') / 7 %% 2 + 1)  -- as in open_hours
  AND NOT EXISTS (
    SELECT FROM scheduling_slot AS slot
    WHERE slot.doctor_id = hours.doctor_id AND NOT slot.is_blocked
      AND slot.starts_at >= day AT TIME ZONE clinic.timezone
      AND slot.starts_at < (day + interval '1 day') AT TIME ZONE clinic.timezone)
GROUP BY hours.doctor_id
"""


def days_without_times(doctors: list[int], now: datetime) -> dict[int, list[date]]:
    """The days within two weeks on which each of these doctors usually sits, and has no times; most have none."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS_WITHOUT_TIMES, {"doctors": doctors, "now": now, "days": DAYS_WATCHED})
        return dict(cursor.fetchall())


def _hours_that_go_on(doctors: list[int], now: datetime) -> Iterator[int]:
    """Who has weekly hours that are not over."""
    today = timezone.localdate(now)
    hours = WeeklyHours.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), doctor__in=doctors)
    yield from hours.order_by().values_list("doctor", flat=True).distinct()


def _blocked(doctors: list[int], now: datetime) -> QuerySet[Block, int]:
    """Whom the clinic keeps from seeing anybody at present."""
    blocks = Block.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), kind=Block.Kind.FORCED, starts_at__lte=now)
    return blocks.filter(doctor__in=doctors).values_list("doctor", flat=True)


@transaction.atomic
def _reassess(keys: list[int]) -> int:
    """So many at once; locked first, so that of two at the same time the later one reads what both have changed."""
    doctors = list(Doctor.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).defer("about"))
    facts, bare = facts_of(doctors), days_without_times([doctor.pk for doctor in doctors], timezone.now())
    found = [(doctor, evaluate(facts[doctor.pk]), bare.get(doctor.pk, [])) for doctor in doctors]
    changed = [_row(*it) for it in found if _row(*it) != _kept(it[0])]
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [list(column) for column in zip(*changed, strict=True)])
    return len(changed)


_KEEP = """
UPDATE doctors_doctor AS doctor
SET score = new.score, is_shown = new.is_shown, is_bookable_online = new.is_bookable_online,
    is_bookable_at_desk = new.is_bookable_at_desk, is_open_online = new.is_open_online,
    missing = string_to_array(new.missing, ' '),
    days_without_times = string_to_array(new.days_without_times, ' ')::date[]
FROM unnest(%s::bigint[], %s::int[], %s::boolean[], %s::boolean[], %s::boolean[], %s::boolean[], %s::text[], %s::text[])
     AS new (id, score, is_shown, is_bookable_online, is_bookable_at_desk, is_open_online, missing, days_without_times)
WHERE doctor.id = new.id
"""


def _row(doctor: Doctor, found: Bookability, bare: list[date]) -> tuple[object, ...]:
    """A doctor's key and what was found, as `_KEEP` takes them."""
    return (
        doctor.pk, found.score, found.is_shown, found.is_bookable_online, found.is_bookable_at_desk,
        found.is_open_online, " ".join(found.missing), " ".join(str(day) for day in bare),
    )  # fmt: skip


def _kept(doctor: Doctor) -> tuple[object, ...]:
    """The same, as it stands in the row."""
    return (
        doctor.pk, doctor.score, doctor.is_shown, doctor.is_bookable_online, doctor.is_bookable_at_desk,
        doctor.is_open_online, " ".join(doctor.missing), " ".join(str(day) for day in doctor.days_without_times),
    )  # fmt: skip
