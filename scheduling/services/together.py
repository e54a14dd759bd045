"""Several of a family at once: their places are held together and booked together, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import User
from patients.models import Patient
from scheduling.errors import BookingError, SlotTaken
from scheduling.models import Appointment, BookingRules, Hold, Slot
from scheduling.models.hold import FAMILY, PATIENTS_HOLD
from scheduling.services.booking import ALREADY, book_held, tell_booked
from scheduling.services.holding import TAPS, TWICE, held_by
from scheduling.services.offering import place_freed
from scheduling.services.places import let_go, lock_in_order, take, taken
from scheduling.services.rules import must_be_open
from scheduling.together import Run, run_from, slots_of
from tokens import live
from tokens.models import TokenError


def hold_together(*, slot: Slot, people: int, browser: str) -> list[Hold]:
    """Keep places side by side for so many, from a time on; what the browser held with the doctor is given up for them.

    Raises SlotTaken when there are not so many any more; then nothing has changed.
    """
    if not 2 <= people <= FAMILY:
        raise BookingError(f"From two to {FAMILY} of you can be booked together.")
    if rules := BookingRules.objects.of(slot.doctor):
        must_be_open(slot, rules)
    for more in reversed(range(TAPS)):
        try:
            return _hold_together(slot, people, browser)
        except IntegrityError as error:  # two taps at once: the second sees what the first has taken
            if not more or TWICE not in str(error):
                raise
    raise AssertionError("unreachable")


@transaction.atomic
def _hold_together(slot: Slot, people: int, browser: str) -> list[Hold]:
    mine = held_by(browser, slot.doctor_id)
    in_place = sorted(mine, key=lambda it: it.position)
    if len(mine) == people and in_place[0].slot_id == slot.pk and not any(it.is_expired for it in mine):
        return in_place
    wanted = Slot.objects.filter(doctor=slot.doctor_id, date=slot.date, starts_at__gte=slot.starts_at)
    nearby = wanted.order_by("starts_at").values_list("pk", flat=True)[: people + 2]  # another mode may be among them
    lock_in_order([*nearby, *(it.slot_id for it in mine)])
    for it in mine:
        let_go(it)
    run = _run(slot, people)
    if run is None:
        raise taken(slot) if slot.starts_at <= timezone.now() else SlotTaken(
            f"There are not {people} places side by side at that time any more. Choose another time."
        )  # fmt: skip
    held = _keep(run, browser)
    for it in mine:
        place_freed(it.slot_id)
    return held


def _run(slot: Slot, people: int) -> Run | None:
    """The places as they are now, under the locks."""
    day = slots_of(slot.doctor, [slot.date], timezone.now())
    return run_from([it for it in day if it.starts_at >= slot.starts_at], people)


def _keep(run: Run, browser: str) -> list[Hold]:
    basket, now = uuid7(), timezone.now()
    live.redraw_times(run.first.doctor_id)
    holds = []
    for position, slot in enumerate(run.slots, start=1):
        slot.doctor = run.first.doctor
        take(slot, as_="held")
        hold = Hold(
            clinic_id=slot.clinic_id, doctor_id=slot.doctor_id, slot=slot, browser=browser, basket=basket,
            position=position, created_at=now, expires_at=now + PATIENTS_HOLD,
        )  # fmt: skip
        hold.save(force_insert=True)
        holds.append(hold)
    return holds


def book_together(*, basket: UUID, patients: Sequence[Patient], by: User | None) -> list[Appointment]:
    """Confirm the places of a basket, each for one of the family: as many visits and tokens in a row, one message.

    All or nothing. Pressed twenty times, it books once and answers twenty times with the same visits. Raises
    BookingError in words.
    """
    patient = None
    try:
        with transaction.atomic():
            holds = _locked(basket)
            booked = list(_visits(holds))
            if booked:
                return booked
            if len(patients) != len(holds):
                raise BookingError(f"{len(holds)} places are held: choose {len(holds)} people.")
            lock_in_order([hold.slot_id for hold in holds])
            for hold, patient in zip(holds, patients, strict=True):
                booked.append(book_held(hold, patient, by, alone=False))
            tell_booked(booked)
            return booked
    except TokenError as error:
        raise BookingError(f"{patient.first_name}: {error}") from error
    except IntegrityError as error:
        if "one_active_appointment_per_patient_doctor_and_day" in str(error):
            doctor = holds[0].doctor.short_name
            raise BookingError(ALREADY.format(name=patient.first_name, doctor=doctor)) from error
        raise


def _locked(basket: UUID) -> list[Hold]:
    """The holds of a basket, locked by key, in the order of their places."""
    rows = Hold.objects.filter(basket=basket).select_related("slot", "doctor__clinic").order_by("pk")
    holds = sorted(rows.select_for_update(of=("self",)), key=lambda hold: hold.position)
    for hold in holds:
        hold.slot.doctor = hold.doctor
    return holds


def _visits(holds: list[Hold]) -> Sequence[Appointment]:
    """What came of a basket that is booked."""
    rows = Appointment.objects.filter(hold__in=holds).select_related("token")
    return rows.order_by("hold__position")
