"""Keeping a slot for somebody while they book it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from uuid6 import uuid7

from clinics.compiled import CompiledQuery
from clinics.models import User
from scheduling.models import BookingRules, Hold, Slot
from scheduling.models.hold import PATIENTS_HOLD
from scheduling.services.offering import place_freed
from scheduling.services.places import let_go, lock_in_order, take, taken
from scheduling.services.rules import must_be_open
from tokens import live

EXTENSION = timedelta(minutes=5)  # while a code is on its way; as often as one is sent
LONGEST = timedelta(minutes=20)  # that a place is kept in all
TAPS = 10  # at the same moment in one browser: each time round, one of them is through
TWICE = "one_live_hold_per_browser_and_doctor"

# The place and the hold in one statement: one round trip, and the slot's row is locked no longer than it takes.
_TAP = """
    WITH place AS (
        UPDATE scheduling_slot AS slot SET held = slot.held + 1
        FROM doctors_doctor AS doctor JOIN clinics_clinic AS clinic ON clinic.id = doctor.clinic_id
        WHERE slot.id = %(slot)s AND slot.doctor_id = doctor.id
          AND doctor.slug = %(doctor)s AND clinic.slug = %(clinic)s
          AND doctor.status = 'active' AND doctor.is_open_online AND clinic.status = 'approved'
          AND NOT slot.is_blocked AND slot.starts_at > %(now)s AND slot.capacity > slot.held + slot.booked
          AND NOT EXISTS (SELECT FROM scheduling_hold AS mine WHERE mine.browser = %(browser)s
                          AND mine.doctor_id = slot.doctor_id AND mine.state = 'live')
          AND NOT EXISTS (SELECT FROM scheduling_bookingrules AS rules WHERE rules.clinic_id = slot.clinic_id
                          AND (rules.doctor_id IS NULL OR rules.doctor_id = slot.doctor_id))
        RETURNING slot.id, slot.clinic_id, slot.doctor_id
    )
    INSERT INTO scheduling_hold (id, clinic_id, doctor_id, slot_id, browser, state, created_at, expires_at, is_extended)
    SELECT %(key)s, clinic_id, doctor_id, id, %(browser)s, 'live', %(now)s, %(until)s, false FROM place
    RETURNING doctor_id
"""


def tap(*, clinic: str, doctor: str, slot: int, browser: str) -> UUID | None:
    """Hold a free slot of a doctor (both by their addresses) for a browser that holds nothing with them yet.

    Where a clinic has rules for what patients book, `hold` reads them.
    That is what nearly everybody does, and one statement does it. None when it is not so simple: `hold` then goes
    step by step, and knows what to say.
    """
    key, now = uuid7(), timezone.now()
    given = {"slot": slot, "clinic": clinic, "doctor": doctor, "browser": browser}
    try:
        with connection.cursor() as cursor:
            cursor.execute(_TAP, given | {"key": key, "now": now, "until": now + PATIENTS_HOLD})
            held = cursor.fetchone()
    except IntegrityError as error:  # two taps at once
        if TWICE not in str(error):
            raise
        return None
    if held is None:
        return None
    live.redraw_times(held[0])
    return key


def hold(*, slot: Slot, browser: str, by: User | None = None, lasts: timedelta = PATIENTS_HOLD) -> Hold:
    """Keep a place in a slot for a browser. Its earlier hold with the same doctor is given up, but only for the new.

    Raises SlotTaken, with what is free nearby, when the last place has gone.
    """
    rules = BookingRules.objects.of(slot.doctor) if by is None else None
    if rules is not None:
        must_be_open(slot, rules)
    if not _may_succeed(slot, browser):
        raise taken(slot)
    for more in reversed(range(TAPS)):
        try:
            return _hold(slot, browser, by, lasts)
        except IntegrityError as error:  # two taps at once: the second sees what the first has taken
            if not more or TWICE not in str(error):
                raise
    raise AssertionError("unreachable")


def _may_succeed(slot: Slot, browser: str) -> bool:
    """Whether a slot, as just read, is worth a transaction: when five hundred tap the last place, it is not for most.

    It may have room; or room may come of a hold in it that has run out, or of this browser's own with the doctor.
    """
    if slot.held + slot.booked < slot.capacity:
        return True
    return bool(_HELPING(browser=browser, doctor=slot.doctor_id, slot=slot.pk, now=timezone.now()))


def _helping(browser: str, doctor: int, slot: int, now: datetime) -> QuerySet[Hold]:
    helps = Q(browser=browser, doctor_id=doctor) | Q(slot_id=slot, expires_at__lte=now)
    return Hold.objects.live().filter(helps).order_by().values_list("pk")[:1]


_HELPING = CompiledQuery(_helping)


@transaction.atomic
def _hold(slot: Slot, browser: str, by: User | None, lasts: timedelta) -> Hold:
    mine = held_by(browser, slot.doctor_id)
    if len(mine) == 1 and mine[0].slot_id == slot.pk and not mine[0].is_expired:
        return mine[0]
    if mine:
        lock_in_order([slot.pk, *(it.slot_id for it in mine)])
    for it in mine:
        let_go(it)
    take(slot, as_="held")
    live.redraw_times(slot.doctor_id)
    for it in mine:
        place_freed(it.slot_id)
    now = timezone.now()
    return Hold.objects.create(
        clinic_id=slot.clinic_id, doctor_id=slot.doctor_id, slot=slot, browser=browser, made_by=by,
        created_at=now, expires_at=now + lasts,
    )  # fmt: skip


def held_by(browser: str, doctor_id: int) -> list[Hold]:
    """What a browser holds with a doctor, locked: one place, or those of a basket."""
    mine = Hold.objects.live().filter(browser=browser, doctor=doctor_id)
    return list(mine.order_by("pk").select_for_update())


def extend(*, hold: Hold) -> Hold:
    """Keep a hold, and its basket, for five more minutes while a code is sent, as long as it is alive.

    Beyond 20 minutes nobody is given more, however many codes they ask for.
    """
    now, longest = timezone.now(), hold.created_at + LONGEST
    Hold.objects.live().together_with(hold).order_by().filter(expires_at__gt=now, expires_at__lt=longest).update(
        expires_at=max(hold.expires_at, min(now + EXTENSION, longest)), is_extended=True
    )
    hold.refresh_from_db(fields=["expires_at", "is_extended"])
    return hold


@transaction.atomic
def release(*, hold: Hold) -> None:
    """Give a place back before its time, with the others of its basket: the patient chose not to book."""
    locked = list(Hold.objects.live().together_with(hold).select_for_update())
    if len(locked) > 1:
        lock_in_order([it.slot_id for it in locked])
    for it in locked:
        let_go(it)
    for it in locked:
        place_freed(it.slot_id)


def release_expired(*, limit: int = 1000) -> int:
    """Sweep: release the holds whose time is over, each in its own transaction; two sweepers take different ones."""
    released = 0
    for pk in list(Hold.objects.expired().order_by("expires_at").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            hold = Hold.objects.expired().filter(pk=pk).select_for_update(skip_locked=True).first()
            if hold is not None:
                let_go(hold)
                place_freed(hold.slot_id)
                released += 1
    return released
