"""Families at once: what goes wrong without each protection, and that it does not with it."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from doctors.models import Doctor
from scheduling import services
from scheduling.errors import SlotTaken
from scheduling.models import Appointment, Hold, Slot
from scheduling.services import together
from tests import cast
from tests.racing import at_once, meet_after, meeting, split, without_constraint
from tokens.models import Token

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

FAMILIES = 4


def times(doctor: Doctor, *, many: int, capacity: int = 1, backwards: bool = False) -> list[Slot]:
    """Times side by side, two days ahead, in the order of the clock; their keys may run the other way."""
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    order = reversed(range(many)) if backwards else range(many)
    for at in order:
        cast.slot(doctor=doctor, starts_at=noon + timedelta(minutes=10 * at), capacity=capacity)
    return list(Slot.objects.select_related("doctor__clinic").order_by("starts_at"))


def families_tap(*slots: Slot, people: int = 2) -> tuple[list[list[Hold]], list[Exception]]:
    """Each family, in a browser of its own, taps one of the times."""
    works = [
        lambda slot=slot, at=at: services.hold_together(slot=slot, people=people, browser=f"family {at}")
        for at, slot in enumerate(slots)
    ]
    return split(at_once(*works))


# ── the last places ───────────────────────────────────────────────────────────────────────────────────────────
def look_then_write(monkeypatch: Any) -> None:
    """Take places the naive way: all families have looked before any of them writes, and nothing is locked."""

    def write(slot: Slot, *, as_: str) -> None:
        Slot.objects.filter(pk=slot.pk).update(**{as_: F(as_) + 1})

    monkeypatch.setattr(together, "lock_in_order", lambda slots: None)
    monkeypatch.setattr(together, "take", write)
    meet_after(monkeypatch, together, "_run", FAMILIES)


def test_look_then_write_gives_two_places_to_four_families(monkeypatch: Any, dr_rao: Doctor) -> None:
    look_then_write(monkeypatch)
    slots = times(dr_rao, many=2)
    with without_constraint("scheduling_slot", "slots_are_never_oversold"):
        families_tap(*[slots[0]] * FAMILIES)
        assert [slot.held for slot in Slot.objects.all()] == [FAMILIES] * 2


def test_the_database_refuses_them_and_one_family_has_both(monkeypatch: Any, dr_rao: Doctor) -> None:
    look_then_write(monkeypatch)
    slots = times(dr_rao, many=2)
    held, refused = families_tap(*[slots[0]] * FAMILIES)
    assert len(held) == 1
    assert all(isinstance(error, IntegrityError) and "never_oversold" in str(error) for error in refused)
    assert [slot.held for slot in Slot.objects.all()] == [1, 1]


@pytest.mark.parametrize("backwards", [False, True])
def test_families_whose_times_overlap_have_all_their_places_or_none(dr_rao: Doctor, backwards: bool) -> None:
    slots = times(dr_rao, many=5, backwards=backwards)
    held, refused = families_tap(*slots[:4])
    assert all(isinstance(error, SlotTaken) for error in refused)
    assert 1 <= len(held) <= 2
    for basket in held:
        assert Hold.objects.live().filter(basket=basket[0].basket).count() == 2
    assert sum(slot.held for slot in Slot.objects.all()) == 2 * len(held) == Hold.objects.live().count()


@pytest.mark.parametrize(("capacity", "families"), [(4, 2), (5, 2), (7, 3)])
def test_one_time_with_room_takes_as_many_families_as_fit(dr_rao: Doctor, capacity: int, families: int) -> None:
    (slot,) = times(dr_rao, many=1, capacity=capacity)
    held, refused = families_tap(*[slot] * FAMILIES)
    assert len(held) == families
    assert all(isinstance(error, SlotTaken) for error in refused)
    assert Slot.objects.get().held == 2 * families


# ── the order of locks ────────────────────────────────────────────────────────────────────────────────────────
def two_cross(monkeypatch: Any, dr_rao: Doctor) -> tuple[list[Any], list[Exception]]:
    """A family wants two times by the clock, somebody else locks them by their keys: the other way."""
    early, late = times(dr_rao, many=2, backwards=True)
    meet, taken = meeting(2), together.take

    def take(slot: Slot, *, as_: str) -> None:
        taken(slot, as_=as_)
        meet()

    def by_key() -> None:
        with transaction.atomic():
            list(Slot.objects.select_for_update().filter(pk=late.pk))
            meet()
            list(Slot.objects.select_for_update().filter(pk=early.pk))

    monkeypatch.setattr(together, "take", take)
    return split(at_once(lambda: services.hold_together(slot=early, people=2, browser="family"), by_key))


def test_without_the_order_of_locks_they_wait_for_each_other(monkeypatch: Any, dr_rao: Doctor) -> None:
    monkeypatch.setattr(together, "lock_in_order", lambda slots: None)
    _, refused = two_cross(monkeypatch, dr_rao)
    assert len(refused) == 1
    assert isinstance(refused[0], OperationalError)
    assert "deadlock" in str(refused[0])


def test_with_it_nobody_does(monkeypatch: Any, dr_rao: Doctor) -> None:
    _, refused = two_cross(monkeypatch, dr_rao)
    assert refused == []
    assert [slot.held for slot in Slot.objects.all()] == [1, 1]


# ── one browser ───────────────────────────────────────────────────────────────────────────────────────────────
def one_browser_taps(monkeypatch: Any, slots: list[Slot]) -> None:
    """Two tabs of one browser want a basket each, at different times, before either is committed."""
    meet_after(monkeypatch, together, "held_by", 2)
    at_once(*(lambda slot=slot: services.hold_together(slot=slot, people=2, browser="b") for slot in slots))


def test_without_the_rule_a_browser_has_two_baskets(monkeypatch: Any, dr_rao: Doctor) -> None:
    slots = times(dr_rao, many=4)
    with without_constraint("scheduling_hold", "one_live_hold_per_browser_and_doctor"):
        one_browser_taps(monkeypatch, [slots[0], slots[2]])
        assert Hold.objects.live().count() == 4


def test_with_the_rule_it_has_one(monkeypatch: Any, dr_rao: Doctor) -> None:
    slots = times(dr_rao, many=4)
    one_browser_taps(monkeypatch, [slots[0], slots[2]])
    assert len(set(Hold.objects.live().values_list("basket", flat=True))) == 1
    assert sum(slot.held for slot in Slot.objects.all()) == Hold.objects.live().count() == 2


def test_a_tap_and_a_basket_of_one_browser_leave_one_of_the_two(dr_rao: Doctor) -> None:
    slots = times(dr_rao, many=4)
    tap = {"clinic": "lake-clinic", "doctor": "dr-rao", "slot": slots[3].pk, "browser": "b"}
    _, errors = split(
        at_once(
            lambda: services.hold_together(slot=slots[0], people=2, browser="b"), lambda: services.tap(**tap)
        )
    )  # fmt: skip
    assert errors == []
    assert Hold.objects.live().filter(position=1).count() == 1
    assert sum(slot.held for slot in Slot.objects.all()) == Hold.objects.live().count()


# ── confirming ────────────────────────────────────────────────────────────────────────────────────────────────
def test_twenty_who_confirm_a_basket_at_once_have_one_set_of_tokens(dr_rao: Doctor) -> None:
    slots = times(dr_rao, many=3)
    family = [cast.patient(name=name) for name in ("Asha", "Ammini", "Joel")]
    basket = services.hold_together(slot=slots[0], people=3, browser="b")[0].basket
    confirm = [lambda: services.book_together(basket=basket, patients=family, by=None)] * 20
    answers, errors = split(at_once(*confirm))
    assert errors == []
    assert len({tuple(visit.pk for visit in visits) for visits in answers}) == 1
    assert sorted(Token.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert Appointment.objects.count() == 3


def test_the_numbers_of_each_of_three_families_are_neighbours(dr_rao: Doctor) -> None:
    slots = times(dr_rao, many=6)
    baskets = []
    for at in range(3):
        held = services.hold_together(slot=slots[2 * at], people=2, browser=f"family {at}")
        baskets.append((held[0].basket, [cast.patient(name=f"P {at}", phone=None) for _ in range(2)]))
    visits, errors = split(
        at_once(*(lambda b=b, f=f: services.book_together(basket=b, patients=f, by=None) for b, f in baskets))
    )
    assert errors == []
    numbers = [[visit.token.number for visit in family] for family in visits]
    assert all(second == first + 1 for first, second in numbers)
    assert sorted(itertools.chain(*numbers)) == [1, 2, 3, 4, 5, 6]
