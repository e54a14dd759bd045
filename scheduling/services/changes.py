"""Cancelling a visit, and moving it: the new place is taken before the old one is given back."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinics import audit
from clinics.models import User
from notifications.models import Message
from scheduling.errors import BookingError
from scheduling.models import Appointment, Conflict, Mode, Slot
from scheduling.services.booking import ALREADY
from scheduling.services.leaving import settle_booked
from scheduling.services.offering import place_freed
from scheduling.services.places import give_back, lock_in_order, take
from scheduling.services.settling import settle_of
from scheduling.services.telling import tell, tell_without_a_booking
from scheduling.slots import rebuild
from tokens import services as tokens
from tokens.models import Queue, Token, TokenError
from tokens.states import State

RELATED = ("token__queue__clinic", "patient", "doctor__clinic", "slot")


def _locked(token: Token) -> Appointment | None:
    """The appointment behind a token, locked; a walk-in has none.

    Read once it is locked: of a row that was waited for, and has another time by now, a join would find nothing.
    """
    locked = Appointment.objects.select_for_update().filter(token=token).values_list("pk", flat=True).first()
    return locked and Appointment.objects.select_related(*RELATED).get(pk=locked)


@transaction.atomic
def cancel(*, token: Token, by: User | None, why: str, from_patient: bool = False) -> Token:
    """Call a visit off: its slot is free again at once, the token's number is not given again.

    Works for tokens without an appointment too. Raises BookingError when it is too late, in words.
    """
    _must_not_be_over(token)
    appointment = _locked(token)
    if appointment is not None and appointment.state not in Appointment.ACTIVE:
        raise BookingError("This visit was already called off.")
    if appointment is not None:
        appointment.state, appointment.cancelled_at = Appointment.State.CANCELLED, timezone.now()
        appointment.cancel_reason, appointment.called_off_by_patient = why, from_patient
        appointment.save(update_fields=["state", "cancelled_at", "cancel_reason", "called_off_by_patient"])
        give_back(appointment.slot_id, as_="booked")
        _tidy(appointment.slot)
        settle_of(appointment, Conflict.State.CANCELLED, by=by)
    try:
        token = tokens.cancel(token=token, by=by, why=why)
    except TokenError as error:
        raise BookingError(str(error)) from error
    if appointment is not None:
        tell(Message.Kind.CANCELLED, appointment)
        place_freed(appointment.slot_id)
    elif not from_patient:
        tell_without_a_booking(token)
    audit.record("token.cancelled", clinic=token.clinic, by=by, about=token, number=token.number)
    return token


@transaction.atomic
def transfer(*, token: Token, queue: Queue, by: User | None, why: str = "") -> Token:
    """Send a patient to another doctor of the clinic, today: a new number there, its booking and its history with it.

    Raises TokenError, in words. Returns the token that counts from now on.
    """
    appointment = _locked(token)
    new = tokens.transfer(token=token, queue=queue, by=by, why=why)
    if appointment is not None:
        appointment.token = new
        appointment.save(update_fields=["token"])
    audit.record("token.transferred", clinic=token.clinic, by=by, about=new, number=token.number, to=new.number)
    return new


def reschedule(*, token: Token, slot: Slot, by: User | None) -> Token:
    """Move a visit to another slot of the same doctor, in one transaction; returns the token that counts from now on.

    On the same day the token keeps its number and its address; on another day it gets a new one there, and the old
    page leads to it. Nothing changes when the new slot cannot be had.
    """
    try:
        return _reschedule(token, slot, by)
    except TokenError as error:
        raise BookingError(str(error)) from error
    except IntegrityError as error:
        if "one_active_appointment_per_patient_doctor_and_day" in str(error):
            raise BookingError(ALREADY.format(name=token.patient.first_name, doctor=slot.doctor.short_name)) from error
        raise


@transaction.atomic
def _reschedule(token: Token, slot: Slot, by: User | None) -> Token:
    appointment = _locked(token)
    if appointment is None or appointment.state not in Appointment.ACTIVE:
        raise BookingError("This visit cannot be moved. Book a new one instead.")
    if appointment.doctor_id != slot.doctor_id:
        raise BookingError("A visit can be moved to another time of the same doctor only.")
    token = appointment.token
    _must_not_be_over(token)
    if slot.mode != token.mode:
        how = Mode(token.mode).label.lower()
        raise BookingError(f"A visit {how} can be moved to another time {how} only. For another way, book a new one.")
    if not slot.doctor.takes_patients:
        raise BookingError(f"{slot.doctor.short_name} takes no bookings at present. Please call the clinic.")
    if token.state not in (State.BOOKED, State.LATE):
        raise BookingError("You are at the clinic already: ask the desk to move you.")
    if appointment.slot_id == slot.pk:
        return token
    lock_in_order([appointment.slot_id, slot.pk])
    take(slot, as_="booked")
    give_back(appointment.slot_id, as_="booked")
    _tidy(appointment.slot)
    left = appointment.slot_id
    if slot.date == appointment.date:
        moved = tokens.reschedule(token=token, due_at=slot.starts_at, by=by, why="Moved to another time.")
    else:
        there = tokens.queue_for(slot.doctor, slot.date)
        moved = tokens.carry_over(token=token, queue=there, due_at=slot.starts_at, by=by)
    appointment.slot, appointment.token = slot, moved
    appointment.date, appointment.starts_at = slot.date, slot.starts_at
    appointment.save(update_fields=["slot", "token", "date", "starts_at"])
    settle_of(appointment, Conflict.State.MOVED, by=by)
    settle_booked(appointment)
    place_freed(left)
    tell(Message.Kind.MOVED, appointment)
    audit.record("appointment.moved", clinic=appointment.doctor.clinic, by=by, about=appointment, token=moved.number)
    return moved


def _tidy(slot: Slot) -> None:
    """A time that was only kept for this visit goes with it, and makes room for those the hours offer there now."""
    if not slot.is_blocked:
        return
    doctor_id, day = slot.doctor_id, slot.date

    # After the commit: the calendar is locked before its slots, never after them.
    def make_the_day_anew() -> None:
        with transaction.atomic():
            rebuild([doctor_id], first=day, last=day)

    transaction.on_commit(make_the_day_anew, robust=True)


def _must_not_be_over(token: Token) -> None:
    """What was on an earlier day is history: nobody rewrites it."""
    if token.queue.is_over:
        raise BookingError("The day of this visit is over. Book a new one instead.")
