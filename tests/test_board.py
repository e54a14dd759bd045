"""The waiting room's display: numbers for everybody, names for nobody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import cast
from tests.clock import clock_at
from tests.waiting_room import booked, queue, walk_in
from tokens import board_rows, services
from tokens.models import Board, Queue

pytestmark = pytest.mark.django_db


def shown(client: Any, board: Board) -> str:
    return " ".join(client.get(board.get_absolute_url()).content.decode().split())


def test_it_shows_who_is_inside_and_who_is_next_and_no_names(
    client: Any, room: Queue, board: Board, reena: Any
) -> None:
    for name in ("Ravi Kumar", "Meera Nair", "George Mathew"):
        walk_in(queue=room, name=name, by=reena)
    services.call_next(queue=room, by=reena, seen=None)
    page = shown(client, board)
    assert '<div class="n">1</div>' in page
    assert "2 3" in page
    assert "Dr Kavitha Rao" in page
    for name in ("Ravi", "Kumar", "Meera", "Nair", "George"):
        assert name not in page


def test_who_is_not_here_yet_is_not_announced_as_next(client: Any, room: Queue, board: Board, asha: Any) -> None:
    booked(queue=room, patient=asha)
    assert '<p class="nexts"></p>' in shown(client, board)


def test_who_has_just_called_stands_out_for_half_a_minute(client: Any, room: Queue, board: Board, reena: Any) -> None:
    walk_in(queue=room, by=reena)
    with clock_at("2026-11-24 10:00"):
        room = services.queue_for(room.doctor, room.clinic.today())
        walk_in(queue=room, by=reena)
    with clock_at("2026-11-24 10:10") as clock:
        services.call_next(queue=room, by=reena, seen=None)
        assert 'class="called"' in shown(client, board)
        assert "Token 1, please go to" in shown(client, board)
        clock.pass_(seconds=61)
        assert 'class="called"' not in shown(client, board)
        services.call_again(queue=room, by=reena)
        assert 'class="called"' in shown(client, board)


def test_where_the_doctor_is_stands_beside_the_room(client: Any, room: Queue, board: Board, reena: Any) -> None:
    walk_in(queue=room, by=reena)
    services.set_doctor_state(queue=room, state="on_break", by=reena)
    assert "on a break" in shown(client, board)


def test_the_call_is_there_in_words_for_a_voice_and_names_nobody(
    client: Any, room: Queue, board: Board, reena: Any
) -> None:
    room.doctor.room = cast.room(clinic=room.clinic, name="Room 3")
    room.doctor.save()
    with clock_at("2026-11-24 10:10:05") as clock:
        room = services.queue_for(room.doctor, room.clinic.today())
        walk_in(queue=room, name="Ravi Kumar", by=reena)
        services.call_next(queue=room, by=reena, seen=None)
        fragment = client.get(board.get_absolute_url(), {"fragment": "1"}).content.decode()
        assert f'data-inside="{room.pk}-1-1"' in fragment
        assert f'value="{room.pk}-1-1" data-at="{int(clock.now.timestamp() * 1000)}"' in fragment
        assert 'data-en="Token one, please go to room three."' in fragment
        assert 'data-ml="ടോക്കൺ ഒന്ന്, ദയവായി മൂന്നാം നമ്പർ മുറിയിലേക്ക് വരൂ."' in fragment
        assert "Ravi" not in fragment
        services.call_again(queue=room, by=reena)
        assert f'value="{room.pk}-1-2"' in client.get(board.get_absolute_url()).content.decode()
        clock.pass_(seconds=61)
        fragment = client.get(board.get_absolute_url(), {"fragment": "1"}).content.decode()
        assert "data-en" not in fragment, "an old call is not said any more"
        assert f'data-inside="{room.pk}-1-2"' in fragment


def test_a_clinics_first_screen_is_there_when_reception_opens_the_desk(
    client: Any, lake: Any, dr_rao: Any, reena: Any, signed_in: Callable[[Any], Any]
) -> None:
    desk = signed_in(reena)
    page = desk.get("/desk/lake-clinic/").content.decode()
    first = Board.objects.get()
    assert f'href="{first.get_absolute_url()}">Waiting-room screen</a>' in page
    Board.objects.create(clinic=lake, name="Upstairs")
    page = desk.get("/desk/lake-clinic/").content.decode()
    assert "Screen: Upstairs</a>" in page
    assert "Screen: Waiting room</a>" in page
    assert Board.objects.count() == 2
    Board.objects.update(is_active=False)
    assert "/board/" not in desk.get("/desk/lake-clinic/").content.decode()
    assert Board.objects.count() == 2, "one that was switched off is not replaced behind its admin's back"


def test_a_screen_that_is_switched_off_says_so(client: Any, board: Board) -> None:
    Board.objects.update(is_active=False)
    page = shown(client, board)
    assert "This screen was switched off." in page
    assert '<meta http-equiv="refresh" content="60">' in page, "it comes back by itself when it is switched on"


def test_a_revoked_or_unknown_key_shows_nothing(client: Any, board: Board) -> None:
    assert client.get(board.get_absolute_url()).status_code == 200
    Board.objects.update(is_active=False)
    assert client.get(board.get_absolute_url()).status_code == 404
    assert client.get("/board/nobody-knows/").status_code == 404


def test_a_display_can_be_for_some_doctors_only(client: Any, room: Queue, board: Board, reena: Any) -> None:
    other = queue(doctor=cast.doctor(clinic=room.clinic, name="Joseph Kurian"))
    for each in (room, other):
        walk_in(queue=each, by=reena)
    board.doctors.set([other.doctor])
    page = shown(client, board)
    assert "Dr Joseph Kurian" in page
    assert "Dr Kavitha Rao" not in page


def test_another_clinics_doctors_are_never_on_it(
    client: Any, board: Board, dr_hari: Any, hema: Any, room: Queue
) -> None:
    walk_in(queue=queue(doctor=dr_hari), by=hema)
    assert "Hari" not in shown(client, board)


def test_an_empty_morning_says_so(client: Any, board: Board) -> None:
    assert "Nobody is being called now." in shown(client, board)


def test_doctors_without_anybody_do_not_take_up_rows(client: Any, room: Queue, board: Board, reena: Any) -> None:
    queue(doctor=cast.doctor(clinic=room.clinic, name="Arun Menon"))
    walk_in(queue=room, by=reena)
    assert "Menon" not in shown(client, board)


def test_many_doctors_take_turns_and_who_has_just_called_is_always_there(
    client: Any, lake: Any, board: Board, reena: Any
) -> None:
    with clock_at("2026-11-24 10:00") as clock:
        queues = [queue(doctor=cast.doctor(clinic=lake, name=f"Doctor {name}")) for name in "ABCDEFGH"]
        for each in queues:
            walk_in(queue=each, by=reena)
        seen = set()
        for _ in range(2):
            page = shown(client, board)
            here = {each.doctor.name for each in queues if str(each.doctor) in page}
            assert len(here) <= board_rows.MOST
            seen |= here
            clock.pass_(seconds=board_rows.TURN_EVERY)
        assert seen == {each.doctor.name for each in queues}
        for each in (queues[0], queues[7]):
            services.call_next(queue=each, by=reena, seen=None)
            assert f"<h2>{each.doctor}</h2>" in shown(client, board)


def test_the_display_of_a_new_day_starts_empty(client: Any, room: Queue, board: Board, reena: Any) -> None:
    walk_in(queue=room, by=reena)
    with clock_at(timezone.now() + timedelta(days=1)):
        assert "Nobody is being called now." in shown(client, board)


def test_it_costs_as_many_queries_with_sixty_tokens_as_with_one(
    client: Any, room: Queue, board: Board, reena: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(client, board)
        return len(captured)

    walk_in(queue=room, by=reena)
    few = queries()
    for number in range(60):
        walk_in(queue=room, name=f"Patient {number}", by=reena)
    assert queries() == few


def test_nobody_needs_to_sign_in_to_look_and_nobody_can_press(
    client: Any, board: Board, signed_in: Callable[[Any], Any]
) -> None:
    page = shown(client, board)
    assert "<form" not in page
    assert "<button" not in page
