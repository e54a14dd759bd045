"""Turning a hold into an appointment with a token."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinics import audit
from clinics.access import is_patient
from clinics.models import User
from notifications import outbox
from patients.models import Patient
from scheduling.errors import BookingError
from scheduling.models import Appointment, BookingRules, Hold, Mode, Slot
from scheduling.services.held import book_simply, book_with_care
from scheduling.services.leaving import settle_booked
from scheduling.services.rules import must_keep_measure, must_leave_some_for_the_desk
from scheduling.services.telling import news_of_booking
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
    is_simple, may_wait = book_simply(hold, patient)
    if not is_simple:
        locked = Hold.objects.select_for_update().get(pk=hold.pk)
        if locked.state == Hold.State.BOOKED:
            return Appointment.objects.select_related("token").get(hold=locked)
    if not doctor.takes_patients:
        raise BookingError(f"{doctor.short_name} takes no bookings at present. Please call the clinic.")
    if slot.mode == Mode.HOME and not terms.address:
        raise BookingError("Give the address of the house: the doctor comes to you.")
    is_own = by is None or is_patient(by)
    rules = BookingRules.objects.of(doctor) if is_own and not is_simple else None
    if rules is not None:
        must_keep_measure(patient, doctor, rules)
    fee_paise, is_follow_up = _fee(patient, slot)
    is_known = not patient._state.adding
    if not is_known:
        patient.save(force_insert=True)
    if not is_simple:
        book_with_care(locked, slot)
    day = Queue(doctor=doctor, clinic=doctor.clinic, date=slot.date)
    pay_by = _pay_by(slot, rules) if rules is not None and fee_paise and not terms.is_paid else None
    with tokens.new_token(
        queue=day, patient=patient, kind=Token.Kind.BOOKED, due_at=slot.starts_at, by=by, party=hold.basket,
        mode=slot.mode, note=terms.note or None, address=terms.address or None, kept_until=pay_by,
    ) as token:  # fmt: skip
        appointment = Appointment(
            clinic_id=slot.clinic_id, doctor=doctor, slot=slot, hold=hold, token=token, patient=patient, booked_by=by,
            date=slot.date, starts_at=slot.starts_at, fee_paise=fee_paise, is_follow_up=is_follow_up,
            state=Appointment.State.PENDING if pay_by else Appointment.State.CONFIRMED,
            source=Appointment.Source.ONLINE if is_own else Appointment.Source.DESK,
        )  # fmt: skip
        booked = audit.event("appointment.booked", clinic=doctor.clinic, by=by, about=appointment, token=token.number)
        news = news_of_booking([appointment]) if alone else []
        token.queue.new_rows += [appointment, booked, *news]
    outbox.send_soon(*news)
    if rules is not None:
        must_leave_some_for_the_desk(appointment, rules)
    if may_wait:
        settle_booked(appointment)
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
