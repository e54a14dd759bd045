"""What reception does with one token: moved, noted, merged, sent to another doctor, asked back, put first."""

import re
from typing import Any

import pytest
from django.test import Client

from clinics.models import Clinic
from scheduling.models import Appointment
from tests import cast
from tests.desk import at, refusing, state_of, words
from tests.waiting_room import booked, press, walk_in
from tokens import services
from tokens.models import Queue, Token
from tokens.states import State

pytestmark = pytest.mark.django_db


def test_moving_somebody_by_hand_needs_a_reason_and_both_can_read_why(desk: Any, room: Queue, reena: Any) -> None:
    tokens = [walk_in(queue=room, name=name, by=reena) for name in ("Ravi Kumar", "Meera Nair")]
    assert press(desk, "place", room, 2, data={"before": "1", "why": ""}, at="2").url == f"{at(room)}2/"
    press(desk, "place", room, 2, data={"before": "1", "why": "Meera is in pain"}, at="2")
    assert list(room.tokens.in_line().in_calling_order().values_list("number", flat=True)) == [2, 1]
    assert "Moved by Reena: Meera is in pain." in words(desk.get(f"{at(room)}2/"))
    assert "2 goes before by hand." in words(desk.get(f"{at(room)}1/"))
    his = words(Client().get(tokens[0].get_absolute_url()))
    assert "The clinic let 1 person go in before you" in his
    assert "Meera" not in his


def test_a_note_of_the_desk_reaches_the_doctor_and_nobody_else(
    desk: Any, room: Queue, rao: Any, reena: Any, signed_in: Any
) -> None:
    token = walk_in(queue=room, name="Ravi Kumar", by=reena)
    press(desk, "note", room, 1, data={"note": "allergic to penicillin"})
    services.call_next(queue=room, by=reena, seen=None)
    assert "allergic to penicillin" in words(signed_in(rao).get("/today/"))
    assert "penicillin" not in words(Client().get(token.get_absolute_url()))


def test_a_walk_in_with_a_booking_becomes_one_token(desk: Any, room: Queue, asha: Any, reena: Any) -> None:
    booking = booked(queue=room, patient=asha)
    walk = walk_in(queue=room, name="Asha", by=reena)
    assert "Has a booking after all?" in words(desk.get(f"{at(room)}{walk.number}/"))
    press(desk, "merge", room, walk.number, data={"into": str(booking.number)})
    assert (state_of(booking), state_of(walk)) == (State.WAITING, State.CANCELLED)
    assert "This visit was moved." in words(Client().get(walk.get_absolute_url()))


def test_a_patient_goes_to_another_doctor_with_booking_and_history(
    desk: Any, room: Queue, kurian: Queue, asha: Any
) -> None:
    slot = cast.slot(doctor=room.doctor, booked=1)
    visit = cast.appointment(doctor=room.doctor, patient=asha, slot=slot)
    Token.objects.filter(pk=visit.token_id).update(queue=room, number=1)
    Queue.objects.filter(pk=room.pk).update(last_number=1)
    answer = desk.post(f"{at(room)}1/transfer/", {"to": "dr-kurian", "why": "knows the skin"}, follow=True)
    assert "Asha Thomas is token 1 with Dr Kurian now." in words(answer)
    visit.refresh_from_db()
    assert visit.token.queue_id == kurian.pk
    assert visit.state == Appointment.State.CONFIRMED
    shown = words(desk.get(f"{at(kurian)}1/"))
    assert "From Dr Rao, token 1. knows the skin" in shown


@refusing
def test_nobody_is_sent_to_a_closed_day(desk: Any, room: Queue, kurian: Queue, reena: Any) -> None:
    token = walk_in(queue=room, by=reena)
    services.close_day(queue=kurian, by=reena)
    answer = desk.post(f"{at(room)}1/transfer/", {"to": "dr-kurian"}, follow=True)
    assert "The day of Dr Kurian is closed" in words(answer)
    assert state_of(token) == State.WAITING


def test_a_follow_up_is_suggested_on_the_patients_page(desk: Any, room: Queue, reena: Any) -> None:
    token = walk_in(queue=room, name="Ravi Kumar", by=reena)
    services.call_next(queue=room, by=reena, seen=None)
    press(desk, "follow_up", room, 1, data={"days": "14"})
    services.complete(queue=room, by=reena, seen=1)
    shown = words(Client().get(token.get_absolute_url()))
    assert "would like to see you again about" in shown
    assert re.search(r"/c/lake-clinic/dr-rao/\?day=\d{4}-\d\d-\d\d", shown)


def test_an_emergency_without_a_reason_where_the_clinic_wants_one_is_not_put_first(desk: Any, room: Queue) -> None:
    typed = {"name": "Ravi Kumar", "why": "", "once": "0d6c3b2e-6f0b-4c1f-9a5a-3f2b6a1d9e00"}
    assert "Say why this patient goes first." in words(press(desk, "emergency", room, data=typed, live=True))
    assert not room.tokens.exists()
    Clinic.objects.update(emergency_needs_reason=False)
    press(desk, "emergency", room, data=typed, live=True)
    assert room.tokens.get().is_first
