"""Answering an offer: taking it, letting it go, or letting it run out; and how waiting ends."""

from datetime import time
from typing import Any

import pytest

from doctors.models import Doctor
from scheduling import jobs, services
from scheduling.models import Appointment, Hold, Offer, Slot
from scheduling.services import sources
from scheduling.slots import make_slots
from tests import cast
from tests.clock import Clock, ist
from tests.waiting import TUESDAY, State, call_off, offered_to, state, visit, wait
from tokens.models import Token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_one_tap_books_without_a_code(client: Any, offer: Offer) -> None:
    page = client.get(offer.get_absolute_url()).content.decode()
    assert "A place is free for Asha" in page
    assert "Kept for you until 10:20 am." in page
    assert "Thomas" not in page
    answer = client.post(offer.get_absolute_url(), {"answer": "book"})
    token = Token.objects.get(patient=offer.entry.patient)
    assert answer.url == token.get_absolute_url()
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.BOOKED, State.BOOKED)
    slot = offer.hold.slot
    assert (slot.held, slot.booked) == (0, 1)
    assert client.get(offer.get_absolute_url()).url == token.get_absolute_url()


def test_pressed_twenty_times_it_books_once(client: Any, offer: Offer) -> None:
    answers = {client.post(offer.get_absolute_url(), {"answer": "book"}).url for _ in range(20)}
    assert len(answers) == 1
    assert Appointment.objects.filter(patient=offer.entry.patient).count() == 1


def test_declined_it_goes_to_the_next_and_the_place_in_line_is_kept(
    client: Any, offer: Offer, full: list[Appointment]
) -> None:
    page = client.post(offer.get_absolute_url(), {"answer": "decline"}, follow=True).content.decode()
    assert "You let this place go" in page
    assert "Asha is still on the list" in page
    assert offered_to() == ["Bilal"]
    assert jobs.sweep_waitlist() == 0  # the same place is not offered to her again
    call_off(full[1])
    assert offered_to() == ["Bilal", "Asha"]


def test_declined_by_the_last_in_line_it_is_anybodys(
    client: Any, full: list[Appointment], dr_rao: Doctor, asha: Any
) -> None:
    wait(dr_rao, asha)
    call_off(full[0])
    client.post(Offer.objects.get().get_absolute_url(), {"answer": "decline"})
    slot = Slot.objects.get(pk=full[0].slot_id)
    assert slot.held == 0
    assert services.tap(clinic="lake-clinic", doctor="dr-rao", slot=slot.pk, browser="somebody")


def test_an_offer_not_answered_in_time_goes_to_the_next(client: Any, offer: Offer, clock: Clock) -> None:
    clock.pass_(minutes=20)
    jobs.sweep_waitlist()
    assert offered_to() == ["Bilal"]
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.EXPIRED, State.WAITING)
    assert "This place has gone to the next in line" in client.get(offer.get_absolute_url()).content.decode()
    refused = client.post(offer.get_absolute_url(), {"answer": "book"}, follow=True).content.decode()
    assert "That place was kept for you until 10:20" in refused
    assert not Appointment.objects.filter(patient=offer.entry.patient).exists()


def test_between_the_deadline_and_the_sweep_nobody_else_takes_the_place(offer: Offer, clock: Clock) -> None:
    clock.pass_(minutes=21)
    assert services.tap(clinic="lake-clinic", doctor="dr-rao", slot=offer.hold.slot_id, browser="b") is None
    assert services.accept_offer(offer=offer, by=None).patient == offer.entry.patient  # a minute late is not too late


def test_without_a_sweep_for_an_hour_the_place_is_anybodys_and_nothing_is_lost(offer: Offer, clock: Clock) -> None:
    clock.pass_(minutes=60)
    slot = Slot.objects.select_related("doctor__clinic").get(pk=offer.hold.slot_id)
    services.hold(slot=slot, browser="somebody")
    jobs.sweep_waitlist()
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.EXPIRED, State.WAITING)
    assert Slot.objects.get(pk=slot.pk).held == 1


def test_whoever_answers_none_of_three_offers_waits_no_longer(dr_rao: Doctor, asha: Any, clock: Clock) -> None:
    visits = [visit(dr_rao, f"2026-11-24 1{at}:00") for at in range(4)]
    entry = wait(dr_rao, asha)
    for it in visits:
        call_off(it)
        clock.pass_(minutes=20)
        jobs.sweep_waitlist()
    assert state(entry) == State.CLOSED
    assert entry.offers.count() == 3


def test_an_offer_whose_hours_are_gone_is_taken_back(client: Any, offer: Offer) -> None:
    Slot.objects.filter(pk=offer.hold.slot_id).update(is_blocked=True)
    jobs.sweep_waitlist()
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.WITHDRAWN, State.WAITING)
    assert "This place is not free any more" in client.get(offer.get_absolute_url()).content.decode()
    assert Slot.objects.get(pk=offer.hold.slot_id).held == 0


def test_whoever_leaves_with_an_offer_passes_it_on(signed_in: Any, offer: Offer) -> None:
    page = signed_in(cast.phone_user()).get("/me/").content.decode()
    assert "A place is free" in page
    assert offer.get_absolute_url() in page
    signed_in(cast.phone_user()).post(f"/me/wait/{offer.entry_id}/leave/")
    assert state(offer.entry) == State.LEFT
    assert offered_to() == ["Bilal"]


def test_nobody_takes_another_phones_patient_off_the_list(signed_in: Any, offer: Offer) -> None:
    other = signed_in(cast.phone_user(phone=cast.BILALS_PHONE))
    assert other.post(f"/me/wait/{offer.entry_id}/leave/").status_code == 404
    assert state(offer.entry) == State.OFFERED


def test_an_unknown_offer_is_not_there(client: Any) -> None:
    assert client.get("/offer/nothing/").status_code == 404


# ── settling ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_booking_by_any_way_settles_the_entry(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    entry = wait(dr_rao, asha)
    slot = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 18:00"))
    services.book(hold=services.hold(slot=slot, browser="b"), patient=asha, by=None)
    assert state(entry) == State.BOOKED


def test_a_visit_on_another_day_does_not_end_the_waiting(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    entry = wait(dr_rao, asha)
    later = cast.slot(doctor=dr_rao, starts_at=ist("2026-12-05 18:00"))
    services.book(hold=services.hold(slot=later, browser="b"), patient=asha, by=None)
    assert state(entry) == State.WAITING
    earlier = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 18:00"))
    services.reschedule(token=Token.objects.get(patient=asha), slot=earlier, by=None)
    assert state(entry) == State.BOOKED


def test_booking_another_place_than_the_one_offered_passes_that_on(
    offer: Offer, dr_rao: Doctor, django_capture_on_commit_callbacks: Any
) -> None:
    slot = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 18:00"))
    with django_capture_on_commit_callbacks(execute=True):
        held = services.hold(slot=slot, browser="b")
        services.book(hold=held, patient=offer.entry.patient, by=None)
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.WITHDRAWN, State.BOOKED)
    assert offered_to() == ["Bilal"]


def test_days_that_are_over_close_the_entry(full: list[Appointment], dr_rao: Doctor, asha: Any, clock: Clock) -> None:
    entry = wait(dr_rao, asha)
    clock.set("2026-11-24 23:59")
    jobs.sweep_waitlist()
    assert state(entry) == State.WAITING
    clock.set("2026-11-25 00:01")
    jobs.sweep_waitlist()
    assert state(entry) == State.CLOSED


def test_times_that_are_made_anew_keep_what_was_offered(dr_rao: Doctor, asha: Any, lekha: Any) -> None:
    make_slots()
    hours = cast.override(doctor=dr_rao, on=TUESDAY, starts=time(9), ends=time(10), slot_minutes=60)
    touched = sources.touched_by(hours)
    with sources.changing(touched, by=lekha):
        pass
    services.hold(slot=Slot.objects.select_related("doctor__clinic").get(), browser="b")
    wait(dr_rao, asha)
    services.release(hold=Hold.objects.get())
    services.decline(offer=Offer.objects.get(), by=None)
    with sources.changing(touched, by=lekha):
        hours.delete()
    assert Offer.objects.get().state == Offer.State.DECLINED
    assert Slot.objects.get().is_void
