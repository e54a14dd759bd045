"""Adding patients at the desk: walk-ins, telephone, emergencies; nothing typed is lost, and nobody is added twice."""

import uuid
from typing import Any

import pytest

from notifications.models import Message
from patients.models import Patient
from tests import cast
from tests.desk import add
from tests.waiting_room import booked, press, walk_in
from tokens.models import Queue, Token
from tokens.states import State

pytestmark = pytest.mark.django_db


def test_a_walk_in_gets_the_next_number_and_is_here(desk: Any, room: Queue, lake: Any) -> None:
    answer = add(desk, room, name="  Ravi   Kumar ", age="52", live=True)
    token = room.tokens.select_related("patient").get()
    assert (token.number, token.state, token.kind) == (1, State.WAITING, Token.Kind.WALK_IN)
    assert (token.patient.name, token.patient.registered_at) == ("Ravi Kumar", lake)
    assert token.patient.age in (51, 52)
    assert "Token 1 for Ravi Kumar." in answer.content.decode()
    assert 'value="Ravi Kumar"' not in answer.content.decode()  # the form is empty for the next


def test_somebody_on_the_telephone_is_expected_and_told_by_message(desk: Any, room: Queue, settings: Any) -> None:
    add(desk, room, kind="phone", name="Fathima Salim", phone="98470 00556")
    token, message = room.tokens.get(), Message.objects.get()
    assert (token.state, token.kind) == (State.BOOKED, Token.Kind.PHONE)
    assert message.to == "+919847000556"
    assert message.clinic == room.clinic
    assert f"Token 1 with Dr Kavitha Rao at Lake Clinic today. Watch the line: {settings.PUBLIC_URL}/t/" in message.text


def test_a_walk_in_who_leaves_a_number_is_sent_the_address_of_their_token(desk: Any, room: Queue) -> None:
    add(desk, room, phone="9847000556")
    assert room.tokens.get().code in Message.objects.get().text


def test_who_books_by_phone_must_give_one(desk: Any, room: Queue) -> None:
    answer = add(desk, room, kind="phone", live=True).content.decode()
    assert "Type the mobile number the token is sent to." in answer
    assert not room.tokens.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Type the patient’s name."),
        ({"name": "12"}, "in letters"),
        ({"age": "old"}, "An age is a whole number up to 120."),
        ({"age": "-1"}, "An age is a whole number up to 120."),
        ({"phone": "0484 2345678"}, "landline"),
        ({"phone": "12345"}, "10 digits"),
        ({"phone": "+1 202 555 0142"}, "Only Indian mobile numbers"),
    ],
)
@pytest.mark.parametrize("live", [True, False])
def test_what_was_typed_wrongly_is_kept_beside_a_sentence(
    desk: Any, room: Queue, typed: dict[str, str], said: str, live: bool
) -> None:
    given = {"name": "Ravi Kumar", "age": "52", "phone": "98470 00556"} | typed
    answer = add(desk, room, live=live, **given)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    for text in filter(None, given.values()):
        assert f'value="{text}"' in answer.content.decode()
    assert not room.tokens.exists()
    assert not Patient.objects.exists()
    assert not Message.objects.exists()


def test_a_form_sent_twice_adds_one_patient(desk: Any, room: Queue) -> None:
    once = str(uuid.uuid4())
    add(desk, room, once=once)
    said = add(desk, room, once=once, live=True).content.decode()
    assert "Ravi Kumar has token 1 already." in said
    assert room.tokens.count() == Patient.objects.count() == 1


def test_a_form_sent_again_after_the_visit_adds_nobody(desk: Any, room: Queue) -> None:
    once = str(uuid.uuid4())
    add(desk, room, once=once)
    press(desk, "call_next", room)
    press(desk, "complete", room, seen=1)
    add(desk, room, once=once)
    assert room.tokens.count() == 1


def test_two_patients_of_one_name_without_phones_are_two(desk: Any, room: Queue) -> None:
    add(desk, room)
    add(desk, room)
    assert room.tokens.count() == Patient.objects.count() == 2


def test_a_patient_who_is_known_here_is_not_written_down_again(desk: Any, room: Queue) -> None:
    add(desk, room, phone="98470 00556")
    press(desk, "call_next", room)
    press(desk, "complete", room, seen=1)
    add(desk, room, phone="+91 9847000556", name="ravi kumar", age="52")
    assert room.tokens.count() == 2
    assert Patient.objects.get().birth_year is not None


def test_a_patient_in_the_line_is_not_given_a_second_token(desk: Any, room: Queue) -> None:
    add(desk, room, phone="98470 00556")
    assert "Ravi Kumar has token 1 already." in add(desk, room, phone="9847000556", live=True).content.decode()
    assert room.tokens.count() == 1


def test_somebody_who_booked_and_now_stands_here_keeps_their_token(desk: Any, room: Queue, asha: Any) -> None:
    mine = booked(queue=room, patient=asha)
    said = add(desk, room, name="Asha Thomas", phone=cast.ASHAS_PHONE, live=True).content.decode()
    assert f"Asha Thomas has token {mine.number} already." in said


def test_a_form_cannot_be_made_to_name_another_clinics_patient(desk: Any, room: Queue, hill: Any) -> None:
    theirs = cast.patient(name="Suma Das", phone=None, registered_at=hill)
    answer = add(desk, room, once=str(theirs.pk), live=True).content.decode()
    assert "Load the page again" in answer
    assert "Suma" not in answer
    assert not room.tokens.exists()


def test_a_form_whose_key_was_tampered_with_asks_to_load_the_page_again(desk: Any, room: Queue) -> None:
    assert "Load the page again" in add(desk, room, once="1", live=True).content.decode()


# ── Emergencies ────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_emergency_goes_first_with_a_reason_and_without_a_name(desk: Any, room: Queue, reena: Any) -> None:
    walk_in(queue=room, by=reena)
    typed = {"once": str(uuid.uuid4()), "why": "chest pain", "name": ""}
    answer = press(desk, "emergency", room, data=typed, live=True).content.decode()
    assert "Put first by Reena: chest pain" in answer
    assert room.tokens.in_line().in_calling_order().first().number == 2


def test_an_emergency_needs_a_reason(desk: Any, room: Queue) -> None:
    typed = {"once": str(uuid.uuid4()), "why": " ", "name": "Devassy Paul"}
    answer = press(desk, "emergency", room, data=typed, live=True).content.decode()
    assert "Say why this patient goes first." in answer
    assert 'value="Devassy Paul"' in answer
    assert not room.tokens.exists()
