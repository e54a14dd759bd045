"""Whoever sees the waiting room’s screen says with their own phone that they are here; nobody does for strangers."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from doctors.modes import Mode
from tests import cast
from tests.desk import words
from tests.here import arrive, scan
from tests.reception import state
from tests.waiting_room import booked, queue, walk_in
from tokens import services
from tokens.models import Board, Queue, Token, TokenEvent
from tokens.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday", "nobody_tried")]


def test_asha_scans_presses_and_is_here(ashas: Any, room: Queue, board: Board, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    page = words(ashas.get(scan(board)))
    assert "You are at Lake Clinic" in page
    assert "Asha" in page
    assert state(token) == State.BOOKED, "looking changes nothing"
    answer = arrive(ashas, board, token=token.pk)
    assert answer.url == token.get_absolute_url()
    assert state(token) == State.WAITING
    assert "Token 1 is here." in words(ashas.get(answer.url))
    assert TokenEvent.objects.latest("pk").by == cast.phone_user()


def test_a_family_comes_on_one_phone_and_only_those_ticked_are_here(
    ashas: Any, room: Queue, board: Board, family: Any
) -> None:
    tokens = [booked(queue=room, patient=patient) for patient in family]
    page = words(ashas.get(scan(board)))
    assert [name in page for name in ("Asha", "Ammini", "Joel")] == [True] * 3
    answer = arrive(ashas, board, token=[token.pk for token in tokens[:2]])
    assert answer.url == "/me/"
    assert [state(token) for token in tokens] == [State.WAITING, State.WAITING, State.BOOKED]


def test_those_who_come_together_with_two_phones_are_marked_by_one(
    ashas: Any, room: Queue, board: Board, asha: Any, bilal: Any, dr_rao: Any
) -> None:
    party = cast.patient(name="Somebody", phone=None).pk
    tokens = [booked(queue=room, patient=patient) for patient in (asha, bilal)]
    Token.objects.update(party=party)
    page = words(ashas.get(scan(board)))
    assert "Bilal" in page
    assert "Rahman" not in page, "first names only: it is another phone's"
    answer = arrive(ashas, board, token=[token.pk for token in tokens])
    assert answer.url == f"/t/{tokens[0].code}/together/"
    assert {state(token) for token in tokens} == {State.WAITING}


def test_a_strangers_token_is_not_marked_however_it_is_sent(
    ashas: Any, room: Queue, board: Board, asha: Any, bilal: Any
) -> None:
    booked(queue=room, patient=asha)
    his = booked(queue=room, patient=bilal)
    answer = arrive(ashas, board, token=[his.pk, "nonsense"])
    assert "Tick who is here." in words(answer)
    assert "Bilal" not in words(answer)
    assert state(his) == State.BOOKED


def test_who_is_here_already_is_told_so(ashas: Any, room: Queue, board: Board, asha: Any, reena: Any) -> None:
    token = booked(queue=room, patient=asha)
    services.mark_arrived(queue=room, number=1, by=reena)
    assert "is here already" in words(ashas.get(scan(board)))
    answer = arrive(ashas, board, token=token.pk)
    assert "Token 1 is here already." in words(ashas.get(answer.url))
    assert TokenEvent.objects.filter(verb="arrive").count() == 1


def test_who_comes_late_goes_in_by_the_clinics_rule(
    ashas: Any, tuesday: Any, room: Queue, board: Board, asha: Any, reena: Any
) -> None:
    for name in ("Ravi", "Meera", "George", "Leela"):
        walk_in(queue=room, name=name, by=reena)
        tuesday.pass_(minutes=1)
    token = booked(queue=room, patient=asha, due_at=timezone.now() - timedelta(minutes=40))
    services.mark_late(queue=room, number=token.number, by=reena)
    answer = arrive(ashas, board, token=token.pk)
    assert "Token 5 is here. Came late: goes after 3." in words(ashas.get(answer.url))
    in_order = room.tokens.waiting().in_calling_order()
    assert [each.number for each in in_order] == [1, 2, 3, 5, 4]


def test_who_was_called_and_was_not_there_is_sent_to_the_desk(
    ashas: Any, room: Queue, board: Board, asha: Any, reena: Any
) -> None:
    token = booked(queue=room, patient=asha)
    services.mark_arrived(queue=room, number=1, by=reena)
    services.call_next(queue=room, by=reena, seen=None)
    services.skip(queue=room, number=1, by=reena)
    answer = arrive(ashas, board, token=token.pk)
    assert "Tell the desk that you are here now." in words(ashas.get(answer.url))
    assert state(token) == State.SKIPPED


def test_a_phone_without_a_token_today_is_told_and_led_to_booking(
    ashas: Any, room: Queue, board: Board, asha: Any, dr_hari: Any
) -> None:
    booked(queue=services.queue_for(room.doctor, room.date + timedelta(days=1)), patient=asha)
    booked(queue=queue(doctor=dr_hari), patient=asha)
    video = booked(queue=room, patient=asha)
    Token.objects.filter(pk=video.pk).update(mode=Mode.TELE)
    page = words(ashas.get(scan(board)))
    assert "No token of today is known for this phone here. Tell the desk" in page
    assert 'href="/c/lake-clinic/"' in page


def test_the_whole_clinic_counts_not_only_the_doctors_on_the_screen(
    ashas: Any, room: Queue, board: Board, asha: Any, lake: Any
) -> None:
    board.doctors.set([cast.doctor(clinic=lake, name="Joseph Kurian")])
    token = booked(queue=room, patient=asha)
    arrive(ashas, board, token=token.pk)
    assert state(token) == State.WAITING
