"""Whether a patient may book by themselves, by the rules of the clinic or of the doctor: said in words when not."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from doctors.models import Doctor
from patients.models import Patient
from scheduling.errors import BookingError, say_clock
from scheduling.free import nearest_free
from scheduling.models import Appointment, BookingRules, Sitting, Slot
from scheduling.window import booking_window

MONTH = timedelta(days=30)


def must_be_open(slot: Slot, rules: BookingRules) -> None:
    """Refuse a time that is too soon, too far ahead, or of a sitting that has begun."""
    now = timezone.now()
    after, last = booking_window(slot.doctor, now)
    if slot.date > last:
        day = f"{last:%a} {last.day} {last:%b}"
        raise _refused(slot, f"Times after {day} cannot be booked yet")
    if slot.starts_at > after:
        return
    running = Sitting.objects.filter(doctor=slot.doctor_id, starts_at__lte=now, ends_at__gte=slot.ends_at)
    if not rules.into_running and running.exists():
        raise _refused(slot, "The doctor is sitting already: that time can be booked at the clinic only")
    raise _refused(slot, "That time can be booked at the clinic only")


def must_keep_measure(patient: Patient, doctor: Doctor, rules: BookingRules) -> None:
    """Refuse a phone with too many visits to come, or too many cancelled ones. One booking of a phone at a time: two
    at once would each see room for one more."""
    if patient.phone_key is None or not (rules.active_per_phone or rules.cancels_allowed):
        return
    one_at_a_time(patient)
    mine = Appointment.objects.filter(clinic=doctor.clinic_id, patient__phone_key=patient.phone_key)
    now = timezone.now()
    if rules.active_per_phone and mine.active().filter(starts_at__gt=now).count() >= rules.active_per_phone:
        many = rules.active_per_phone
        raise BookingError(
            f"This phone has {many} visit{'s' * (many > 1)} to come here. Please call the clinic for more."
        )
    if rules.cancels_allowed:
        lately = mine.filter(called_off_by_patient=True, cancelled_at__gt=now - MONTH).order_by("-cancelled_at")
        times = list(lately.values_list("cancelled_at", flat=True)[: rules.cancels_allowed])
        again = times[0] + timedelta(hours=rules.cooldown_hours) if len(times) == rules.cancels_allowed else now
        if again > now:
            local = doctor.clinic.local(again)
            raise BookingError(
                "Many visits were cancelled from this phone. It can book again from "
                f"{local:%a} {local.day} {local:%b}, {say_clock(local)}; or call the clinic."
            )


def one_at_a_time(patient: Patient) -> None:
    """Until the end of the transaction nobody else books with this phone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [bytes(patient.phone_key).hex()])


def must_leave_some_for_the_desk(appointment: Appointment, rules: BookingRules) -> None:
    """Refuse when the online share of the doctor's day is full. After the token was issued: its queue's lock lets one
    booking of a day pass at a time, and the new one is counted."""
    if rules.online_percent >= 100:
        return
    day = {"doctor": appointment.doctor_id, "date": appointment.date}
    places = Slot.objects.filter(**day, is_blocked=False).aggregate(all=Sum("capacity"))["all"] or 0
    online = Appointment.objects.active().filter(**day, source=Appointment.Source.ONLINE).count()
    if online * 100 > places * rules.online_percent:
        raise _refused(appointment.slot, "The places for booking online are taken on that day: please call the clinic")


def _refused(slot: Slot, said: str) -> BookingError:
    nearest = nearest_free(slot.doctor, to=slot)
    if nearest is None:
        return BookingError(f"{said}.")
    local = slot.doctor.clinic.local(nearest.starts_at)
    return BookingError(f"{said}; {local:%a} {local.day} {local:%b}, {say_clock(local)} is free.", nearest=nearest)
