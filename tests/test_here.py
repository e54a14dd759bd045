"""Whoever sees the waiting room's screen can say that they are here; nobody else can, and nobody for strangers."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from doctors.modes import Mode
from tests import cast
from tests.clock import clock_at
from tests.waiting_room import booked, queue, walk_in
from tokens import presence, services
from tokens.models import Board, Queue, Token, TokenEvent
from tokens.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_tried_before() -> None:
    cache.clear()


@pytest.fixture
def clock() -> Any:
    """Tuesday, ten in the morning and some seconds."""
    with clock_at("2026-11-24 10:00:40") as clock:
        yield clock


@pytest.fixture
def room(clock: Any, dr_rao: Any) -> Queue:
    """Dr Rao's Tuesday."""
    return queue(doctor=dr_rao)


@pytest.fixture
def board(lake: Any) -> Board:
    """The screen of Lake Clinic."""
    return Board.objects.create(clinic=lake)


@pytest.fixture
def ashas(signed_in: Callable[[Any], Any]) -> Any:
    """Asha's phone, which has proved itself."""
    return signed_in(cast.phone_user())


def scan(board: Board) -> str:
    """What a camera reads off the screen now."""
    return presence.address(board, timezone.now())


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def proof_in(page: str) -> str:
    return re.search(r'name="proof" value="([^"]+)"', page)[1]


def arrive(client: Any, board: Board, **typed: Any) -> Any:
    """Scan, and press the button."""
    at = scan(board)
    return client.post(at, {"proof": proof_in(words(client.get(at)))} | typed)


def state(token: Token) -> str:
    return Token.objects.get(pk=token.pk).state


# ── the phone's own ───────────────────────────────────────────────────────────────────────────────────────────
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
    ashas: Any, clock: Any, room: Queue, board: Board, asha: Any, reena: Any
) -> None:
    for name in ("Ravi", "Meera", "George", "Leela"):
        walk_in(queue=room, name=name, by=reena)
        clock.pass_(minutes=1)
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


# ── any other phone: the number, and how the mobile ends ──────────────────────────────────────────────────────
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


# ── the proof ─────────────────────────────────────────────────────────────────────────────────────────────────
SORRY = "Scan the code on the screen again, or tell the desk"


def test_a_stamp_is_good_for_its_minute_and_two_more(client: Any, clock: Any, board: Board) -> None:
    at = scan(board)  # at 10:00:40
    clock.set("2026-11-24 10:02:59")
    assert client.get(at).status_code == 200
    clock.set("2026-11-24 10:03:00")
    assert client.get(at).status_code == 410
    assert SORRY in words(client.get(at))
    clock.set("2026-11-25 10:00:40")
    assert client.get(at).status_code == 410


def test_a_form_opened_in_time_may_be_filled_in_slowly_but_not_for_ever(
    client: Any, clock: Any, room: Queue, board: Board, asha: Any
) -> None:
    token, at = booked(queue=room, patient=asha), scan(board)
    sent = {"proof": proof_in(words(client.get(at))), "number": "1"}
    clock.pass_(minutes=9)
    page = words(client.post(at, sent | {"end": "9999"}))
    assert proof_in(page) == sent["proof"], "a wrong answer does not prolong it"
    clock.pass_(minutes=2)
    assert client.post(at, sent | {"end": "0112"}).status_code == 410
    assert state(token) == State.BOOKED
    clock.pass_(minutes=-2)
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


def test_the_code_on_the_screen_is_coarse_and_new_every_minute(client: Any, clock: Any, board: Board) -> None:
    import segno

    def shown() -> str:
        return re.search(r"<svg.*?</svg>", words(client.get(board.get_absolute_url(), {"fragment": "1"})))[0]

    first = shown()
    clock.pass_(seconds=19)
    assert shown() == first
    clock.pass_(seconds=1)
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


# ── reception scans the patient's code ────────────────────────────────────────────────────────────────────────
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


# ── in real browsers ──────────────────────────────────────────────────────────────────────────────────────────
PHONE_SIZE = {"width": 360, "height": 740}


@pytest.mark.browser
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
