"""The code on the waiting room’s screen: how long it is good, where, and that nothing goes without it."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from tests.desk import words
from tests.here import arrive, proof_in, scan
from tests.reception import state
from tests.waiting_room import booked
from tokens.models import Board, Queue
from tokens.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday", "nobody_tried")]

SORRY = "Scan the code on the screen again, or tell the desk"


def test_a_stamp_is_good_for_its_minute_and_two_more(client: Any, tuesday: Any, board: Board) -> None:
    at = scan(board)  # at 10:00:40
    tuesday.set("2026-11-24 10:02:59")
    assert client.get(at).status_code == 200
    tuesday.set("2026-11-24 10:03:00")
    assert client.get(at).status_code == 410
    assert SORRY in words(client.get(at))
    tuesday.set("2026-11-25 10:00:40")
    assert client.get(at).status_code == 410


def test_a_form_opened_in_time_may_be_filled_in_slowly_but_not_for_ever(
    client: Any, tuesday: Any, room: Queue, board: Board, asha: Any
) -> None:
    token, at = booked(queue=room, patient=asha), scan(board)
    sent = {"proof": proof_in(words(client.get(at))), "number": "1"}
    tuesday.pass_(minutes=9)
    page = words(client.post(at, sent | {"end": "9999"}))
    assert proof_in(page) == sent["proof"], "a wrong answer does not prolong it"
    tuesday.pass_(minutes=2)
    assert client.post(at, sent | {"end": "0112"}).status_code == 410
    assert state(token) == State.BOOKED
    tuesday.pass_(minutes=-2)
    assert client.post(at, sent | {"end": "0112"}).status_code == 200
    assert state(token) == State.WAITING


def test_forged_borrowed_and_revoked_stamps_read_alike_and_change_nothing(
    client: Any, room: Queue, board: Board, asha: Any, hill: Any
) -> None:
    token = booked(queue=room, patient=asha)
    theirs, second = Board.objects.create(clinic=hill), Board.objects.create(clinic=board.clinic)
    good = scan(board)
    proof = proof_in(words(client.get(good)))
    stamp = good.split("/")[3]
    tried = [
        f"/here/{board.key}/AAAAAAAA/", f"/here/{board.key}/{proof}/", f"/here/{theirs.key}/{stamp}/",
        f"/here/{second.key}/{stamp}/", f"/here/nobody/{stamp}/",
    ]  # fmt: skip
    typed = {"number": "1", "end": "0112"}
    for at in tried:
        assert SORRY in words(client.get(at)), at
    for sent in ({}, {"proof": "AAAAAAAA"}, {"proof": stamp}, {"proof": "പ"}):
        assert SORRY in words(client.post(good, typed | sent)), sent
    assert client.post(f"/here/{second.key}/{stamp}/", typed | {"proof": proof}).status_code == 410
    Board.objects.filter(pk=board.pk).update(is_active=False)
    assert SORRY in words(client.get(good))
    assert SORRY in words(client.post(good, typed | {"proof": proof}))
    assert state(token) == State.BOOKED


def test_the_code_on_the_screen_is_coarse_and_new_every_minute(client: Any, tuesday: Any, board: Board) -> None:
    import segno

    def shown() -> str:
        return re.search(r"<svg.*?</svg>", words(client.get(board.get_absolute_url(), {"fragment": "1"})))[0]

    first = shown()
    tuesday.pass_(seconds=19)
    assert shown() == first
    tuesday.pass_(seconds=1)
    assert shown() != first
    assert segno.make("https://oozham.kerala.in" + scan(board), error="m", micro=False).version <= 4


def test_a_clinic_that_checks_nobody_in_shows_where_to_book_instead(client: Any, board: Board) -> None:
    assert "say that you are here" in words(client.get(board.get_absolute_url()))
    board.clinic.checks_people_in = False
    board.clinic.save()
    page = words(client.get(board.get_absolute_url()))
    assert "QR code: book a visit at Lake Clinic" in page


def test_a_form_of_another_site_presses_nothing(room: Queue, board: Board, asha: Any) -> None:
    from django.test import Client

    token, strict = booked(queue=room, patient=asha), Client(enforce_csrf_checks=True)
    answer = arrive(strict, board, number="1", end="0112")
    assert answer.status_code == 403
    assert state(token) == State.BOOKED


def test_it_costs_as_many_queries_for_a_family_of_six_as_for_one(
    ashas: Any, room: Queue, board: Board, asha: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            ashas.get(scan(board))
        return len(captured)

    booked(queue=room, patient=asha)
    few = queries()
    for at in range(5):
        booked(queue=room, patient=cast.patient(name=f"Child {at}"))
    assert queries() == few
