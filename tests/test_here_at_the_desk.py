"""Reception scans a patient’s own code: who sees the desk’s bar on that page, and who presses it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import cast
from tests.desk import words
from tests.reception import state
from tests.waiting_room import booked
from tokens import services
from tokens.models import Queue
from tokens.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday", "nobody_tried")]

BAR = "At the desk: token 1, Asha Thomas"


def test_reception_scans_a_patients_code_and_marks_them(desk: Any, room: Queue, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    page = words(desk.get(token.get_absolute_url()))
    assert BAR in page
    assert 'href="/desk/lake-clinic/dr-rao/1/"' in page
    pressed = re.search(r'action="([^"]+/arrived/[^"]*)"', page)[1]
    answer = desk.post(pressed)
    assert answer.url == token.get_absolute_url()
    after = words(desk.get(answer.url))
    assert "Token 1 is here." in after
    assert "Has arrived" not in after
    assert 'form="act"' not in after
    assert state(token) == State.WAITING


def test_nobody_else_sees_the_desks_bar(
    client: Any, ashas: Any, room: Queue, asha: Any, hema: Any, operator: Any, signed_in: Any
) -> None:
    at = booked(queue=room, patient=asha).get_absolute_url()
    for browser in (client, ashas, signed_in(hema), signed_in(operator)):
        answer = browser.get(at)
        assert "At the desk" not in words(answer)
        assert "Thomas" not in words(answer)
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_live_part_never_carries_it(desk: Any, room: Queue, asha: Any) -> None:
    at = booked(queue=room, patient=asha).get_absolute_url()
    assert "At the desk" not in words(desk.get(at, {"fragment": "1"}))


def test_where_a_second_factor_is_asked_for_a_password_shows_no_bar(desk: Any, room: Queue, asha: Any) -> None:
    at = booked(queue=room, patient=asha).get_absolute_url()
    room.clinic.needs_second_factor = True
    room.clinic.save()
    assert "At the desk" not in words(desk.get(at))


def test_another_doctor_looks_and_does_not_press(room: Queue, asha: Any, rao: Any, lake: Any, signed_in: Any) -> None:
    from clinics.models import Role

    at = booked(queue=room, patient=asha).get_absolute_url()
    colleague = words(signed_in(cast.staff(clinic=lake, role=Role.DOCTOR, name="Joseph")).get(at))
    assert BAR in colleague
    assert "Has arrived" not in colleague
    assert "Has arrived" in words(signed_in(rao).get(at))


def test_tomorrows_token_is_not_marked_today(desk: Any, room: Queue, asha: Any) -> None:
    later = services.queue_for(room.doctor, room.date + timedelta(days=1))
    token = booked(queue=later, patient=asha, due_at=timezone.now() + timedelta(days=1))
    page = words(desk.get(token.get_absolute_url()))
    assert BAR in page
    assert "Has arrived" not in page
    assert "Open at desk" not in page
