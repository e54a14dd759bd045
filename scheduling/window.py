"""Between which moments patients may book a doctor's times by themselves: the clinic's rules, as they bind just now."""

# ruff: noqa: S608 - only constants are put into these texts

from datetime import date, datetime, timedelta

from django.db import connection

from doctors.models import Doctor
from scheduling.models import BookingRules

# Joined to a `doctor`, their `clinic` and the `clock`; both are null where there are no rules, which `greatest` and
# `least` pass over. The doctor's own rules count instead of the clinic's. Times of one sitting end with it.
BOOKABLE = """
LEFT JOIN LATERAL (
    SELECT greatest(
               clock.now + make_interval(mins => rules.cutoff_minutes),
               CASE WHEN wall.now::time >= rules.closes_at
                    THEN (wall.now::date + 1)::timestamp AT TIME ZONE clinic.timezone - interval '1 microsecond' END,
               CASE WHEN NOT rules.into_running THEN (
                   SELECT sitting.ends_at - interval '1 microsecond' FROM scheduling_sitting AS sitting
                   WHERE sitting.doctor_id = doctor.id AND sitting.date = wall.now::date
                     AND sitting.starts_at <= clock.now AND sitting.ends_at > clock.now) END) AS after,
           (wall.now::date + rules.days_ahead)::timestamp AT TIME ZONE clinic.timezone AS until
    FROM scheduling_bookingrules AS rules
    CROSS JOIN LATERAL (SELECT clock.now AT TIME ZONE clinic.timezone AS now) AS wall
    WHERE rules.clinic_id = doctor.clinic_id AND (rules.doctor_id = doctor.id OR rules.doctor_id IS NULL)
    ORDER BY rules.doctor_id NULLS LAST
    LIMIT 1
) AS bookable ON true
"""
OF_A_DOCTOR = f"""
SELECT bookable.after, bookable.until
FROM (SELECT %(now)s::timestamptz AS now) AS clock
CROSS JOIN doctors_doctor AS doctor
JOIN clinics_clinic AS clinic ON clinic.id = doctor.clinic_id{BOOKABLE}
WHERE doctor.id = %(doctor)s
"""


def booking_window(doctor: Doctor, now: datetime) -> tuple[datetime, date]:
    """After which moment, and up to which day, patients may book times of a doctor by themselves."""
    if BookingRules.objects.of(doctor) is None:
        return now, date.max
    with connection.cursor() as cursor:
        cursor.execute(OF_A_DOCTOR, {"doctor": doctor.pk, "now": now})
        after, until = cursor.fetchone()
    return after, doctor.clinic.local(until).date() - timedelta(days=1)
