"""Taking and giving back places in slots: conditional updates which the database's own constraints stand behind."""

from collections.abc import Iterable

from django.db.models import F
from django.utils import timezone

from scheduling.errors import BookingError, SlotTaken, say_clock
from scheduling.free import nearest_free
from scheduling.models import Hold, Slot
from tokens import live


def lock_in_order(slots: Iterable[int]) -> None:
    """Lock several slots by key, so that two people swapping times never wait for each other for ever."""
    list(Slot.objects.filter(pk__in=slots).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def take(slot: Slot, *, as_: str) -> None:
    """Take a place in a slot, `as_` held or booked; raises SlotTaken with the nearest free time when there is none."""
    if _take(slot, as_):
        return
    # Full by the counters; holds that have run out may still be counted until the sweep. They keep nobody out.
    if release_expired_in(slot) and _take(slot, as_):
        return
    raise taken(slot)


def _take(slot: Slot, as_: str) -> int:
    """One conditional update: the row's own lock decides who is first, the condition is read under it."""
    return (
        Slot.objects.ahead()
        .filter(pk=slot.pk, is_blocked=False, capacity__gt=F("held") + F("booked"))
        .update(**{as_: F(as_) + 1})
    )


def give_back(slot_id: int, *, as_: str) -> None:
    """Give back a place that was held or booked."""
    Slot.objects.filter(pk=slot_id).update(**{as_: F(as_) - 1})


def let_go(hold: Hold) -> None:
    """Release a locked, live hold, and its place with it."""
    hold.state = Hold.State.RELEASED
    hold.save(update_fields=["state"])
    give_back(hold.slot_id, as_="held")
    live.redraw_times(hold.doctor_id)


def release_expired_in(slot: Slot) -> int:
    """Release the expired holds of one slot; returns how many places that gave back."""
    expired = Hold.objects.expired().filter(slot=slot).select_for_update(skip_locked=True).order_by("pk")
    released = Hold.objects.filter(pk__in=list(expired.values_list("pk", flat=True))).update(state=Hold.State.RELEASED)
    if released:
        Slot.objects.filter(pk=slot.pk).update(held=F("held") - released)
    return released


def taken(slot: Slot) -> BookingError:
    """Say kindly why a slot cannot be had, and what is next."""
    if slot.starts_at <= timezone.now():
        reason = "That time has passed"
    elif slot.is_blocked:
        reason = "The doctor is not free at that time any more"
    else:
        reason = "That time has just been taken"
    nearest = nearest_free(slot.doctor, to=slot)
    if nearest is None:
        return SlotTaken(f"{reason}, and nothing else is free in the coming weeks.")
    clinic = slot.doctor.clinic
    local = clinic.local(nearest.starts_at)
    on = "" if nearest.date == slot.date else f" on {local:%a} {local.day} {local:%b}"
    order = "is next" if nearest.starts_at >= slot.starts_at else "is free"
    return SlotTaken(f"{reason}; {say_clock(local)}{on} {order}.", nearest=nearest)
