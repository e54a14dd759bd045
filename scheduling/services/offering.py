"""Offering places that were freed to those who wait, the first in line first: the place is held, the patient told.

One at a time makes offers of a doctor's places (`_our_turn`), or one who joined later could be served before one who
joined earlier. In a transaction that frees a place, the lock is never waited for: it holds a slot by then, and whoever
makes offers may be waiting for that. The job after the commit does wait. Entries are locked after it, before holds.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from clinics import audit
from clinics.models import Clinic
from doctors.models import Doctor
from notifications import outbox
from notifications.jobs import enqueue_job
from notifications.models import Message
from scheduling.errors import BookingError, say_clock
from scheduling.free import free_slots
from scheduling.models import Appointment, Hold, Mode, Offer, Slot, WaitlistEntry
from scheduling.services.places import take

ANSWER = timedelta(minutes=20)  # to answer an offer, in the day
EVENING, MORNING = time(21), time(8, 30)  # an offer of the night may be answered until the morning
NOTICE = timedelta(minutes=30)  # from the last moment to answer to the visit: somebody has to get there
GRACE = timedelta(minutes=5)  # a place is kept longer than its offer: the next in line comes before the passer-by
AT_MOST = 200  # offers a turn, of one doctor
TRIED = 5  # of those in line, should the first just be leaving

_TURN = {True: "SELECT pg_advisory_xact_lock(%s), true", False: "SELECT NULL, pg_try_advisory_xact_lock(%s)"}
_KEY = 0x0F7E2 << 40  # apart from the locks on phones


def place_freed(slot_id: int) -> None:
    """A place in a slot, locked by the caller, was given back: offer it in the same transaction to the first in line.

    So nobody else sees it in between. Where somebody is making offers of this doctor just now, the job after the
    commit comes in its turn.
    """
    waiting = _who_fits(slot_id=slot_id)
    first = waiting.first()
    if first is None:
        return
    if not _our_turn(first.doctor_id, wait=False):
        offer_soon([first.doctor_id])
        return
    _offer_to_first(waiting)


def offer_places(doctor_id: int, *, wait: bool = True) -> int:
    """Offer what is free with a doctor to those who wait; returns how many offers were made.

    May run any number of times: what is offered is held, and whoever has an offer does not wait. A transaction for
    each, since slots are locked by key.
    """
    passed: set[UUID] = set()
    for made in range(AT_MOST):
        with transaction.atomic():
            if not _our_turn(doctor_id, wait=wait):
                return made
            if _offer_to_first(_who_fits(doctor_id=doctor_id).exclude(pk__in=passed), passed) is None:
                return made
    return AT_MOST


def doctors_to_offer() -> list[int]:
    """The doctors with a free place that suits somebody who waits."""
    return list(_who_fits().order_by("doctor").values_list("doctor", flat=True).distinct())


def offer_soon(doctor_ids: Collection[int]) -> None:
    """After the commit, let a worker offer what is free with these doctors; with Redis away the sweep does."""

    def enqueue() -> None:
        waited_for = WaitlistEntry.objects.waiting().filter(doctor__in=doctor_ids)
        for doctor_id in waited_for.order_by().values_list("doctor", flat=True).distinct():
            enqueue_job("scheduling.jobs.offer_places", str(doctor_id))

    transaction.on_commit(enqueue, robust=True)


def answer_by(clinic: Clinic, starts_at: datetime) -> datetime:
    """Until when an offer made now may be answered: twenty minutes, at night until the morning, in time to come."""
    now = timezone.now()
    local = clinic.local(now)
    until = now + ANSWER
    if local.time() >= EVENING:
        until = datetime.combine(local.date() + timedelta(days=1), MORNING, clinic.tz)
    elif local.time() < MORNING:
        until = max(until, datetime.combine(local.date(), MORNING, clinic.tz))
    return min(until, starts_at - NOTICE)


def _our_turn(doctor_id: int, *, wait: bool) -> bool:
    """Nobody else makes offers of this doctor's places until we are committed."""
    with connection.cursor() as cursor:
        cursor.execute(_TURN[wait], [_KEY + doctor_id])
        return cursor.fetchone()[1]


def _who_fits(*, doctor_id: int | None = None, slot_id: int | None = None) -> QuerySet[WaitlistEntry]:
    """Those whom some free place suits, in line, each with the first such `slot`."""
    now = timezone.now()
    free = free_slots(now).filter(
        doctor=OuterRef("doctor"), mode=Mode.CLINIC, starts_at__gte=now + ANSWER + NOTICE,
        date__gte=OuterRef("first"), date__lte=OuterRef("last"),
    )  # fmt: skip
    waiting = WaitlistEntry.objects.waiting().filter(
        doctor__status=Doctor.Status.ACTIVE, doctor__is_open_online=True, clinic__status=Clinic.Status.APPROVED
    )
    if slot_id is not None:
        free = free.filter(pk=slot_id)
        waiting = waiting.filter(doctor__in=Slot.objects.filter(pk=slot_id).values("doctor"))
    if doctor_id is not None:
        waiting = waiting.filter(doctor=doctor_id)
    offered = Offer.objects.filter(entry=OuterRef(OuterRef("pk")), hold__slot=OuterRef("pk"))
    visits = Appointment.objects.active().filter(
        patient=OuterRef(OuterRef("patient")), doctor=OuterRef("doctor"), date=OuterRef("date")
    )
    free = free.exclude(Exists(offered)).exclude(Exists(visits))
    return waiting.annotate(slot=Subquery(free.values("pk")[:1])).exclude(slot=None).in_line()


def _offer_to_first(waiting: QuerySet[WaitlistEntry], passed: set[UUID] | None = None) -> Offer | None:
    """Hold the place for the first of those it suits, and tell them.

    None when it suits nobody. Whoever is just leaving, or loses the place to a quicker browser, is noted in `passed`.
    """
    for entry in waiting[:TRIED]:
        mine = WaitlistEntry.objects.waiting().filter(pk=entry.pk).select_for_update(skip_locked=True, of=("self",))
        locked = mine.select_related("doctor__clinic", "patient", "clinic").first()
        try:
            if locked is not None:
                with transaction.atomic():
                    return _offer(locked, Slot.objects.get(pk=entry.slot))
        except BookingError:
            pass
        if passed is not None:
            passed.add(entry.pk)
    return None


def _offer(entry: WaitlistEntry, slot: Slot) -> Offer:
    slot.doctor = entry.doctor
    take(slot, as_="held")
    now, until = timezone.now(), answer_by(entry.clinic, slot.starts_at)
    hold = Hold.objects.create(
        clinic_id=slot.clinic_id, doctor=entry.doctor, slot=slot, browser=entry.browser, created_at=now,
        expires_at=until + GRACE,
    )  # fmt: skip
    offer = Offer.objects.create(clinic_id=slot.clinic_id, entry=entry, hold=hold, made_at=now, expires_at=until)
    entry.state = WaitlistEntry.State.OFFERED
    entry.save(update_fields=["state"])
    _tell(entry, offer, slot)
    audit.record("waitlist.offered", clinic=entry.clinic, by=None, about=entry, slot=slot.pk)
    return offer


def _tell(entry: WaitlistEntry, offer: Offer, slot: Slot) -> None:
    """One message of 160 characters at most: long names of doctors and clinics are cut."""
    clinic = entry.clinic
    at, until = clinic.local(slot.starts_at), clinic.local(offer.expires_at)
    tomorrow = "" if until.date() == clinic.today() else " tomorrow"
    outbox.write(
        Message.Kind.OFFERED, to=entry.patient.phone, clinic=clinic, useful_until=offer.expires_at,
        doctor=entry.doctor.short_name[:18], day=f"{at:%a} {at.day} {at:%b}", time=_am_or_pm(at),
        place=clinic.name[:20].strip(), until=_am_or_pm(until) + tomorrow,
        link=settings.PUBLIC_URL + offer.get_absolute_url(),
    )  # fmt: skip


def _am_or_pm(moment: datetime) -> str:
    return say_clock(moment) + ("" if moment.hour >= 12 else " am")
