"""Keeping a slot for somebody while they book it."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinics.models import User
from scheduling.models import Hold, Slot
from scheduling.models.hold import PATIENTS_HOLD
from scheduling.services.places import give_back, lock_in_order, take

EXTENSION = timedelta(minutes=5)  # once, while a code is on its way
TAPS = 10  # at the same moment in one browser: each time round, one of them is through


def hold(*, slot: Slot, browser: str, by: User | None = None, lasts: timedelta = PATIENTS_HOLD) -> Hold:
    """Keep a place in a slot for a browser. Its earlier hold with the same doctor is given up, but only for the new.

    Raises SlotTaken, with what is free nearby, when the last place has gone.
    """
    for more in reversed(range(TAPS)):
        try:
            return _hold(slot, browser, by, lasts)
        except IntegrityError as error:  # two taps at once: the second sees what the first has taken
            if not more or "one_live_hold_per_browser_and_doctor" not in str(error):
                raise
    raise AssertionError("unreachable")


@transaction.atomic
def _hold(slot: Slot, browser: str, by: User | None, lasts: timedelta) -> Hold:
    mine = Hold.objects.live().filter(browser=browser, doctor_id=slot.doctor_id).select_for_update().first()
    if mine is not None:
        if mine.slot_id == slot.pk and not mine.is_expired:
            return mine
        lock_in_order([mine.slot_id, slot.pk])
        let_go(mine)
    take(slot, as_="held")
    now = timezone.now()
    return Hold.objects.create(
        clinic_id=slot.clinic_id, doctor_id=slot.doctor_id, slot=slot, browser=browser, made_by=by,
        created_at=now, expires_at=now + lasts,
    )  # fmt: skip


def extend(*, hold: Hold) -> Hold:
    """Give a hold five more minutes while a code is sent: once, and only while it is alive."""
    now = timezone.now()
    Hold.objects.live().filter(pk=hold.pk, is_extended=False, expires_at__gt=now).update(
        expires_at=max(hold.expires_at, now + EXTENSION), is_extended=True
    )
    hold.refresh_from_db(fields=["expires_at", "is_extended"])
    return hold


@transaction.atomic
def release(*, hold: Hold) -> None:
    """Give a place back before its time: the patient chose not to book."""
    locked = Hold.objects.live().filter(pk=hold.pk).select_for_update().first()
    if locked is not None:
        let_go(locked)


def let_go(hold: Hold) -> None:
    """Release a locked, live hold, and its place with it."""
    hold.state = Hold.State.RELEASED
    hold.save(update_fields=["state"])
    give_back(hold.slot_id, as_="held")


def release_expired(*, limit: int = 1000) -> int:
    """Sweep: release the holds whose time is over, each in its own transaction; two sweepers take different ones."""
    released = 0
    for pk in list(Hold.objects.expired().order_by("expires_at").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            hold = Hold.objects.expired().filter(pk=pk).select_for_update(skip_locked=True).first()
            if hold is not None:
                let_go(hold)
                released += 1
    return released
