"""Reception's whole day through its pages: who is known, where the doctor is, other places, other doctors, the end."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics.models import AuditEvent, Clinic
from notifications.models import Message
from patients.models import Patient
from scheduling.models import Appointment, Block, Conflict
from scheduling.services import close_days
from scheduling.slots import make_slots
from tests import cast
from tests.clock import clock_at
from tests.desk import add, at, refusing, state_of
from tests.waiting_room import booked, press, queue, walk_in
from tokens import services
from tokens.models import Queue, ReservedNumber, Token
from tokens.states import State

pytestmark = pytest.mark.django_db


def page(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def kurian(lake: Clinic) -> Queue:
    """Dr Kurian's queue, in the next room."""
    return queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))


# ── somebody known ────────────────────────────────────────────────────────────────────────────────────────────
def known(desk: Any, room: Queue, **typed: str) -> str:
    return page(desk.get(f"{at(room)}known/", typed))


def test_somebody_who_has_been_here_is_found_by_the_beginning_of_a_name(desk: Any, room: Queue, reena: Any) -> None:
    walk_in(queue=room, name="Ravi Kumar", by=reena)
    walk_in(queue=room, name="Meera Ravindran", by=reena)
    assert "Ravi Kumar" in known(desk, room, name="kum")
    assert known(desk, room, name="ravi").count("<li>") == 2
    assert known(desk, room, name="ra") == "", "two letters fit too many"
    assert known(desk, room, name="nobody") == ""


def test_a_whole_mobile_number_finds_its_family(desk: Any, room: Queue, asha: Any) -> None:
    booked(queue=room, patient=asha)
    cast.patient(name="Ammini Thomas", registered_at=room.clinic)
    found = known(desk, room, name="", phone="98470 00112")
    assert "Asha Thomas" in found
    assert "Ammini Thomas" in found
    assert "Asha" not in known(desk, room, name="amm", phone="9847000112")


def test_patients_of_another_clinic_are_not_known_here(desk: Any, room: Queue, dr_hari: Any, bilal: Any) -> None:
    booked(queue=queue(doctor=dr_hari), patient=bilal)
    assert known(desk, room, name=bilal.name) == ""
    assert known(desk, room, name="", phone="9847000223") == ""


def test_who_was_found_while_typing_is_not_written_down_twice(desk: Any, room: Queue, reena: Any) -> None:
    before = walk_in(queue=room, name="Ravi Kumar", by=reena)
    services.cancel(token=before, by=reena, why="went home")
    add(desk, room, name="Ravi Kumar", patient=str(before.patient_id))
    assert Patient.objects.count() == 1
    assert room.tokens.get(number=2).patient_id == before.patient_id


def test_a_patient_of_another_clinic_is_not_taken_by_a_made_up_key(desk: Any, room: Queue, dr_hari: Any) -> None:
    strange = cast.patient(name="Hill Patient", registered_at=dr_hari.clinic)
    add(desk, room, name="Ravi Kumar", patient=str(strange.pk))
    assert room.tokens.get().patient.name == "Ravi Kumar"


# ── numbers kept back ─────────────────────────────────────────────────────────────────────────────────────────
def test_numbers_are_kept_back_and_given_by_choice(desk: Any, room: Queue) -> None:
    press(desk, "reserve", room, data={"how_many": "2", "purpose": "vip", "note": "the collector"})
    shown = page(desk.get(at(room)))
    assert "kept 1–2 VIP" in shown
    assert "1, kept: VIP, the collector" in shown
    add(desk, room, name="Ravi Kumar")
    add(desk, room, name="Collector Sahib", number="2")
    assert dict(room.tokens.values_list("number", "kind")) == {3: "walkin", 2: "walkin"}
    assert ReservedNumber.objects.get(number=2).token.patient.name == "Collector Sahib"


def test_a_phone_booking_takes_the_numbers_kept_for_the_phone_until_they_are_gone(desk: Any, room: Queue) -> None:
    press(desk, "reserve", room, data={"how_many": "1", "purpose": "phone"})
    phone = {"kind": "phone", "phone": "98470 00556"}
    add(desk, room, name="Fathima Salim", **phone)
    assert room.tokens.get().number == 1
    answer = add(desk, room, name="Another Caller", live=True, **(phone | {"phone": "98470 00557"}))
    assert "All numbers kept for a phone booking are given" in page(answer)
    assert 'value="Another Caller"' in page(answer), "what was typed is kept"
    add(desk, room, name="Another Caller", number="next", **(phone | {"phone": "98470 00557"}))
    assert room.tokens.count() == 2


@refusing
def test_nonsense_is_kept_back_for_nobody(desk: Any, room: Queue) -> None:
    for typed, said in (
        ({"how_many": "x", "purpose": "vip"}, "Keep 1 to 100"),
        ({"how_many": "2", "purpose": "friends"}, "Say what the numbers are kept for"),
    ):
        assert said in page(press(desk, "reserve", room, data=typed, live=True))
    assert not ReservedNumber.objects.exists()


# ── where the doctor is ───────────────────────────────────────────────────────────────────────────────────────
def test_a_break_is_one_tap_and_says_until_when(desk: Any, room: Queue) -> None:
    with clock_at("2026-11-24 10:00"):
        here = services.current_queue(room.doctor)
        answer = page(press(desk, "state", here, data={"state": "on_break:20"}, live=True))
        assert "on a break until 10:20 am" in answer
        assert "away until 10:20" in answer
        assert "Undo" in answer


def test_running_late_is_one_tap_and_everybody_on_the_way_is_told(desk: Any, room: Queue, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    answer = page(press(desk, "running_late", room, data={"minutes": "20"}, live=True))
    assert "runs 20 min late" in answer
    assert "booked for" in page(Client().get(token.get_absolute_url()))
    assert "runs about 20 min late; your place is the same" in page(Client().get(token.get_absolute_url()))
    assert Message.objects.filter(kind="delayed").count() == 1


@refusing
@pytest.mark.parametrize(
    ("name", "typed"),
    [("running_late", {"minutes": "late"}), ("running_late", {"minutes": "999"}), ("state", {"state": "asleep"})],
)
def test_nonsense_about_the_doctor_changes_nothing(desk: Any, room: Queue, name: str, typed: dict[str, str]) -> None:
    before = Queue.objects.values().get(pk=room.pk)
    assert press(desk, name, room, data=typed, live=True).status_code == 200
    assert Queue.objects.values().get(pk=room.pk) == before


# ── one token ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_moving_somebody_by_hand_needs_a_reason_and_both_can_read_why(desk: Any, room: Queue, reena: Any) -> None:
    tokens = [walk_in(queue=room, name=name, by=reena) for name in ("Ravi Kumar", "Meera Nair")]
    assert press(desk, "place", room, 2, data={"before": "1", "why": ""}, at="2").url == f"{at(room)}2/"
    press(desk, "place", room, 2, data={"before": "1", "why": "Meera is in pain"}, at="2")
    assert list(room.tokens.in_line().in_calling_order().values_list("number", flat=True)) == [2, 1]
    assert "Moved by Reena: Meera is in pain." in page(desk.get(f"{at(room)}2/"))
    assert "2 goes before by hand." in page(desk.get(f"{at(room)}1/"))
    his = page(Client().get(tokens[0].get_absolute_url()))
    assert "The clinic let 1 person go in before you" in his
    assert "Meera" not in his


def test_a_note_of_the_desk_reaches_the_doctor_and_nobody_else(
    desk: Any, room: Queue, rao: Any, reena: Any, signed_in: Any
) -> None:
    token = walk_in(queue=room, name="Ravi Kumar", by=reena)
    press(desk, "note", room, 1, data={"note": "allergic to penicillin"})
    services.call_next(queue=room, by=reena, seen=None)
    assert "allergic to penicillin" in page(signed_in(rao).get("/today/"))
    assert "penicillin" not in page(Client().get(token.get_absolute_url()))


def test_a_walk_in_with_a_booking_becomes_one_token(desk: Any, room: Queue, asha: Any, reena: Any) -> None:
    booking = booked(queue=room, patient=asha)
    walk = walk_in(queue=room, name="Asha", by=reena)
    assert "Has a booking after all?" in page(desk.get(f"{at(room)}{walk.number}/"))
    press(desk, "merge", room, walk.number, data={"into": str(booking.number)})
    assert (state_of(booking), state_of(walk)) == (State.WAITING, State.CANCELLED)
    assert "This visit was moved." in page(Client().get(walk.get_absolute_url()))


def test_a_patient_goes_to_another_doctor_with_booking_and_history(
    desk: Any, room: Queue, kurian: Queue, asha: Any
) -> None:
    slot = cast.slot(doctor=room.doctor, booked=1)
    visit = cast.appointment(doctor=room.doctor, patient=asha, slot=slot)
    Token.objects.filter(pk=visit.token_id).update(queue=room, number=1)
    Queue.objects.filter(pk=room.pk).update(last_number=1)
    answer = desk.post(f"{at(room)}1/transfer/", {"to": "dr-kurian", "why": "knows the skin"}, follow=True)
    assert "Asha Thomas is token 1 with Dr Kurian now." in page(answer)
    visit.refresh_from_db()
    assert visit.token.queue_id == kurian.pk
    assert visit.state == Appointment.State.CONFIRMED
    shown = page(desk.get(f"{at(kurian)}1/"))
    assert "From Dr Rao, token 1. knows the skin" in shown


@refusing
def test_nobody_is_sent_to_a_closed_day(desk: Any, room: Queue, kurian: Queue, reena: Any) -> None:
    token = walk_in(queue=room, by=reena)
    services.close_day(queue=kurian, by=reena)
    answer = desk.post(f"{at(room)}1/transfer/", {"to": "dr-kurian"}, follow=True)
    assert "The day of Dr Kurian is closed" in page(answer)
    assert state_of(token) == State.WAITING


def test_a_follow_up_is_suggested_on_the_patients_page(desk: Any, room: Queue, reena: Any) -> None:
    token = walk_in(queue=room, name="Ravi Kumar", by=reena)
    services.call_next(queue=room, by=reena, seen=None)
    press(desk, "follow_up", room, 1, data={"days": "14"})
    services.complete(queue=room, by=reena, seen=1)
    shown = page(Client().get(token.get_absolute_url()))
    assert "would like to see you again about" in shown
    assert re.search(r"/c/lake-clinic/dr-rao/\?day=\d{4}-\d\d-\d\d", shown)


def test_an_emergency_without_a_reason_where_the_clinic_wants_one_is_not_put_first(desk: Any, room: Queue) -> None:
    typed = {"name": "Ravi Kumar", "why": "", "once": "0d6c3b2e-6f0b-4c1f-9a5a-3f2b6a1d9e00"}
    assert "Say why this patient goes first." in page(press(desk, "emergency", room, data=typed, live=True))
    assert not room.tokens.exists()
    Clinic.objects.update(emergency_needs_reason=False)
    press(desk, "emergency", room, data=typed, live=True)
    assert room.tokens.get().is_first


# ── the end of the day ────────────────────────────────────────────────────────────────────────────────────────
def test_closing_shows_who_is_left_then_marks_them_and_tells_the_figures(
    desk: Any, room: Queue, asha: Any, reena: Any
) -> None:
    visit = cast.appointment(doctor=room.doctor, patient=asha, slot=cast.slot(doctor=room.doctor, booked=1))
    Token.objects.filter(pk=visit.token_id).update(queue=room, number=1)
    Queue.objects.filter(pk=room.pk).update(last_number=1)
    walk_in(queue=room, by=reena)
    services.call_next(queue=room, by=reena, seen=None)
    assert "1 is still here" in page(desk.get(f"{at(room)}close/"))
    assert "still here" in page(desk.post(f"{at(room)}close/", follow=True))
    services.complete(queue=room, by=reena, seen=2)
    shown = page(desk.get(f"{at(room)}close/"))
    assert "Will be marked as not come 1" in shown
    assert "Asha Thomas" in shown
    answer = page(desk.post(f"{at(room)}close/", follow=True))
    assert "The day is closed. 1 did not come." in answer
    assert "1 seen, 1 did not come, 0 cancelled" in answer
    visit.refresh_from_db()
    assert visit.state == Appointment.State.MISSED
    assert "you had not come" in page(Client().get(visit.token.get_absolute_url()))
    assert AuditEvent.objects.filter(action="day.closed").count() == 1
    assert "open again" in page(desk.post(f"{at(room)}reopen/", follow=True))


def test_days_that_are_over_close_by_themselves_once(dr_rao: Any, asha: Any, reena: Any) -> None:
    with clock_at("2026-11-23 19:00") as clock:
        room = queue(doctor=dr_rao)
        token, inside = booked(queue=room, patient=asha), walk_in(queue=room, by=reena)
        services.call_next(queue=room, by=reena, seen=None)
        assert close_days() == 0
        clock.set("2026-11-24 00:05")
        assert close_days() == 1
        assert close_days() == 0
    assert (state_of(token), state_of(inside)) == (State.CANCELLED, State.COMPLETED)


def test_a_doctor_who_works_past_midnight_is_not_closed(dr_rao: Any, reena: Any) -> None:
    with clock_at("2026-11-23 23:50") as clock:
        room = services.current_queue(dr_rao)
        walk_in(queue=room, by=reena)
        services.call_next(queue=room, by=reena, seen=None)
        clock.set("2026-11-24 00:30")
        assert close_days() == 0
        clock.set("2026-11-24 03:00")
        assert close_days() == 1


def test_past_midnight_the_desk_means_the_queue_that_goes_on(desk: Any, dr_rao: Any, asha: Any, reena: Any) -> None:
    with clock_at("2026-11-23 23:50") as clock:
        room = services.current_queue(dr_rao)
        night = walk_in(queue=room, by=reena)
        walk_in(queue=room, by=reena)
        services.call_next(queue=room, by=reena, seen=None)
        clock.set("2026-11-24 00:30")
        booked(queue=services.queue_for(dr_rao, dr_rao.clinic.today()), patient=asha)
        assert "Ravi Kumar" in page(desk.get(at(room)))
        desk.post(f"{at(room)}2/cancel/", {"why": "went home"})
        assert [state_of(it) for it in room.tokens.order_by("number")] == [State.CONSULTING, State.CANCELLED]
        assert state_of(night) == State.CONSULTING


# ── the rest of the day ───────────────────────────────────────────────────────────────────────────────────────
def test_calling_off_the_rest_of_the_day_leads_through_everybody(
    desk: Any, dr_rao: Any, asha: Any, reena: Any, kurian: Queue
) -> None:
    with clock_at("2026-11-24 10:00"):
        cast.hours(doctor=dr_rao, weekday=1)
        make_slots()
        slot = dr_rao.slots.filter(starts_at__gt=timezone.now()).earliest("starts_at")
        dr_rao.slots.filter(pk=slot.pk).update(booked=1)
        visit = cast.appointment(doctor=dr_rao, patient=asha, slot=slot)
        room = services.current_queue(dr_rao)
        here = walk_in(queue=room, name="Ravi Kumar", by=reena)
        before = page(desk.get(f"{at(room)}rest-of-day/"))
        assert "2 patients are still to be seen" in before
        shown = page(desk.post(f"{at(room)}rest-of-day/", {"answer": "emergency"}, follow=True))
        desk.post(f"{at(room)}rest-of-day/", {"answer": "emergency"})  # pressed twice
        assert Block.objects.count() == 1
        assert "0 settled, 2 left" in shown
        assert "Move to" in shown
        conflict = Conflict.objects.get()
        assert "has been called to an emergency" in Message.objects.get(kind="affected").text
        desk.post(f"/changes/lake-clinic/{conflict.pk}/?at=rest", {"answer": "move"})
        visit.refresh_from_db()
        assert visit.date > room.date
        kurian_now = services.current_queue(kurian.doctor)
        desk.post(f"{at(room)}{here.number}/transfer/?at=rest", {"to": "dr-kurian"})
        assert kurian_now.tokens.get().patient.name == "Ravi Kumar"
        after = page(desk.get(f"{at(room)}rest-of-day/"))
        assert "2 settled, 0 left" in after
        assert "Everybody is settled." in after


def test_the_doctor_is_back_after_all(desk: Any, dr_rao: Any, asha: Any) -> None:
    with clock_at("2026-11-24 10:00"):
        cast.hours(doctor=dr_rao, weekday=1)
        make_slots()
        slot = dr_rao.slots.filter(starts_at__gt=timezone.now()).earliest("starts_at")
        dr_rao.slots.filter(pk=slot.pk).update(booked=1)
        cast.appointment(doctor=dr_rao, patient=asha, slot=slot)
        room = services.current_queue(dr_rao)
        desk.post(f"{at(room)}rest-of-day/", {"answer": "forced"})
        assert Conflict.objects.open().count() == 1
        desk.post(f"{at(room)}rest-of-day/", {"answer": "back"})
        assert (Conflict.objects.open().count(), Block.objects.count()) == (0, 0)
        room.refresh_from_db()
        assert room.doctor_state == Queue.DoctorState.CONSULTING


def test_the_rest_of_the_day_costs_as_many_queries_for_twenty_as_for_two(desk: Any, room: Queue, reena: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get(f"{at(room)}rest-of-day/")
        return len(captured)

    for _ in range(2):
        walk_in(queue=room, by=reena)
    few = queries()
    for _ in range(18):
        walk_in(queue=room, by=reena)
    assert queries() == few
