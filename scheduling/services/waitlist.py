"""Joining the list of those who wait for a doctor, taking the place that is offered, and the sweep behind it all."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinics import audit
from clinics.models import User
from doctors.models import Doctor
from patients.models import Patient
from scheduling.errors import BookingError, say_clock
from scheduling.free import free_slots
from scheduling.models import Appointment, Hold, Mode, Offer, WaitlistEntry
from scheduling.models.waitlist import SEATS
from scheduling.services import leaving
from scheduling.services.booking import book
from scheduling.services.offering import ANSWER, NOTICE, doctors_to_offer, offer_places, offer_soon
from scheduling.slots import DAYS_AHEAD
from tokens.desk_adding import patient_at_desk
from tokens.models import TokenError

GONE = "That place was kept for you until {until}. It has gone to the next in line."
FULL = "This phone waits for three doctors already. Leave one of the lists first."


def join(*, doctor: Doctor, patient: Patient, first: date, last: date, by: User | None) -> WaitlistEntry:
    """Wait for a place with a doctor from one day to another. A patient who is new (not saved yet) is saved with it.

    Raises BookingError in words; with the free time, when there is one on those days.
    """
    _must_make_sense(doctor, patient, first, last)
    for _ in range(SEATS + 1):
        seat = _free_seat(patient)
        try:
            with transaction.atomic():
                return _join(doctor, patient, first, last, seat, by)
        except IntegrityError as error:
            if "one_open_entry_per_patient_and_doctor" in str(error):
                said = f"{patient.first_name} is on the list of {doctor.short_name} already."
                raise BookingError(said) from error
            if "one_open_entry_per_seat_of_a_phone" not in str(error):
                raise  # else another tab has taken the seat just now
    raise BookingError(FULL)


def _must_make_sense(doctor: Doctor, patient: Patient, first: date, last: date) -> None:
    name, today = doctor.short_name, doctor.clinic.today()
    if not doctor.takes_patients:
        raise BookingError(f"{name} takes no bookings at present. Please call the clinic.")
    if first < today:
        raise BookingError("The first day is over.")
    if last < first:
        raise BookingError("The last day must not be before the first.")
    if last >= today + timedelta(days=DAYS_AHEAD):
        raise BookingError(f"Times are given {DAYS_AHEAD} days ahead: choose a last day before that.")
    if not patient._state.adding:
        visits = Appointment.objects.active().filter(patient=patient, doctor=doctor, date__range=(first, last))
        if visit := visits.order_by("date").first():
            on = f"{visit.date:%a} {visit.date.day} {visit.date:%b}"
            raise BookingError(f"{patient.first_name} has a visit with {name} on {on}. Choose days before it.")
    free = free_slots(timezone.now()).filter(doctor=doctor, mode=Mode.CLINIC, date__range=(first, last))
    if slot := free.filter(starts_at__gte=timezone.now() + ANSWER + NOTICE).first():
        local = doctor.clinic.local(slot.starts_at)
        said = f"{name} is free on {local:%a} {local.day} {local:%b} at {say_clock(local)}: book that."
        raise BookingError(said, nearest=slot)


def _free_seat(patient: Patient) -> int:
    """The first of the phone's seats that nobody sits on."""
    taken = WaitlistEntry.objects.open().filter(phone_key=patient.phone_key).values_list("seat", flat=True)
    seats = set(range(1, SEATS + 1)) - set(taken)
    if not seats:
        raise BookingError(FULL)
    return min(seats)


def _join(
    doctor: Doctor, patient: Patient, first: date, last: date, seat: int, by: User | None
) -> WaitlistEntry:  # fmt: skip
    is_new = patient._state.adding
    try:
        if is_new:
            patient.save(force_insert=True)
        entry = WaitlistEntry.objects.create(
            clinic_id=doctor.clinic_id, doctor=doctor, patient=patient, phone_key=patient.phone_key, seat=seat,
            first=first, last=last, joined_by=by,
        )  # fmt: skip
    except IntegrityError:
        patient._state.adding = is_new  # taken back with the rest
        raise
    audit.record("waitlist.joined", clinic=doctor.clinic, by=by, about=entry)
    offer_soon([doctor.pk])
    return entry


@transaction.atomic
def add(*, doctor: Doctor, name: str, phone: str, first: date, last: date, once: UUID, by: User) -> WaitlistEntry:
    """Reception puts somebody on the list, who is told of a place on their phone."""
    try:
        patient = patient_at_desk(doctor.clinic, name=name, phone=phone, once=once)
    except TokenError as error:
        raise BookingError(str(error)) from error
    return join(doctor=doctor, patient=patient, first=first, last=last, by=by)


def accept(*, offer: Offer, by: User | None) -> Appointment:
    """Book the place that was offered; pressed again it answers with the same appointment.

    A little late is not too late, as long as the place has not gone to the next. Raises BookingError in words.
    """
    with transaction.atomic():
        entry = leaving.lock_entry(offer.entry_id)
        offer = Offer.objects.get(pk=offer.pk)
        if offer.state not in (Offer.State.OPEN, Offer.State.BOOKED):
            raise BookingError(GONE.format(until=say_clock(entry.clinic.local(offer.expires_at))))
        if offer.hold_id is None:
            raise BookingError("The day of that visit is over.")
        hold = Hold.objects.select_related("slot").get(pk=offer.hold_id)
        hold.doctor = hold.slot.doctor = entry.doctor
        return book(hold=hold, patient=entry.patient, by=by)


def sweep() -> int:
    """End what is over, then offer what is free to those who wait; returns how many offers were made.

    May run twice at once, late, or again: who is being served is passed over, and what was offered is held.
    """
    leaving.settle_visits()
    leaving.end_offers()
    leaving.close_past()
    return sum(offer_places(doctor_id, wait=False) for doctor_id in doctors_to_offer())
