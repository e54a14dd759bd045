"""On any other phone it takes the token’s number and how the mobile ends, and gives nothing away."""

from typing import Any

import pytest

from doctors.modes import Mode
from tests import cast
from tests.desk import words
from tests.here import arrive
from tests.reception import state
from tests.waiting_room import booked, queue, walk_in
from tokens import services
from tokens.models import Board, Queue, Token, TokenEvent
from tokens.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday", "nobody_tried")]


def test_number_and_last_four_digits_are_enough_and_give_nothing_away(
    client: Any, room: Queue, board: Board, asha: Any, reena: Any
) -> None:
    walk_in(queue=room, by=reena)
    token = booked(queue=room, patient=asha)
    answer = arrive(client, board, number="2", end=" ൦112 ")
    assert state(token) == State.WAITING
    page = words(answer)
    assert "Token 2 is here." in page
    assert "1 person before you" in page
    assert "Asha" not in page
    assert token.code not in page
    assert "Token 2 is here already." in words(arrive(client, board, number="2", end="0112"))


@pytest.mark.parametrize(
    ("number", "end"), [("1", "9999"), ("2", "0112"), ("99", "0112"), ("3", "0223"), ("4", "0000")]
)
def test_wrong_answers_all_read_the_same_and_keep_what_was_typed(
    client: Any, room: Queue, board: Board, asha: Any, bilal: Any, reena: Any, number: str, end: str
) -> None:
    booked(queue=room, patient=asha)
    services.cancel(token=booked(queue=room, patient=cast.patient(name="Shaji")), by=None, why="ill")
    video = booked(queue=room, patient=bilal)
    Token.objects.filter(pk=video.pk).update(mode=Mode.TELE)
    walk_in(queue=room, by=reena)
    events = TokenEvent.objects.count()
    page = words(arrive(client, board, number=number, end=end))
    assert "No token of today has this number and goes with these digits." in page
    assert f'value="{end}"' in page
    assert TokenEvent.objects.count() == events


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "", "end": "0112"}, "Type the token’s number, like 17."),
        ({"number": "x", "end": "0112"}, "Type the token’s number, like 17."),
        ({"number": "0", "end": "0112"}, "Type the token’s number, like 17."),
        ({"number": "1", "end": "112"}, "Type four digits, like 0112."),
        ({"number": "1", "end": "98470 00112"}, "Type four digits, like 0112."),
        ({"number": "1"}, "Type four digits, like 0112."),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field(
    client: Any, room: Queue, board: Board, asha: Any, typed: dict[str, str], said: str
) -> None:
    token = booked(queue=room, patient=asha)
    assert said in words(arrive(client, board, **typed))
    assert state(token) == State.BOOKED


def test_two_doctors_with_the_same_number_are_asked_about(client: Any, room: Queue, board: Board, asha: Any) -> None:
    other = queue(doctor=cast.doctor(clinic=room.clinic, name="Joseph Kurian"))
    tokens = [booked(queue=each, patient=asha) for each in (room, other)]
    page = words(arrive(client, board, number="1", end="0112"))
    assert "Several doctors have a token 1 today. Which is yours?" in page
    assert {state(token) for token in tokens} == {State.BOOKED}
    arrive(client, board, number="1", end="0112", token=tokens[1].pk)
    assert [state(token) for token in tokens] == [State.BOOKED, State.WAITING]


def test_whoever_guesses_is_stopped_and_reads_the_same(client: Any, room: Queue, board: Board, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    for digits in range(6):
        arrive(client, board, number="1", end=f"77{digits:02d}")
    page = words(arrive(client, board, number="1", end="0112"))
    assert "No token of today has this number and goes with these digits." in page
    assert state(token) == State.BOOKED
