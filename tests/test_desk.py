"""Reception: every press says what it did, two machines never call two patients, and who may press what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import cast
from tests.desk import add, at, refusing, state_of
from tests.waiting_room import booked, press, queue, walk_in
from tokens import services
from tokens.models import Queue, Token
from tokens.states import State

pytestmark = pytest.mark.django_db


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
