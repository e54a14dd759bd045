"""The waitlist, everybody at once: what goes wrong without each protection, and that it does not with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from doctors.models import Doctor
from scheduling import jobs, services
from scheduling.errors import BookingError
from scheduling.models import Appointment, Hold, Offer, Slot, WaitlistEntry
from scheduling.services import offering, waitlist
from tests import cast
from tests.racing import at_once, meet_after, no_lock, split, without_constraint

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

SWEEPERS = 3


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: Any) -> None:
    """What a worker would do, the tests do themselves."""
    monkeypatch.setattr(offering, "enqueue_job", lambda job, *args: None)


def places(doctor: Doctor, *, times: int = 1, capacity: int = 1) -> list[Slot]:
    """Free times, two days ahead: an offer lasts at whatever hour it is made."""
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    return [
        cast.slot(doctor=doctor, starts_at=noon + timedelta(minutes=10 * at), capacity=capacity) for at in range(times)
    ]


def line_of(doctor: Doctor, *, people: int) -> list[WaitlistEntry]:
    """So many wait, of phones of their own."""
    phones = [f"+9198470006{at:02d}" for at in range(people)]
    patients = [cast.patient(name=f"Patient {at}", phone=phone) for at, phone in enumerate(phones)]
    return [cast.waits(doctor=doctor, patient=patient) for patient in patients]


def served() -> list[str]:
    """Who has an offer, in the order of joining."""
    offers = Offer.objects.open().order_by("entry__joined_at", "entry")
    return [offer.entry.patient.name for offer in offers]


# ── the order of joining ──────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def somebody_is_serving(entry: WaitlistEntry) -> Iterator[None]:
    """A colleague has begun to make an offer to somebody, and comes to nothing in the end."""
    begun, over = Event(), Event()

    def serve() -> None:
        with transaction.atomic():
            offering._our_turn(entry.doctor_id, wait=True)
            WaitlistEntry.objects.select_for_update().get(pk=entry.pk)
            begun.set()
            over.wait(10)
        connection.close()

    colleague = Thread(target=serve)
    colleague.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        over.set()
        colleague.join(10)


def test_without_turns_one_who_joined_later_is_served_first(monkeypatch: Any, dr_rao: Doctor) -> None:
    places(dr_rao)
    first, _ = line_of(dr_rao, people=2)
    with somebody_is_serving(first):
        monkeypatch.setattr(offering, "_our_turn", lambda doctor_id, wait: True)
        assert jobs.sweep_waitlist() == 1
    assert served() == ["Patient 1"]


def test_with_turns_whoever_comes_meanwhile_leaves_it_to_the_next_sweep(dr_rao: Doctor) -> None:
    places(dr_rao)
    first, _ = line_of(dr_rao, people=2)
    with somebody_is_serving(first):
        assert jobs.sweep_waitlist() == 0
    assert jobs.sweep_waitlist() == 1
    assert served() == ["Patient 0"]


def test_a_place_that_is_freed_meanwhile_waits_for_nobody_and_is_offered_after(dr_rao: Doctor) -> None:
    slot = places(dr_rao)[0]
    held = services.hold(slot=slot, browser="b")
    first, _ = line_of(dr_rao, people=2)
    with somebody_is_serving(first):
        services.release(hold=held)  # answers at once
        assert served() == []
    assert jobs.offer_places(str(dr_rao.pk)) == 1
    assert served() == ["Patient 0"]


# ── one place, one offer ──────────────────────────────────────────────────────────────────────────────────────
def sweep_without_locks(monkeypatch: Any) -> list[Exception]:
    """Three sweepers have all read who comes next, before any of them writes."""
    monkeypatch.setattr(offering, "_our_turn", lambda doctor_id, wait: True)
    monkeypatch.setattr(QuerySet, "select_for_update", no_lock)
    meet_after(monkeypatch, offering, "take", SWEEPERS)
    return split(at_once(*[jobs.sweep_waitlist] * SWEEPERS))[1]


def test_without_rules_and_locks_one_entry_has_several_offers(monkeypatch: Any, dr_rao: Doctor) -> None:
    places(dr_rao, capacity=SWEEPERS)
    line_of(dr_rao, people=1)
    with (
        without_constraint("scheduling_hold", "one_live_hold_per_browser_and_doctor"),
        without_constraint("scheduling_offer", "one_open_offer_per_entry"),
    ):
        assert sweep_without_locks(monkeypatch) == []
        assert Offer.objects.open().count() == SWEEPERS


def test_the_database_refuses_a_second_offer_for_an_entry(monkeypatch: Any, dr_rao: Doctor) -> None:
    places(dr_rao, capacity=SWEEPERS)
    line_of(dr_rao, people=1)
    errors = sweep_without_locks(monkeypatch)
    assert len(errors) == SWEEPERS - 1
    assert all(isinstance(error, IntegrityError) for error in errors)
    assert served() == ["Patient 0"]
    assert Slot.objects.get().held == 1


@pytest.mark.parametrize("capacity", [1, 3])
def test_three_sweepers_offer_each_place_once_and_in_order(dr_rao: Doctor, capacity: int) -> None:
    places(dr_rao, capacity=capacity)
    line_of(dr_rao, people=5)
    made, errors = split(at_once(*[jobs.sweep_waitlist] * SWEEPERS))
    assert errors == []
    assert sum(made) == capacity
    assert served() == [f"Patient {at}" for at in range(capacity)]
    assert Slot.objects.get().held == capacity


def test_a_tap_and_the_sweep_share_the_last_place_between_them(dr_rao: Doctor) -> None:
    slot = places(dr_rao)[0]
    line_of(dr_rao, people=1)
    tap = {"clinic": "lake-clinic", "doctor": "dr-rao", "slot": slot.pk, "browser": "b"}
    _, errors = split(at_once(jobs.sweep_waitlist, lambda: services.tap(**tap), jobs.sweep_waitlist))
    assert errors == []
    assert Hold.objects.live().count() == 1
    assert Slot.objects.get().held == 1


def test_many_who_cancel_at_once_are_followed_by_as_many_in_line(dr_rao: Doctor) -> None:
    slots = places(dr_rao, times=4)
    Slot.objects.update(booked=1)
    visits = [cast.appointment(doctor=dr_rao, patient=cast.patient(phone=None), slot=slot) for slot in slots]
    line_of(dr_rao, people=6)
    cancel = [lambda visit=visit: services.cancel(token=visit.token, by=None, why="") for visit in visits]
    _, errors = split(at_once(*cancel, jobs.sweep_waitlist))
    assert errors == []
    jobs.offer_places(str(dr_rao.pk))
    assert served() == [f"Patient {at}" for at in range(4)]


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────
def offered(dr_rao: Doctor) -> Offer:
    """The first of two in line has an offer."""
    places(dr_rao)
    line_of(dr_rao, people=2)
    jobs.sweep_waitlist()
    return Offer.objects.get()


def test_six_who_book_an_offer_at_once_have_one_visit(dr_rao: Doctor) -> None:
    offer = offered(dr_rao)
    visits, errors = split(at_once(*[lambda: services.accept_offer(offer=offer, by=None)] * 6))
    assert errors == []
    assert {visit.pk for visit in visits} == {Appointment.objects.get().pk}
    assert (Slot.objects.get().held, Slot.objects.get().booked) == (0, 1)


def test_booked_and_let_go_at_once_it_is_one_of_the_two(dr_rao: Doctor) -> None:
    offer = offered(dr_rao)
    _, errors = split(
        at_once(
            lambda: services.accept_offer(offer=offer, by=None),
            lambda: services.leave_waitlist(entry=offer.entry, by=None),
        )
    )
    assert all(isinstance(error, BookingError) for error in errors)
    slot = Slot.objects.get()
    booked = Appointment.objects.filter(patient=offer.entry.patient).exists()
    assert (slot.booked, slot.held) == ((1, 0) if booked else (0, 1))
    assert served() == ([] if booked else ["Patient 1"])


def test_booked_in_the_moment_it_runs_out_it_is_hers_or_the_next_ones(dr_rao: Doctor) -> None:
    offer = offered(dr_rao)
    past = timedelta(days=1)
    Offer.objects.update(made_at=F("made_at") - past, expires_at=F("made_at") - timedelta(minutes=1))
    _, errors = split(at_once(lambda: services.accept_offer(offer=offer, by=None), *[jobs.sweep_waitlist] * 2))
    assert all(isinstance(error, BookingError) for error in errors)
    jobs.sweep_waitlist()
    slot = Slot.objects.get()
    assert slot.held + slot.booked == 1
    assert served() == ([] if slot.booked else ["Patient 1"])


# ── the seats of a phone ──────────────────────────────────────────────────────────────────────────────────────
def family_joins(monkeypatch: Any, dr_rao: Doctor) -> tuple[list[Any], list[Exception]]:
    """Five of one phone join at once: all of them have looked for a seat before any sits down."""
    day = dr_rao.clinic.today()
    family = [cast.patient(name=f"Patient {at}") for at in range(5)]
    meet_after(monkeypatch, waitlist, "_free_seat", 5)
    who = {"doctor": dr_rao, "first": day, "last": day, "by": None}
    return split(at_once(*(lambda it=it: services.join_waitlist(patient=it, **who) for it in family)))


def test_without_the_rule_a_phone_waits_five_times(monkeypatch: Any, dr_rao: Doctor) -> None:
    with without_constraint("scheduling_waitlistentry", "one_open_entry_per_seat_of_a_phone"):
        joined, _ = family_joins(monkeypatch, dr_rao)
        assert len(joined) == 5


def test_with_the_rule_it_waits_three_times(monkeypatch: Any, dr_rao: Doctor) -> None:
    joined, refused = family_joins(monkeypatch, dr_rao)
    assert sorted(entry.seat for entry in joined) == [1, 2, 3]
    assert all(isinstance(error, BookingError) for error in refused)
