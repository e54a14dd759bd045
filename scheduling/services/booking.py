"""Turning a hold into an appointment with a token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from clinics import audit
from clinics.access import is_patient
from clinics.models import User
from notifications import outbox
from notifications.models import Message
from patients.models import Patient
from scheduling.errors import BookingError, say_clock
from scheduling.free import nearest_free
from scheduling.models import Appointment, BookingRules, Hold, Mode, Slot
from scheduling.services.leaving import settle_booked
from scheduling.services.places import let_go, take
from scheduling.services.rules import must_keep_measure, must_leave_some_for_the_desk
from tokens import services as tokens
from tokens.models import Queue, Token, TokenError

ALREADY = "{name} already has a visit with {doctor} on that day."


@dataclass(frozen=True, slots=True)
class Terms:
    """What else is known of a visit that is being booked.

    `note` is why the patient comes, `address` where the doctor goes for a visit at home; `is_paid`, when what was
    paid for an earlier one counts for this.
    """

    note: str = ""
    address: str = ""
    is_paid: bool = False


NO_MORE = Terms()


def book(*, hold: Hold, patient: Patient, by: User | None, terms: Terms = NO_MORE) -> Appointment:
    """Confirm a held slot for a patient: the appointment, its token, the message and the audit row, or nothing.

    Where the clinic wants to be paid first, the visit is pending until `payments.confirm`.
    A patient who is new (not saved yet) is saved with it. Pressed twenty times, it books once and
    answers twenty times with the same appointment. A hold whose time is over still books while its slot has room.
    Raises BookingError with a sentence and the nearest free time.
    """
    try:
        with transaction.atomic():
            return book_held(hold, patient, by, terms)
    except TokenError as error:
        raise BookingError(str(error)) from error
    except IntegrityError as error:
        if "one_active_appointment_per_patient_doctor_and_day" in str(error):
            raise BookingError(ALREADY.format(name=patient.first_name, doctor=hold.doctor.short_name)) from error
        raise


def book_held(
    hold: Hold, patient: Patient, by: User | None, terms: Terms = NO_MORE, *, alone: bool = True
) -> Appointment:
    """Inside the caller's transaction; `alone` with a message of its own."""
    slot, doctor = hold.slot, hold.doctor
    kept = Hold.objects.live().filter(pk=hold.pk, expires_at__gt=timezone.now()).update(state=Hold.State.BOOKED)
    if not kept:
        locked = Hold.objects.select_for_update().get(pk=hold.pk)
        if locked.state == Hold.State.BOOKED:
            return Appointment.objects.select_related("token").get(hold=locked)
    if not doctor.takes_patients:
        raise BookingError(f"{doctor.short_name} takes no bookings at present. Please call the clinic.")
    if slot.mode == Mode.HOME and not terms.address:
        raise BookingError("Give the address of the house: the doctor comes to you.")
    is_own = by is None or is_patient(by)
    rules = BookingRules.objects.of(doctor) if is_own else None
    if rules is not None:
        must_keep_measure(patient, doctor, rules)
    fee_paise, is_follow_up = _fee(patient, slot)
    is_known = not patient._state.adding
    if not is_known:
        patient.save(force_insert=True)
    if kept:
        _book_held_place(slot)
    else:
        _book_any_place(locked, slot)
    day = Queue(doctor=doctor, clinic=doctor.clinic, date=slot.date)
    pay_by = _pay_by(slot, rules) if rules is not None and fee_paise and not terms.is_paid else None
    token = tokens.issue(
        queue=day, patient=patient, kind=Token.Kind.BOOKED, due_at=slot.starts_at, by=by, party=hold.basket,
        mode=slot.mode, note=terms.note or None, address=terms.address or None, kept_until=pay_by,
    )  # fmt: skip
    appointment = Appointment.objects.create(
        clinic_id=slot.clinic_id, doctor=doctor, slot=slot, hold=hold, token=token, patient=patient, booked_by=by,
        date=slot.date, starts_at=slot.starts_at, fee_paise=fee_paise, is_follow_up=is_follow_up,
        state=Appointment.State.PENDING if pay_by else Appointment.State.CONFIRMED,
        source=Appointment.Source.ONLINE if is_own else Appointment.Source.DESK,
    )  # fmt: skip
    if rules is not None:
        must_leave_some_for_the_desk(appointment, rules)
    if is_known:
        settle_booked(appointment)
    if alone:
        tell_booked([appointment])
    audit.record("appointment.booked", clinic=doctor.clinic, by=by, about=appointment, token=token.number)
    return appointment


def _fee(patient: Patient, slot: Slot) -> tuple[int, bool]:
    """What the visit costs, in paise; and whether it follows up on one that was completed a few days before."""
    doctor = slot.doctor
    if slot.mode == Mode.TELE and doctor.tele_fee_paise is not None:
        return doctor.tele_fee_paise, False
    if doctor.follow_up_fee_paise is None or patient._state.adding:
        return doctor.fee_paise, False
    since = slot.date - timedelta(days=doctor.follow_up_days)
    seen = Token.objects.completed().filter(
        patient=patient, queue__doctor=doctor, queue__date__range=(since, slot.date)
    )
    is_follow_up = seen.exists()
    return doctor.follow_up_fee_paise if is_follow_up else doctor.fee_paise, is_follow_up


def _pay_by(slot: Slot, rules: BookingRules) -> datetime | None:
    """Until when the place is kept for a visit to be paid for; at most until it begins."""
    if rules.payment_minutes is None:
        return None
    return min(timezone.now() + timedelta(minutes=rules.payment_minutes), slot.starts_at)


def _book_held_place(slot: Slot) -> None:
    """Turn the held place into a booked one. Its minute may have come meanwhile: it was held."""
    held = Slot.objects.filter(pk=slot.pk, is_blocked=False, held__gt=0)
    if not held.update(held=F("held") - 1, booked=F("booked") + 1):
        nearest = nearest_free(slot.doctor, to=slot)
        raise BookingError("The doctor is not free at that time any more. Choose another time.", nearest=nearest)


def _book_any_place(hold: Hold, slot: Slot) -> None:
    """The hold has run out: book whatever room is left."""
    if hold.state == Hold.State.LIVE:
        let_go(hold)  # in the table too, or `take` would release it once more
    take(slot, as_="booked")
    hold.state = Hold.State.BOOKED
    hold.save(update_fields=["state"])


def tell_booked(visits: Sequence[Appointment]) -> None:
    """One message for all who come together: their token, or what to do to keep it."""
    first = visits[0]
    numbers = [visit.token.number for visit in visits]
    if first.token.kept_until is not None:
        tell(Message.Kind.TO_PAY, first, until=say_clock(first.doctor.clinic.local(first.token.kept_until)))
    elif len(visits) > 1:
        tell(Message.Kind.TOGETHER, first, tokens=f"{numbers[0]} to {numbers[-1]}")
    else:
        tell(Message.Kind.BOOKED, first)


def tell(kind: str, appointment: Appointment, **more: str) -> None:
    """Write the message that tells a patient about their visit; without a phone there is nobody to tell."""
    patient, doctor, token = appointment.patient, appointment.doctor, appointment.token
    if not patient.phone:
        return
    clinic = doctor.clinic
    local = clinic.local(appointment.starts_at)
    leads_to = {
        Message.Kind.CANCELLED: doctor.get_absolute_url,
        Message.Kind.TOGETHER: lambda: reverse("tokens:party", args=[token.code]),
        Message.Kind.AFFECTED: lambda: reverse("scheduling:choose", args=[token.code]),
        Message.Kind.TO_PAY: lambda: reverse("scheduling:pay", args=[token.code]),
    }
    path = leads_to.get(kind, token.get_absolute_url)()
    outbox.write(
        kind, to=patient.phone, clinic=clinic, token=token.number, doctor=doctor, place=clinic.name,
        day=f"{local:%a} {local.day} {local:%b}", time=f"{local.hour % 12 or 12}:{local:%M %p}".lower(),
        link=settings.PUBLIC_URL + path, **more,
    )  # fmt: skip
