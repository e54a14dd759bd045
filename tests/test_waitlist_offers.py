"""What becomes free is offered to whoever joined first: which places, to whom, and until when."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from clinics.models import Clinic
from doctors.models import Doctor
from notifications.models import Message
from scheduling import jobs, services
from scheduling.models import Appointment, Offer, Slot
from scheduling.services import sources
from scheduling.services.offering import answer_by
from scheduling.slots import make_slots
from tests import cast
from tests.clock import Clock, ist
from tests.waiting import GSM_7, TUESDAY, State, call_off, offered_to, state, visit, wait

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_cancelled_place_goes_to_the_first_who_joined_in_the_same_moment(
    client: Any, full: list[Appointment], dr_rao: Doctor, asha: Any, bilal: Any
) -> None:
    first, second = wait(dr_rao, bilal), wait(dr_rao, asha)
    call_off(full[0])
    assert offered_to() == ["Bilal"]
    assert (state(first), state(second)) == (State.OFFERED, State.WAITING)
    slot = Slot.objects.get(pk=full[0].slot_id)
    assert (slot.held, slot.booked) == (1, 0)
    assert "No time is free" in client.get(f"{dr_rao.get_absolute_url()}?day=2026-11-24").content.decode()


def test_the_message_says_what_is_free_until_when_and_where_to_answer(
    full: list[Appointment], dr_rao: Doctor, asha: Any, settings: Any
) -> None:
    wait(dr_rao, asha)
    call_off(full[0])
    message, offer = Message.objects.get(kind=Message.Kind.OFFERED), Offer.objects.get()
    assert message.to == cast.ASHAS_PHONE
    assert message.text == (
        "A place is free: Dr Rao, Tue 24 Nov 10:00 am, Lake Clinic. Yours until 10:20 am: "
        f"{settings.PUBLIC_URL}/offer/{offer.code}/"
    )


def test_the_longest_offer_fits_into_one_message(dr_rao: Doctor, asha: Any, settings: Any, clock: Clock) -> None:
    settings.PUBLIC_URL = "https://www.oozham.example"
    Clinic.objects.update(name="The Sacred Heart of Thiruvananthapuram Medical Mission Hospital")
    Doctor.objects.update(name="K Thiruvananthapurathappanunnikrishnan")
    dr_rao = Doctor.objects.select_related("clinic").get()
    booked = visit(dr_rao, "2026-11-25 10:00")
    clock.set("2026-11-23 23:00")
    wait(dr_rao, asha, first=TUESDAY, last=date(2026, 11, 25))
    call_off(booked)
    text = Message.objects.get(kind=Message.Kind.OFFERED).text
    assert "Yours until 8:30 am tomorrow" in text
    assert len(text) <= 160
    assert set(text) <= GSM_7


def test_only_days_that_suit_are_offered(full: list[Appointment], dr_rao: Doctor, asha: Any, bilal: Any) -> None:
    early = wait(dr_rao, bilal, first=TUESDAY + timedelta(days=1), last=TUESDAY + timedelta(days=3))
    wait(dr_rao, asha)
    call_off(full[0])
    assert offered_to() == ["Asha"]
    assert state(early) == State.WAITING


def test_a_place_that_nobody_waits_for_is_anybodys(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    wait(dr_rao, asha, first=TUESDAY + timedelta(days=1), last=TUESDAY + timedelta(days=1))
    call_off(full[0])
    assert Slot.objects.get(pk=full[0].slot_id).held == 0


def test_a_place_too_soon_to_come_to_is_not_offered(dr_rao: Doctor, asha: Any) -> None:
    soon = visit(dr_rao, "2026-11-23 10:45")
    wait(dr_rao, asha, first=date(2026, 11, 23), last=TUESDAY)
    call_off(soon)
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    ("now", "visit_at", "until"),
    [
        ("2026-11-23 10:00", "2026-11-24 10:00", "2026-11-23 10:20"),
        ("2026-11-23 20:59", "2026-11-24 10:00", "2026-11-23 21:19"),
        ("2026-11-23 21:00", "2026-11-24 10:00", "2026-11-24 08:30"),
        ("2026-11-24 00:10", "2026-11-24 10:00", "2026-11-24 08:30"),
        ("2026-11-24 08:20", "2026-11-24 10:00", "2026-11-24 08:40"),
        ("2026-11-23 23:00", "2026-11-24 08:00", "2026-11-24 07:30"),
    ],
)
def test_there_are_twenty_minutes_to_answer_and_at_night_until_the_morning(
    lake: Any, clock: Clock, now: str, visit_at: str, until: str
) -> None:
    clock.set(now)
    assert answer_by(lake, ist(visit_at)) == ist(until)


def test_a_visit_moved_away_frees_a_place(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    wait(dr_rao, asha)
    other = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-30 10:00"))
    services.reschedule(token=full[0].token, slot=other, by=None)
    assert offered_to() == ["Asha"]


def test_a_hold_given_back_frees_a_place(dr_rao: Doctor, asha: Any) -> None:
    held = services.hold(slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 10:00")), browser="b")
    wait(dr_rao, asha)
    services.release(hold=held)
    assert offered_to() == ["Asha"]


def test_a_browser_that_changes_its_mind_frees_a_place(dr_rao: Doctor, asha: Any) -> None:
    services.hold(slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 10:00")), browser="b")
    wait(dr_rao, asha)
    services.hold(slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-26 10:00")), browser="b")
    assert offered_to() == ["Asha"]


def test_a_hold_that_runs_out_frees_a_place(dr_rao: Doctor, asha: Any, clock: Clock) -> None:
    services.hold(slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 10:00")), browser="b")
    wait(dr_rao, asha)
    clock.pass_(minutes=11)
    jobs.release_expired_holds()
    assert offered_to() == ["Asha"]


def test_new_hours_are_offered_right_after_they_are_made(
    dr_rao: Doctor, asha: Any, bilal: Any, lekha: Any, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    make_slots()
    for patient in (asha, bilal):
        wait(dr_rao, patient)
    asked = []
    monkeypatch.setattr("scheduling.services.offering.enqueue_job", lambda job, *args: asked.append((job, *args)))
    hours = {"doctor": dr_rao, "on": TUESDAY, "starts": time(9), "ends": time(10), "slot_minutes": 60}
    touched = sources.Touched(frozenset({dr_rao.pk}), TUESDAY, TUESDAY)
    with django_capture_on_commit_callbacks(execute=True), sources.changing(touched, by=lekha):
        cast.override(**hours)
    assert asked == [("scheduling.jobs.offer_places", str(dr_rao.pk))]
    assert jobs.offer_places(str(dr_rao.pk)) == 1
    assert offered_to() == ["Asha"]


def test_more_room_goes_to_as_many_in_order(full: list[Appointment], dr_rao: Doctor, asha: Any, bilal: Any) -> None:
    for patient in (bilal, asha):
        wait(dr_rao, patient)
    Slot.objects.update(capacity=2)
    assert jobs.sweep_waitlist() == 2
    assert offered_to() == ["Bilal", "Asha"]
    assert jobs.sweep_waitlist() == 0


def test_a_doctor_who_takes_nobody_offers_nothing(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    wait(dr_rao, asha)
    Doctor.objects.update(is_open_online=False)
    call_off(full[0])
    assert not Offer.objects.exists()
