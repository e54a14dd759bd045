"""How waiting ends: with a visit, by leaving, or with the days; and how an offer ends that was not taken."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from clinics import audit
from clinics.models import User
from scheduling.errors import BookingError
from scheduling.models import Appointment, Hold, Offer, WaitlistEntry
from scheduling.services.offering import place_freed
from scheduling.services.places import let_go

UNANSWERED = 3  # offers, then somebody no longer waits

State = WaitlistEntry.State


def lock_entry(entry_id: UUID) -> WaitlistEntry:
    """An entry, locked: before holds, slots and queues."""
    rows = WaitlistEntry.objects.select_for_update(of=("self",)).select_related("clinic", "doctor__clinic", "patient")
    return rows.get(pk=entry_id)


@transaction.atomic
def leave(*, entry: WaitlistEntry, by: User | None) -> WaitlistEntry:
    """Take somebody off the list; a place that is kept for them goes to the next. Pressed twice, it is done once."""
    locked = lock_entry(entry.pk)
    if locked.state in WaitlistEntry.OPEN:
        _settle(locked, State.LEFT)
        _take_back(locked, Offer.State.DECLINED)
        audit.record("waitlist.left", clinic=locked.clinic, by=by, about=locked)
    return locked


@transaction.atomic
def decline(*, offer: Offer, by: User | None) -> WaitlistEntry:
    """Not this place: it goes to the next in line. Whoever declines keeps their own place in line for other ones."""
    locked = lock_entry(offer.entry_id)
    if Offer.objects.open().filter(pk=offer.pk).exists():
        _wait_on(locked)
        _take_back(locked, Offer.State.DECLINED)
        audit.record("waitlist.declined", clinic=locked.clinic, by=by, about=locked)
    elif Offer.objects.filter(pk=offer.pk, state=Offer.State.BOOKED).exists():
        raise BookingError("You have booked this place already.")
    return locked


def settle_booked(appointment: Appointment) -> None:
    """Whoever has a visit on one of their days waits no longer; in the transaction of the booking.

    Slots and the queue are locked by now, so an entry that somebody else has locked is left to the sweep, and a place
    offered on another of the days is given up after the commit.
    """
    entries = _with_a_visit(WaitlistEntry.objects.open().filter(patient=appointment.patient_id))
    for entry in entries.filter(doctor=appointment.doctor_id).select_for_update(skip_locked=True, of=("self",)):
        offered = entry.offers.open().first()
        if offered is None or offered.hold_id == appointment.hold_id:
            _settle(entry, State.BOOKED)
            entry.offers.open().update(state=Offer.State.BOOKED, answered_at=timezone.now())
        else:
            _settle_after_commit(entry.pk)


def _settle_after_commit(entry_id: UUID) -> None:
    def settle() -> None:
        settle_visits(WaitlistEntry.objects.filter(pk=entry_id))

    transaction.on_commit(settle, robust=True)


def settle_visits(entries: QuerySet[WaitlistEntry] | None = None) -> int:
    """Sweep: settle the entries of those who have a visit on one of their days; returns how many."""
    rows = WaitlistEntry.objects.open() if entries is None else entries.open()
    return sum(_settle_visit(pk) for pk in _with_a_visit(rows).values_list("pk", flat=True))


@transaction.atomic
def _settle_visit(entry_id: UUID) -> bool:
    rows = _with_a_visit(WaitlistEntry.objects.open().filter(pk=entry_id))
    entry = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if entry is None:
        return False
    _settle(entry, State.BOOKED)
    _take_back(entry, Offer.State.WITHDRAWN)
    return True


def end_offers() -> int:
    """Sweep: offers that nobody answered in time, or whose place is gone, end, and the place goes to the next in line
    in the same transaction; returns how many."""
    return sum(_end_offer(entry) for entry in list(Offer.objects.over().values_list("entry", flat=True)))


@transaction.atomic
def _end_offer(entry_id: UUID) -> bool:
    entry = WaitlistEntry.objects.open().filter(pk=entry_id).select_for_update(skip_locked=True).first()
    offer = entry and Offer.objects.over().filter(entry=entry).first()
    if not offer:
        return False
    late = offer.expires_at <= timezone.now()
    unanswered = entry.offers.filter(state=Offer.State.EXPIRED).count() + late
    if unanswered < UNANSWERED:
        _wait_on(entry)
    else:
        _settle(entry, State.CLOSED)
    _take_back(entry, Offer.State.EXPIRED if late else Offer.State.WITHDRAWN)
    return True


def close_past() -> int:
    """Sweep: nobody waits for days that are over; returns how many waited in vain."""
    past = WaitlistEntry.objects.waiting().filter(last__lt=timezone.localdate())
    keys = past.select_for_update(skip_locked=True).values_list("pk", flat=True)
    with transaction.atomic():
        return WaitlistEntry.objects.filter(pk__in=list(keys)).update(state=State.CLOSED, settled_at=timezone.now())


def _with_a_visit(entries: QuerySet[WaitlistEntry]) -> QuerySet[WaitlistEntry]:
    visits = Appointment.objects.active().filter(
        patient=OuterRef("patient"), doctor=OuterRef("doctor"), date__gte=OuterRef("first"), date__lte=OuterRef("last")
    )
    return entries.filter(Exists(visits))


def _settle(entry: WaitlistEntry, state: State) -> None:
    entry.state, entry.settled_at = state, timezone.now()
    entry.save(update_fields=["state", "settled_at"])


def _wait_on(entry: WaitlistEntry) -> None:
    entry.state = State.WAITING
    entry.save(update_fields=["state"])


def _take_back(entry: WaitlistEntry, state: Offer.State) -> None:
    """End the open offer of a locked entry, and offer its place to the next in line."""
    offer = entry.offers.open().first()
    if offer is None:
        return
    offer.state, offer.answered_at = state, timezone.now()
    offer.save(update_fields=["state", "answered_at"])
    kept = Hold.objects.live().filter(pk=offer.hold_id).select_for_update().first()
    if kept is not None:
        let_go(kept)
        place_freed(kept.slot_id)
