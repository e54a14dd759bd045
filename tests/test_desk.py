"""Reception: every press says what it did, two machines never call two patients, and nothing typed is lost."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from notifications.models import Message
from patients.models import Patient
from tests import cast
from tests.waiting_room import booked, press, queue, walk_in
from tokens import services
from tokens.models import Queue, Token
from tokens.states import State

pytestmark = pytest.mark.django_db
# What a queue refuses takes its whole transaction back, so there must not be a test's own around it.
refusing = pytest.mark.django_db(transaction=True)


@pytest.fixture
def room(dr_rao: Any) -> Queue:
    """Dr Rao's queue."""
    return queue(doctor=dr_rao)


@pytest.fixture
def desk(signed_in: Callable[[Any], Any], reena: Any) -> Any:
    """Reena's browser."""
    return signed_in(reena)


def at(room: Queue) -> str:
    return reverse("tokens:desk", args=[room.clinic.slug, room.doctor.slug])


def add(desk: Any, room: Queue, *, live: bool = False, **typed: Any) -> Any:
    typed = {"once": str(uuid.uuid4()), "kind": "walkin", "name": "Ravi Kumar", "age": "", "phone": ""} | typed
    return press(desk, "add", room, data=typed, live=live)


def state_of(token: Token) -> str:
    return Token.objects.get(pk=token.pk).state


# ── Finding the desk ───────────────────────────────────────────────────────────────────────────────────────────
def test_reena_of_one_clinic_comes_straight_to_her_desk(desk: Any, lake: Any) -> None:
    assert desk.get("/desk/").headers["Location"] == "/desk/lake-clinic/"


def test_a_receptionist_of_two_clinics_chooses(desk: Any, reena: Any, lake: Any, hill: Any) -> None:
    from clinics.models import Membership, Role

    Membership.objects.create(user=reena, clinic=hill, role=Role.RECEPTIONIST)
    shown = desk.get("/desk/").content.decode()
    assert 'href="/desk/lake-clinic/"' in shown
    assert 'href="/desk/hill-clinic/"' in shown


def test_a_doctor_comes_from_the_desk_to_their_own_list(rao: Any, signed_in: Callable[[Any], Any]) -> None:
    assert signed_in(rao).get("/desk/").headers["Location"] == "/today/"


def test_the_desk_of_a_morning_without_patients_opens_and_offers_to_add_one(desk: Any, dr_rao: Any) -> None:
    shown = desk.get(f"/desk/lake-clinic/{dr_rao.slug}/").content.decode()
    assert "Nobody is waiting." in shown
    assert "Add to the line" in shown


def test_a_doctor_whom_the_clinic_does_not_know_has_no_desk(desk: Any, lake: Any) -> None:
    assert desk.get("/desk/lake-clinic/dr-nobody/").status_code == 404


# ── Calling ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_call_next_finishes_the_one_inside_and_calls_the_next_who_is_here(desk: Any, room: Queue, reena: Any) -> None:
    first, second = (walk_in(queue=room, name=name, by=reena) for name in ("Ravi", "Meera"))
    press(desk, "call_next", room)
    assert state_of(first) == State.CONSULTING
    answer = press(desk, "call_next", room, seen=1)
    assert (state_of(first), state_of(second)) == (State.COMPLETED, State.CONSULTING)
    assert answer.headers["Location"] == at(room)
    assert "Token 2 called." in desk.get(at(room)).content.decode()


def test_somebody_who_is_not_here_yet_is_passed_over(desk: Any, room: Queue, reena: Any, asha: Any) -> None:
    away = booked(queue=room, patient=asha, due_at=timezone.now() - timedelta(hours=1))
    here = walk_in(queue=room, by=reena)
    press(desk, "call_next", room)
    assert (state_of(away), state_of(here)) == (State.BOOKED, State.CONSULTING)


@refusing
def test_two_receptionists_pressing_at_once_call_one_patient(
    desk: Any, room: Queue, reena: Any, lekha: Any, signed_in: Callable[[Any], Any]
) -> None:
    first, second = (walk_in(queue=room, name=name, by=reena) for name in ("Ravi", "Meera"))
    press(desk, "call_next", room, live=True)
    answer = press(signed_in(lekha), "call_next", room, live=True)  # her screen still shows nobody inside
    assert (state_of(first), state_of(second)) == (State.CONSULTING, State.WAITING)
    assert answer.status_code == 200
    assert "Reena has just called 1." in answer.content.decode()
    assert 'id="desk"' in answer.content.decode()


@refusing
def test_call_next_with_nobody_here_says_so_and_changes_nothing(desk: Any, room: Queue) -> None:
    assert "Nobody who is here is waiting." in press(desk, "call_next", room, live=True).content.decode()


def test_a_number_that_is_no_number_is_taken_as_nobody_inside(desk: Any, room: Queue, reena: Any) -> None:
    token = walk_in(queue=room, by=reena)
    assert press(desk, "call_next", room, live=True, seen="٩x" * 9).status_code == 200
    assert state_of(token) == State.CONSULTING


def test_one_token_can_be_called_out_of_order(desk: Any, room: Queue, reena: Any) -> None:
    first, second = (walk_in(queue=room, name=name, by=reena) for name in ("Ravi", "Meera"))
    press(desk, "call", room, 2)
    assert (state_of(first), state_of(second)) == (State.WAITING, State.CONSULTING)


def test_done_finishes_without_calling(desk: Any, room: Queue, reena: Any) -> None:
    first, second = (walk_in(queue=room, name=name, by=reena) for name in ("Ravi", "Meera"))
    press(desk, "call_next", room)
    press(desk, "complete", room, seen=1)
    assert (state_of(first), state_of(second)) == (State.COMPLETED, State.WAITING)


def test_again_counts_the_calls(desk: Any, room: Queue, reena: Any) -> None:
    token = walk_in(queue=room, by=reena)
    press(desk, "call_next", room)
    assert "Called 2 times" in press(desk, "again", room, live=True).content.decode()
    assert Token.objects.get(pk=token.pk).calls == 2


# ── Not here, late, back again ─────────────────────────────────────────────────────────────────────────────────
def test_who_is_not_here_is_set_aside_and_can_be_recalled(desk: Any, room: Queue, reena: Any) -> None:
    token = walk_in(queue=room, by=reena)
    press(desk, "call_next", room)
    press(desk, "skip", room, 1)
    assert state_of(token) == State.SKIPPED
    press(desk, "recall", room, 1)
    assert state_of(token) == State.WAITING


def test_who_comes_late_goes_in_after_the_next_three(desk: Any, room: Queue, reena: Any, asha: Any) -> None:
    late = booked(queue=room, patient=asha, due_at=timezone.now() - timedelta(minutes=40))
    for name in ("Ravi", "Meera", "George", "Sunitha"):
        walk_in(queue=room, name=name, by=reena)
    press(desk, "late", room, late.number)
    said = press(desk, "arrived", room, late.number, live=True).content.decode()
    assert "Token 1 is here. Came late: goes after 4." in said
    line = [token.number for token in room.tokens.in_line().in_calling_order()]
    assert line == [2, 3, 4, 1, 5]


@refusing
def test_a_press_that_makes_no_sense_is_a_sentence_not_an_error_page(desk: Any, room: Queue, reena: Any) -> None:
    walk_in(queue=room, by=reena)
    answer = press(desk, "recall", room, 1, live=True)
    assert answer.status_code == 200
    assert "Token 1 was not skipped." in answer.content.decode()
    assert "There is no token 99 in this queue." in press(desk, "late", room, 99, live=True).content.decode()


# ── Undo ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_toast_of_a_call_carries_its_undo_and_undo_takes_the_call_back(desk: Any, room: Queue, reena: Any) -> None:
    first, second = (walk_in(queue=room, name=name, by=reena) for name in ("Ravi", "Meera"))
    press(desk, "call_next", room)
    toast = press(desk, "call_next", room, seen=1, live=True).content.decode()
    assert f'formaction="{at(room)}undo/?at=desk"' in toast
    press(desk, "undo", room)
    assert (state_of(first), state_of(second)) == (State.CONSULTING, State.WAITING)


def test_the_undo_button_survives_a_redirect(desk: Any, room: Queue, reena: Any) -> None:
    walk_in(queue=room, by=reena)
    press(desk, "call_next", room)
    assert f'formaction="{at(room)}undo/?at=desk"' in desk.get(at(room)).content.decode()


def test_an_undone_addition_is_cancelled_and_its_number_is_not_used_again(desk: Any, room: Queue) -> None:
    add(desk, room)
    press(desk, "undo", room)
    add(desk, room, name="Meera Nair")
    assert [(t.number, t.state) for t in room.tokens.order_by("number")] == [(1, "cancelled"), (2, "waiting")]


@refusing
def test_with_nothing_to_undo_it_says_so(desk: Any, room: Queue) -> None:
    assert "There is nothing recent to undo." in press(desk, "undo", room, live=True).content.decode()


# ── The doctor's state ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_break_is_said_to_everybody(desk: Any, room: Queue) -> None:
    said = press(desk, "state", room, data={"state": "on_break"}, live=True).content.decode()
    assert "Dr Rao: on a break." in said
    assert Queue.objects.get(pk=room.pk).note == "Dr Rao is on a short break. Your place is safe."


def test_a_state_no_doctor_can_be_in_is_refused(desk: Any, room: Queue) -> None:
    assert "not a state" in press(desk, "state", room, data={"state": "asleep"}, live=True).content.decode()


# ── Adding ─────────────────────────────────────────────────────────────────────────────────────────────────────
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


# ── Who may ────────────────────────────────────────────────────────────────────────────────────────────────────
OF_A_QUEUE = ("call_next", "complete", "again", "undo", "state", "add", "emergency")
OF_A_TOKEN = ("call", "arrived", "late", "skip", "recall")
PRESSES = [*((name, ()) for name in OF_A_QUEUE), *((name, (1,)) for name in OF_A_TOKEN)]


@refusing
def test_a_doctor_changes_their_own_queue_only(room: Queue, rao: Any, signed_in: Callable[[Any], Any]) -> None:
    colleague = queue(doctor=cast.doctor(clinic=room.clinic, name="Joseph Kurian"))
    browser = signed_in(rao)
    for name, numbers in PRESSES:
        assert press(browser, name, colleague, *numbers, live=True).status_code == 403
        assert press(browser, name, room, *numbers, live=True).status_code == 200


def test_a_stranger_finds_no_button_here(room: Queue, hema: Any, signed_in: Callable[[Any], Any]) -> None:
    for name, numbers in PRESSES:
        assert press(signed_in(hema), name, room, *numbers).status_code == 404


def test_a_press_cannot_be_a_link(desk: Any, room: Queue) -> None:
    assert desk.get(f"{at(room)}call-next/").status_code == 405


# ── All doctors, finding, one token ────────────────────────────────────────────────────────────────────────────
def test_all_doctors_shows_each_and_calls_from_there(desk: Any, room: Queue, reena: Any) -> None:
    cast.doctor(clinic=room.clinic, name="Joseph Kurian")
    token = walk_in(queue=room, by=reena)
    shown = desk.get("/desk/lake-clinic/").content.decode()
    assert "Dr Kavitha Rao" in shown
    assert "Dr Joseph Kurian" in shown
    assert "Call 1" in shown
    answer = press(desk, "call_next", room, at="desk_all")
    assert answer.headers["Location"] == "/desk/lake-clinic/"
    assert state_of(token) == State.CONSULTING


@pytest.mark.parametrize("asked", ["asha", "Thomas ash", "1", "0112", "98470 00112"])
def test_a_patient_is_found_by_number_name_or_end_of_phone(desk: Any, room: Queue, asha: Any, asked: str) -> None:
    booked(queue=room, patient=asha)
    shown = desk.get("/desk/lake-clinic/", {"q": asked}).content.decode()
    assert "1 found today" in shown
    assert "mobile ends in 0112" in shown


def test_who_is_not_in_todays_queues_is_not_found(desk: Any, room: Queue, asha: Any) -> None:
    services.issue(
        queue=services.queue_for(room.doctor, room.date + timedelta(days=1)), patient=asha, kind="booked",
        due_at=timezone.now() + timedelta(days=1), by=None,
    )  # fmt: skip
    assert "nobody today" in desk.get("/desk/lake-clinic/", {"q": "asha"}).content.decode()


def test_one_tokens_page_tells_its_history_and_offers_what_may_follow(desk: Any, room: Queue, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    press(desk, "arrived", room, 1)
    shown = desk.get(reverse("tokens:desk_token", args=["lake-clinic", room.doctor.slug, 1])).content.decode()
    assert "by Reena" in shown
    assert "Call now" in shown
    assert f"{at(room)}1/cancel/" in shown
    assert token.get_absolute_url() in shown


def test_yesterdays_desk_says_that_it_is_yesterdays(room: Queue) -> None:
    from tokens import screens

    Queue.objects.filter(pk=room.pk).update(date=room.date - timedelta(days=1), version=99)
    assert "A new day has begun" in screens.draw(screens.of_queue("desk", room.pk))


# ── Cost ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("live", [True, False])
def test_a_call_costs_as_many_queries_with_sixty_tokens_as_with_three(
    desk: Any, room: Queue, reena: Any, live: bool
) -> None:
    def queries_of_a_call(seen: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            press(desk, "call_next", room, seen=seen, live=live)
            if not live:
                desk.get(at(room))
        return len(captured)

    for name in ("Ravi", "Meera", "George"):
        walk_in(queue=room, name=name, by=reena)
    press(desk, "call_next", room)
    desk.get(at(room))
    few = queries_of_a_call(1)
    for number in range(60):
        walk_in(queue=room, name=f"Patient {number}", by=reena)
    assert queries_of_a_call(2) == few
