"""The doctor's list: one thumb, the next patient, and nobody else's queue."""

from collections.abc import Callable
from typing import Any

import pytest

from clinics.models import Membership, Role
from tests import cast
from tests.waiting_room import booked, press, walk_in
from tokens.models import Queue, Token

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(signed_in: Callable[[Any], Any], rao: Any) -> Any:
    """Dr Rao's phone."""
    return signed_in(rao)


def shown(phone: Any, **asked: str) -> str:
    return " ".join(phone.get("/today/", asked).content.decode().split())


def test_the_list_greets_the_doctor_and_shows_who_is_next(phone: Any, room: Queue, reena: Any, asha: Any) -> None:
    walk_in(queue=room, name="Ravi Kumar", by=reena)
    booked(queue=room, patient=asha)
    page = shown(phone)
    assert ", Dr Rao</h1>" in page
    assert 'Next patient <span class="token">1</span>' in page
    assert "not here yet" in page


def test_one_tap_calls_the_next_patient_and_comes_back_to_the_list(phone: Any, room: Queue, reena: Any) -> None:
    walk_in(queue=room, by=reena)
    answer = press(phone, "call_next", room, at="today")
    assert answer.headers["Location"] == "/today/?clinic=lake-clinic&doctor=dr-rao"
    assert Token.objects.get().state == "consulting"
    page = shown(phone)
    assert "Token 1 called." in page
    assert "With you now" in page
    assert "/undo/?at=today" in page


def test_a_live_tap_gets_the_list_and_not_the_desk(phone: Any, room: Queue, reena: Any) -> None:
    walk_in(queue=room, by=reena)
    answer = press(phone, "call_next", room, at="today", live=True).content.decode()
    assert '<div id="today"' in answer
    assert '<div id="desk"' not in answer


def test_done_not_here_and_undo_work_from_the_list(phone: Any, room: Queue, reena: Any) -> None:
    for name in ("Ravi", "Meera"):
        walk_in(queue=room, name=name, by=reena)
    press(phone, "call_next", room, at="today")
    press(phone, "skip", room, 1, at="today")
    press(phone, "call_next", room, at="today")
    press(phone, "complete", room, at="today", seen=2)
    press(phone, "undo", room, at="today")
    assert [token.state for token in room.tokens.order_by("number")] == ["skipped", "consulting"]


def test_one_tap_tells_everybody_of_a_break_and_of_coming_back(phone: Any, room: Queue) -> None:
    press(phone, "state", room, at="today", data={"state": "on_break"})
    assert "On a break since" in shown(phone)
    assert "I am back" in shown(phone)
    press(phone, "state", room, at="today", data={"state": "consulting"})
    assert Queue.objects.get(pk=room.pk).doctor_state == "consulting"


def test_a_doctor_of_two_clinics_chooses_where_they_are(phone: Any, rao: Any, room: Queue, hill: Any) -> None:
    Membership.objects.create(user=rao, clinic=hill, role=Role.DOCTOR)
    cast.doctor(clinic=hill, name="Kavitha Rao", user=rao)
    assert "Where are you today?" in shown(phone)
    assert "Hill Clinic" in shown(phone, clinic="hill-clinic")
    assert ", Dr Rao</h1>" in shown(phone, clinic="hill-clinic")


def test_a_clinic_that_is_not_hers_is_not_shown_whatever_she_asks_for(phone: Any, room: Queue, dr_hari: Any) -> None:
    assert "Hari" not in shown(phone, clinic="hill-clinic", doctor=dr_hari.slug)


def test_a_receptionist_has_no_such_list(signed_in: Callable[[Any], Any], reena: Any, room: Queue) -> None:
    assert signed_in(reena).get("/today/").status_code == 403


def test_a_doctor_whose_profile_is_not_connected_is_told_who_can_do_that(
    signed_in: Callable[[Any], Any], lake: Any
) -> None:
    unconnected = cast.staff(clinic=lake, name="Arun Menon", role=Role.DOCTOR)
    assert "not connected with a doctor" in signed_in(unconnected).get("/today/").content.decode()


def test_reception_asking_for_the_doctors_fragment_gets_the_desk(
    signed_in: Callable[[Any], Any], reena: Any, room: Queue
) -> None:
    walk_in(queue=room, by=reena)
    answer = press(signed_in(reena), "call_next", room, at="today", live=True).content.decode()
    assert '<div id="desk"' in answer
