"""Any days whatever of a waitlist, against a model of it kept in memory: Hypothesis looks for one that goes wrong."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from scheduling import jobs, services
from scheduling.errors import BookingError
from scheduling.models import Appointment, Hold, Offer, Slot, WaitlistEntry
from scheduling.services.offering import ANSWER, NOTICE
from tests import cast
from tests.clock import clock_at, ist
from tests.machines import play

FIRST = date(2026, 11, 24)
DAYS = 3
State = WaitlistEntry.State
whom, days = st.integers(0, 99), st.integers(0, DAYS - 1)


class Waitlist(RuleBasedStateMachine):
    """One doctor with two times a day on three days; people join, cancel, hold, answer or do not, and time goes by."""

    @initialize(joins=st.lists(st.tuples(days, days), min_size=3, max_size=6))
    def open(self, joins: list[tuple[int, int]]) -> None:
        """Every time is booked at the beginning, and some wait."""
        self.transaction, self.time = transaction.atomic(), clock_at(ist("2026-11-23 10:00"))
        self.transaction.__enter__()
        self.clock = self.time.__enter__()
        self.doctor = cast.doctor(clinic=cast.clinic(name="Lake Clinic"))
        self.line: list[WaitlistEntry] = []
        self.holds = 0
        for at in range(DAYS * 2):
            day = FIRST + timedelta(days=at // 2)
            slot = cast.slot(doctor=self.doctor, starts_at=ist(f"{day} 1{at % 2}:00"), booked=1)
            cast.appointment(doctor=self.doctor, patient=cast.patient(phone=None), slot=slot)
        for first, more in joins:
            self.join(first=first, more=more)

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            self.time.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────
    @rule(first=days, more=days)
    def join(self, first: int, more: int) -> None:
        """Somebody new joins, unless a time is free on those days."""
        last = min(first + more, DAYS - 1)
        patient = cast.patient(name=f"Patient {len(self.line)}", phone=f"+91984701{len(self.line):04d}")
        span = {"first": FIRST + timedelta(days=first), "last": FIRST + timedelta(days=last)}
        try:
            entry = services.join_waitlist(doctor=self.doctor, patient=patient, by=None, **span)
        except BookingError:
            return
        self.line.append(entry)

    @precondition(lambda self: Appointment.objects.active().exists())
    @rule(which=whom)
    def cancel(self, which: int) -> None:
        """A visit is called off: its place goes to the first whom it suits, in the same moment."""
        visits = list(Appointment.objects.active().select_related("token__queue__clinic", "slot").order_by("pk"))
        visit = visits[which % len(visits)]
        expected = self.first_for(visit.slot)
        try:
            services.cancel(token=visit.token, by=None, why="")
        except BookingError:
            return  # its day is over
        self.must_be_offered(visit.slot, expected)

    @rule(which=whom)
    def tap(self, which: int) -> None:
        """A passer-by holds what is free."""
        slots = list(Slot.objects.select_related("doctor__clinic").order_by("pk"))
        self.holds += 1
        try:
            services.hold(slot=slots[which % len(slots)], browser=f"b{self.holds}")
        except BookingError:
            return

    @precondition(lambda self: Hold.objects.live().filter(offer=None).exists())
    @rule(which=whom)
    def release(self, which: int) -> None:
        """And gives it back."""
        holds = list(Hold.objects.live().filter(offer=None).select_related("slot").order_by("pk"))
        hold = holds[which % len(holds)]
        expected = self.first_for(hold.slot)
        services.release(hold=hold)
        self.must_be_offered(hold.slot, expected)

    @rule(which=whom)
    def more_room(self, which: int) -> None:
        """A time takes one more."""
        slots = list(Slot.objects.order_by("pk"))
        slot = slots[which % len(slots)]
        Slot.objects.filter(pk=slot.pk).update(capacity=slot.capacity + 1)

    # ── what those in line do ────────────────────────────────────────────────────────────────────────────────
    @precondition(lambda self: Offer.objects.open().exists())
    @rule(which=whom, answer=st.sampled_from(["book", "decline", "leave"]))
    def answer(self, which: int, answer: str) -> None:
        """Whoever has an offer answers it."""
        offers = list(Offer.objects.open().select_related("entry", "hold__slot").order_by("pk"))
        offer = offers[which % len(offers)]
        slot = offer.hold.slot
        if answer == "book":
            try:
                services.accept_offer(offer=offer, by=None)
            except BookingError:  # its time, or its place, is over
                return
            assert Appointment.objects.active().filter(patient=offer.entry.patient, slot=slot).exists()
            return
        expected = self.first_for(slot, but=offer.entry_id)
        was_live = Hold.objects.live().filter(pk=offer.hold_id).exists()
        if answer == "decline":
            services.decline(offer=offer, by=None)
        else:
            services.leave_waitlist(entry=offer.entry, by=None)
        if was_live:
            self.must_be_offered(slot, expected)

    @precondition(lambda self: self.line)
    @rule(which=whom)
    def leave(self, which: int) -> None:
        """Somebody has enough of waiting."""
        services.leave_waitlist(entry=self.line[which % len(self.line)], by=None)

    # ── what the clock does ──────────────────────────────────────────────────────────────────────────────────
    @rule(minutes=st.sampled_from([1, 11, 21, 26, 300, 1500]))
    def time_passes(self, minutes: int) -> None:
        """Deadlines pass, and days."""
        self.clock.pass_(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        """After a sweep nobody waits for a place that is free, and no offer is older than its deadline."""
        jobs.release_expired_holds()
        jobs.sweep_waitlist()
        assert not Offer.objects.over().exists()
        for slot in self.free():
            assert self.first_for(slot) is None, "a free place and somebody whom it suits"
        assert jobs.sweep_waitlist() == 0

    # ── what must hold ───────────────────────────────────────────────────────────────────────────────────────
    @invariant()
    def every_offer_is_a_place_of_its_own(self) -> None:
        """Never two offers for one place, none to somebody whom it does not suit, one each."""
        if not hasattr(self, "doctor"):
            return
        held = Counter(Hold.objects.live().values_list("slot", flat=True))
        for slot in Slot.objects.all():
            assert slot.held == held[slot.pk]
            assert slot.held + slot.booked <= slot.capacity
        offers = list(Offer.objects.open().select_related("entry", "hold__slot"))
        assert len({offer.entry_id for offer in offers}) == len(offers)
        offered = WaitlistEntry.objects.filter(state=State.OFFERED)
        assert {offer.entry_id for offer in offers} == set(offered.values_list("pk", flat=True))
        for offer in Offer.objects.select_related("entry", "hold__slot"):
            assert offer.entry.first <= offer.hold.slot.date <= offer.entry.last
        seen = Offer.objects.values_list("entry", "hold__slot")
        assert len(seen) == len(set(seen)), "offered twice"

    # ── the model ────────────────────────────────────────────────────────────────────────────────────────────
    def free(self) -> Iterator[Slot]:
        """The times that are free and not too soon."""
        for slot in Slot.objects.order_by("starts_at"):
            if slot.starts_at >= self.clock.now + ANSWER + NOTICE and slot.held + slot.booked < slot.capacity:
                yield slot

    def first_for(self, slot: Slot, *, but: Any = None) -> WaitlistEntry | None:
        """Who joined first of those waiting whom a place in this slot suits."""
        if slot.starts_at < self.clock.now + ANSWER + NOTICE:
            return None
        entries = WaitlistEntry.objects.in_bulk([it.pk for it in self.line])
        had_it = set(Offer.objects.filter(hold__slot=slot).values_list("entry", flat=True))
        for it in self.line:
            entry = entries[it.pk]
            suits = entry.first <= slot.date <= entry.last and entry.pk not in had_it
            if entry.state == State.WAITING and suits and entry.pk != but:
                return entry
        return None

    def must_be_offered(self, slot: Slot, expected: WaitlistEntry | None) -> None:
        """The place that was just freed is kept for this one and for nobody else."""
        if expected is not None:
            offer = Offer.objects.open().get(entry=expected)
            assert offer.hold.slot_id == slot.pk


@pytest.mark.django_db
def test_no_waitlist_goes_wrong() -> None:
    play(Waitlist, days=25, presses=30)
