"""The calendar, everybody at once: what goes wrong without each protection, and that it does not with it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.db.models import F
from django.utils import timezone

from scheduling import services as calendar
from scheduling.errors import BookingError, SlotTaken
from scheduling.models import Appointment, Hold, Slot
from scheduling.services import changes, holding, places
from tests import cast
from tests.racing import at_once, meet_after, meeting, split, without_constraint
from tokens.models import Token

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

MANY = 6
PAST = timedelta(minutes=11)


# ── the last place ────────────────────────────────────────────────────────────────────────────────────────────
def everybody_taps(slot: Slot) -> tuple[list[Hold], list[Exception]]:
    """Six browsers tap the same time at once."""
    return split(at_once(*(lambda at=at: calendar.hold(slot=slot, browser=f"browser {at}") for at in range(MANY))))


def read_then_write(monkeypatch: Any) -> None:
    """Take a place the naive way: look, then write."""
    meet = meeting(MANY)

    def naive(slot: Slot, as_: str) -> int:
        now = Slot.objects.get(pk=slot.pk)
        if now.held + now.booked >= now.capacity:
            return 0
        meet()
        return Slot.objects.filter(pk=slot.pk).update(**{as_: F(as_) + 1})

    monkeypatch.setattr(places, "_take", naive)


def test_look_then_write_oversells_the_last_place(monkeypatch: Any, dr_rao: Any) -> None:
    read_then_write(monkeypatch)
    slot = cast.slot(doctor=dr_rao)
    with without_constraint("scheduling_slot", "slots_are_never_oversold"):
        held, _ = everybody_taps(slot)
        assert len(held) == MANY
        assert Slot.objects.get().held == MANY


def test_the_database_refuses_what_look_then_write_would_oversell(monkeypatch: Any, dr_rao: Any) -> None:
    read_then_write(monkeypatch)
    held, refused = everybody_taps(cast.slot(doctor=dr_rao))
    assert len(held) == 1
    assert all(isinstance(error, IntegrityError) and "slots_are_never_oversold" in str(error) for error in refused)


@pytest.mark.parametrize("capacity", [1, 3])
def test_the_last_places_go_to_as_many_and_the_others_are_told_what_is_next(dr_rao: Any, capacity: int) -> None:
    slot, next_free = cast.slot(doctor=dr_rao, capacity=capacity), cast.slot(doctor=dr_rao)
    held, refused = everybody_taps(slot)
    assert len(held) == capacity
    assert all(isinstance(error, SlotTaken) and error.nearest == next_free for error in refused)
    slot.refresh_from_db()
    assert (slot.held, slot.booked) == (capacity, 0)


def everybody_taps_at_once(doctor: Any, slot: Slot, *, browsers: int = MANY) -> tuple[list[Any], list[Exception]]:
    """Six taps in one statement each, in as many browsers as are named."""
    where = {"clinic": doctor.clinic.slug, "doctor": doctor.slug, "slot": slot.pk}
    return split(at_once(*(lambda at=at: calendar.tap(**where, browser=f"b {at % browsers}") for at in range(MANY))))


@pytest.mark.parametrize("capacity", [1, 3])
def test_one_statement_gives_the_last_places_to_as_many(dr_rao: Any, capacity: int) -> None:
    slot = cast.slot(doctor=dr_rao, capacity=capacity)
    answers, errors = everybody_taps_at_once(dr_rao, slot)
    assert errors == []
    assert {key for key in answers if key} == set(Hold.objects.values_list("pk", flat=True))
    slot.refresh_from_db()
    assert (slot.held, Hold.objects.count()) == (capacity, capacity)


def test_the_database_refuses_what_a_tap_that_does_not_count_would_oversell(monkeypatch: Any, dr_rao: Any) -> None:
    uncounted = holding._TAP.replace("AND slot.capacity > slot.held + slot.booked", "")
    assert uncounted != holding._TAP
    monkeypatch.setattr(holding, "_TAP", uncounted)
    answers, errors = everybody_taps_at_once(dr_rao, cast.slot(doctor=dr_rao))
    assert sum(bool(key) for key in answers) == 1
    assert len(errors) == MANY - 1
    assert all("slots_are_never_oversold" in str(error) for error in errors)


def test_one_browser_tapping_six_times_at_once_holds_one_place(dr_rao: Any) -> None:
    slot = cast.slot(doctor=dr_rao, capacity=MANY)
    answers, errors = everybody_taps_at_once(dr_rao, slot, browsers=1)
    assert errors == []
    assert sum(bool(key) for key in answers) == 1
    slot.refresh_from_db()
    assert (slot.held, Hold.objects.count()) == (1, 1)


def test_a_tap_costs_two_statements(client: Any, dr_rao: Any, django_assert_num_queries: Any) -> None:
    client.force_login(cast.phone_user())
    other = cast.doctor(clinic=dr_rao.clinic, name="Joseph Kurian")
    client.post(f"{other.get_absolute_url()}hold/", {"slot": cast.slot(doctor=other).pk})  # the browser gets its secret
    slot = cast.slot(doctor=dr_rao)
    with django_assert_num_queries(2):  # the session; the place and the hold
        held = client.post(f"{dr_rao.get_absolute_url()}hold/", {"slot": slot.pk})
    assert held.url == f"/book/{Hold.objects.get(slot=slot).pk}/"


@pytest.mark.parametrize("wrong", ["clinic", "doctor", "blocked", "past", "inactive"])
def test_a_tap_on_what_cannot_be_had_holds_nothing(dr_rao: Any, wrong: str) -> None:
    past = {"starts_at": timezone.now() - timedelta(minutes=1)} if wrong == "past" else {}
    slot = cast.slot(doctor=dr_rao, is_blocked=wrong == "blocked", **past)
    if wrong == "inactive":
        dr_rao.status = dr_rao.Status.INACTIVE
        dr_rao.save()
    where = {"clinic": dr_rao.clinic.slug, "doctor": dr_rao.slug} | (
        {wrong: "other"} if wrong in ("clinic", "doctor") else {}
    )
    assert calendar.tap(**where, slot=slot.pk, browser="a") is None
    slot.refresh_from_db()
    assert (slot.held, Hold.objects.count()) == (0, 0)


def test_a_place_whose_hold_ran_out_goes_to_one_of_six(dr_rao: Any) -> None:
    slot = cast.slot(doctor=dr_rao)
    old = calendar.hold(slot=slot, browser="gone")
    Hold.objects.filter(pk=old.pk).update(created_at=F("created_at") - PAST, expires_at=F("expires_at") - PAST)
    held, refused = everybody_taps(slot)
    assert len(held) == 1
    assert all(isinstance(error, SlotTaken) for error in refused)
    slot.refresh_from_db()
    assert slot.held == 1


def test_two_sweepers_give_a_place_back_once(dr_rao: Any) -> None:
    slots = [cast.slot(doctor=dr_rao) for _ in range(5)]
    for slot in slots:
        calendar.hold(slot=slot, browser=f"browser {slot.pk}")
    Hold.objects.update(created_at=F("created_at") - PAST, expires_at=F("expires_at") - PAST)
    assert sum(at_once(*[calendar.release_expired] * 3)) == 5
    assert {slot.held for slot in Slot.objects.all()} == {0}


# ── two tabs of one browser ───────────────────────────────────────────────────────────────────────────────────
def tabs_tap(monkeypatch: Any, slots: list[Slot]) -> tuple[list[Hold], list[Exception]]:
    """One browser taps a different time in each tab, all of them before any is committed."""
    meet_after(monkeypatch, calendar.holding, "take", len(slots))
    return split(at_once(*(lambda slot=slot: calendar.hold(slot=slot, browser="one browser") for slot in slots)))


def test_without_the_rule_two_tabs_keep_two_times(monkeypatch: Any, dr_rao: Any) -> None:
    slots = [cast.slot(doctor=dr_rao) for _ in range(2)]
    with without_constraint("scheduling_hold", "one_live_hold_per_browser_and_doctor"):
        tabs_tap(monkeypatch, slots)
        assert sum(slot.held for slot in Slot.objects.all()) == 2


@pytest.mark.parametrize("tabs", [2, MANY])
def test_with_the_rule_many_tabs_keep_one_time(monkeypatch: Any, dr_rao: Any, tabs: int) -> None:
    slots = [cast.slot(doctor=dr_rao) for _ in range(tabs)]
    held, refused = tabs_tap(monkeypatch, slots)
    assert refused == []
    assert len(held) == tabs
    kept = Hold.objects.live().get()
    assert {slot.pk: slot.held for slot in Slot.objects.all()} == {s.pk: int(s.pk == kept.slot_id) for s in slots}


def test_a_double_tap_holds_one_place(dr_rao: Any) -> None:
    slot = cast.slot(doctor=dr_rao, capacity=5)
    held = at_once(*[lambda: calendar.hold(slot=slot, browser="one browser")] * MANY)
    assert {hold.pk for hold in held} == {Hold.objects.get().pk}
    slot.refresh_from_db()
    assert slot.held == 1


# ── swapping times ────────────────────────────────────────────────────────────────────────────────────────────
def both_move(monkeypatch: Any, dr_rao: Any) -> tuple[list[Token], list[Exception]]:
    """Asha moves to Bilal's time while he moves to hers; there is room for both in each."""
    first, second = cast.slot(doctor=dr_rao, capacity=2, booked=1), cast.slot(doctor=dr_rao, capacity=2, booked=1)
    asha = cast.appointment(doctor=dr_rao, patient=cast.patient(), slot=first).token
    bilal = cast.appointment(doctor=dr_rao, patient=cast.patient(phone=None), slot=second).token
    meet_after(monkeypatch, changes, "take", 2)
    return split(
        at_once(
            lambda: calendar.reschedule(token=asha, slot=second, by=None),
            lambda: calendar.reschedule(token=bilal, slot=first, by=None),
        )
    )


def test_without_the_order_of_locks_two_who_swap_wait_for_each_other(monkeypatch: Any, dr_rao: Any) -> None:
    monkeypatch.setattr(changes, "lock_in_order", lambda slots: None)
    moved, refused = both_move(monkeypatch, dr_rao)
    assert len(moved) == 1
    assert all(isinstance(error, OperationalError) and "deadlock" in str(error) for error in refused)


def test_with_it_both_have_moved(monkeypatch: Any, dr_rao: Any) -> None:
    moved, refused = both_move(monkeypatch, dr_rao)
    assert refused == []
    assert len(moved) == 2
    assert [slot.booked for slot in Slot.objects.all()] == [1, 1]


# ── one day, one visit ────────────────────────────────────────────────────────────────────────────────────────
def test_a_patient_books_two_times_of_a_day_at_once_and_has_one(dr_rao: Any, asha: Any) -> None:
    noon = timezone.localtime().replace(hour=12) + timedelta(days=1)
    slots = [cast.slot(doctor=dr_rao, starts_at=noon + timedelta(minutes=10 * at)) for at in range(2)]
    holds = [calendar.hold(slot=slot, browser=f"browser {slot.pk}") for slot in slots]
    booked, refused = split(at_once(*(lambda h=h: calendar.book(hold=h, patient=asha, by=None) for h in holds)))
    (error,) = refused
    assert isinstance(error, BookingError)
    assert "already has" in str(error)
    assert [type(it) for it in booked] == [Appointment]
    assert Slot.objects.filter(booked=1).count() == 1


def test_who_has_lost_the_last_place_costs_no_transaction(dr_rao: Any, django_assert_num_queries: Any) -> None:
    slot = cast.slot(doctor=dr_rao)
    cast.slot(doctor=dr_rao)
    calendar.hold(slot=slot, browser="first")
    slot = Slot.objects.select_related("doctor__clinic").get(pk=slot.pk)
    with django_assert_num_queries(3), pytest.raises(SlotTaken):  # rules; a hold that helps; what is free nearby
        calendar.hold(slot=slot, browser="second")
