"""Visits whose doctor is away now: finding them, telling the patients, keeping an alternative for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from clinics import audit
from clinics.models import User
from doctors.models import Doctor
from notifications.models import Message
from scheduling.errors import BookingError
from scheduling.free import free_slots
from scheduling.models import Appointment, Conflict, Hold, Mode, Sitting, Slot
from scheduling.open_hours import Claim, Source, the_day
from scheduling.services.booking import Terms, book
from scheduling.services.changes import cancel, reschedule
from scheduling.services.holding import hold
from scheduling.services.places import let_go
from scheduling.services.settling import give_up_alternative, settle
from scheduling.services.telling import tell
from scheduling.sources import sources_of

KEPT = timedelta(hours=24)  # an alternative waits for the patient's answer, at most until it begins
CAPACITY = {Mode.CLINIC: "capacity", Mode.TELE: "tele_capacity", Mode.HOME: "home_capacity"}
RELATED = ("doctor__clinic", "doctor__specialty", "slot", "token__queue__clinic", "patient")


def find(doctor_ids: Collection[int], *, first: date, last: date, by: User | None) -> list[Conflict]:
    """After a change of the calendar: list the visits whose doctor is away now, tell their patients, and keep a time
    for each; and strike off those whose doctor is there after all. Returns the new ones, the soonest first."""
    mine = Appointment.objects.active().filter(
        doctor__in=doctor_ids, date__range=(first, last), starts_at__gt=timezone.now()
    )
    for conflict in Conflict.objects.open().filter(appointment__in=_kept(mine)).select_for_update():
        settle(conflict, Conflict.State.RESTORED, by=by)
    left = mine.exclude(pk__in=_kept(mine).values("pk")).exclude(
        Exists(Conflict.objects.open().filter(appointment=OuterRef("pk")))
    )
    found = list(left.select_related(*RELATED).order_by("starts_at"))
    reasons = _reasons(found)
    return [_open(appointment, reasons[appointment.pk], by) for appointment in found]


def lock(doctor_ids: Collection[int]) -> None:
    """Nobody answers a conflict of these doctors while their calendars change."""
    open_ones = Conflict.objects.open().filter(doctor__in=doctor_ids).order_by("pk")
    list(open_ones.select_for_update().values_list("pk"))


def _kept(appointments: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Those whose doctor sits there at their time, in the way they are to be seen."""
    covered = Exists(Slot.objects.filter(pk=OuterRef("slot"), is_blocked=False))
    for mode, capacity in CAPACITY.items():
        sitting = Sitting.objects.filter(
            doctor=OuterRef("doctor"), branch=OuterRef("slot__branch"), starts_at__lte=OuterRef("slot__starts_at"),
            ends_at__gte=OuterRef("slot__ends_at"), **{f"{capacity}__gt": 0},
        )  # fmt: skip
        covered |= Exists(Slot.objects.filter(pk=OuterRef("slot"), mode=mode)) & Exists(sitting)
    return appointments.filter(covered)


def _open(appointment: Appointment, why: str, by: User | None) -> Conflict:
    conflict = Conflict(clinic_id=appointment.clinic_id, doctor=appointment.doctor, appointment=appointment, why=why)
    conflict.alternative = _keep_alternative(conflict)
    conflict.save()
    tell(Message.Kind.AFFECTED, appointment, why=why)
    audit.record("appointment.affected", clinic=appointment.doctor.clinic, by=by, about=appointment, why=why)
    return conflict


def _keep_alternative(conflict: Conflict) -> Hold | None:
    """The doctor's next free time, else one of the same specialty at the same clinic on the same day; nobody's else
    until it is answered."""
    appointment = conflict.appointment
    for slot in _alternatives(appointment):
        lasts = min(KEPT, slot.starts_at - timezone.now())
        try:
            with transaction.atomic():
                return hold(slot=slot, browser=f"conflict-{conflict.pk}", lasts=lasts)
        except BookingError:
            continue  # somebody was quicker
    return None


def _alternatives(appointment: Appointment) -> Iterable[Slot]:
    doctor, old = appointment.doctor, appointment.slot
    free = free_slots(timezone.now()).filter(mode=old.mode).select_related("doctor__clinic", "doctor__specialty")
    yield from free.filter(doctor=doctor, starts_at__gte=old.starts_at)[:2]
    yield from free.filter(doctor=doctor, date=old.date)[:1]
    colleagues = Doctor.objects.active().filter(clinic=doctor.clinic_id, specialty=doctor.specialty_id)
    yield from free.filter(doctor__in=colleagues.exclude(pk=doctor.pk), date=old.date)[:2]


def _reasons(appointments: list[Appointment]) -> dict[object, str]:
    """Why each doctor is away, as the patient reads it."""
    if not appointments:
        return {}
    days = [appointment.date for appointment in appointments]
    sources = sources_of({appointment.doctor_id for appointment in appointments}, min(days), max(days))
    reasons = {}
    for it in appointments:
        wall = it.doctor.clinic.local(it.starts_at).replace(tzinfo=None)
        known = sources.get(it.doctor_id)
        day = the_day(known, it.date) if known else []
        stretch = next((one for one in day if one.starts <= wall < one.ends and one.terms is None), None)
        reasons[it.pk] = _reason(it.doctor, stretch.claim if stretch else None)
    return reasons


def _reason(doctor: Doctor, claim: Claim | None) -> str:
    name = doctor.short_name
    if claim is None:
        return f"The hours of {name} have changed"
    room_is_out = claim.out is not None and claim.out.room_id
    return {
        Source.HOLIDAY: f"The clinic is closed that day: {claim.why}",
        Source.LEAVE: f"{name} is on leave",
        Source.EMERGENCY: f"{name} has been called to an emergency",
        Source.MAINTENANCE: f"{'The room' if room_is_out else 'The equipment'} of {name} cannot be used at that time",
        Source.FORCED: f"{name} cannot see patients at that time",
    }[claim.source]


# ── the answers ───────────────────────────────────────────────────────────────────────────────────────────────
def open_conflict(appointment: Appointment) -> Conflict | None:
    """What still has to be answered about a visit."""
    related = ("alternative__slot", "alternative__doctor__clinic", "appointment__doctor__clinic")
    return Conflict.objects.open().filter(appointment=appointment).select_related(*related).first()


def kept_for(conflict: Conflict) -> Hold | None:
    """The time kept for the patient, while it is."""
    hold = conflict.alternative
    return hold if hold and hold.state == Hold.State.LIVE and not hold.is_expired else None


def wait(*, conflict: Conflict, by: User | None) -> Conflict:
    """Keep the visit as it is: the patient waits for the clinic's word. The alternative is anybody's again."""
    with transaction.atomic():
        locked = _lock(conflict)
        if locked.state == Conflict.State.FOUND:
            locked.state = Conflict.State.WAITING
            locked.save(update_fields=["state"])
            give_up_alternative(locked)
            audit.record("conflict.waits", clinic=locked.clinic, by=by, about=locked)
        return locked


def accept(*, conflict: Conflict, by: User | None) -> Appointment:
    """Move the visit to the time that was kept for it, of the same doctor or of a colleague; both or neither.

    Raises BookingError when that time has been given away.
    """
    with transaction.atomic():
        locked = _lock(conflict)
        kept = Hold.objects.live().select_for_update().filter(pk=locked.alternative_id).first()
        if kept is None:
            raise BookingError("That time is no longer kept for you. Choose another one.")
        appointment = Appointment.objects.select_related(*RELATED).get(pk=locked.appointment_id)
        slot = Slot.objects.select_related("doctor__clinic").get(pk=kept.slot_id)
        if slot.doctor_id == appointment.doctor_id:
            let_go(kept)  # in this transaction the place stays locked: nobody can take it in between
            reschedule(token=appointment.token, slot=slot, by=by)
            return Appointment.objects.select_related("token").get(pk=appointment.pk)
        old = appointment.token
        terms = Terms(old.note or "", old.address or "", is_paid=old.kept_until is None)
        moved = book(hold=kept, patient=appointment.patient, by=by, terms=terms)
        settle(locked, Conflict.State.MOVED, by=by)
        cancel(token=old, by=by, why=f"Moved to {slot.doctor.short_name}.")
        return moved


def _lock(conflict: Conflict) -> Conflict:
    locked = Conflict.objects.select_for_update(of=("self",)).select_related("clinic").get(pk=conflict.pk)
    if locked.state not in Conflict.OPEN:
        raise BookingError("This has been settled already.")
    return locked


def close_past() -> int:
    """Strike off the conflicts whose time has come and gone; returns how many."""
    gone = Conflict.objects.open().filter(appointment__starts_at__lt=timezone.now() - timedelta(hours=12))
    return gone.update(state=Conflict.State.OVER, settled_at=timezone.now())
