"""A patient and reception say it in real browsers, with and without JavaScript."""

from typing import Any

import pytest

from tests import cast
from tests.here import scan
from tests.reception import state
from tests.waiting_room import booked, queue
from tokens.models import Board
from tokens.states import State

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("nobody_tried")]

PHONE_SIZE = {"width": 360, "height": 740}


@pytest.mark.parametrize("javascript", [True, False])
def test_a_patient_and_reception_press_it_with_and_without_javascript(
    windows: Any, served: str, javascript: bool
) -> None:
    room = queue(doctor=cast.doctor(clinic=cast.clinic(name="Lake Clinic")))
    reena, board = cast.staff(clinic=room.clinic), Board.objects.create(clinic=room.clinic)
    hers, his = (booked(queue=room, patient=cast.patient(name=name)) for name in ("Asha Thomas", "Joel Thomas"))

    phone = windows(size=PHONE_SIZE, javascript=javascript)
    phone.goto(served + scan(board))
    phone.get_by_label("Token number").fill("1")
    phone.get_by_label("Last four digits").fill("0112")
    phone.get_by_role("button", name="I am here").click()
    phone.get_by_text("Token 1 is here.").wait_for()
    assert state(hers) == State.WAITING

    desk = windows(size=PHONE_SIZE, javascript=javascript, who=reena)
    desk.goto(served + his.get_absolute_url())
    desk.get_by_role("button", name="Has arrived").click()
    desk.get_by_text("Token 2 is here.").wait_for()
    assert desk.url == served + his.get_absolute_url()
    assert state(his) == State.WAITING
