"""A patient's page: the number, how many before, and when; true at every stage, and secret but for its address."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import cast
from tests.clock import clock_at
from tests.waiting_room import booked, queue, walk_in
from tokens import services
from tokens.models import Queue, Token

pytestmark = pytest.mark.django_db


def page(client: Any, token: Token) -> str:
    """What the patient sees, without the line breaks."""
    return " ".join(client.get(token.get_absolute_url()).content.decode().split())


def call(room: Queue, by: Any, *, seen: int | None = None) -> Token:
    return services.call_next(queue=room, by=by, seen=seen)


def test_asha_sees_her_number_who_is_inside_and_how_many_are_before_her(
    client: Any, room: Queue, reena: Any, asha: Any
) -> None:
    for name in ("Ravi", "Meera", "George"):
        walk_in(queue=room, name=name, by=reena)
    token = booked(queue=room, patient=asha, due_at=timezone.now() + timedelta(minutes=1))
    call(room, reena)
    shown = page(client, token)
    assert "Asha, your token" in shown
    assert '<p class="n">4</p>' in shown
    assert '<span class="token n now">1</span>' in shown
    assert "<dd>2 people</dd>" in shown
    assert "15–45 min" in shown  # two of ten minutes, and ten for the one inside, as nothing was measured yet


def test_nobody_elses_name_and_no_surname_is_on_it(client: Any, room: Queue, reena: Any, asha: Any) -> None:
    walk_in(queue=room, name="Ravi Kumar", by=reena)
    shown = page(client, booked(queue=room, patient=asha))
    for secret in ("Thomas", "Ravi", "Kumar", "98470", "0112", "Reena"):
        assert secret not in shown


def test_an_emergency_is_said_as_one_without_its_reason(client: Any, room: Queue, reena: Any, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    services.issue(
        queue=room, patient=cast.patient(name="Devassy", phone=None), kind=Token.Kind.EMERGENCY, by=reena,
        why="Put first by Reena: chest pain",
    )  # fmt: skip
    shown = page(client, token)
    assert "1 emergency goes before you." in shown
    assert "chest pain" not in shown


def test_two_emergencies_go_before(client: Any, room: Queue, reena: Any, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    for name in ("Devassy", "Leela"):
        services.issue(
            queue=room, patient=cast.patient(name=name, phone=None), kind=Token.Kind.EMERGENCY, by=reena, why="fits"
        )
    assert "2 emergencies go before you." in page(client, token)


def test_while_her_time_is_further_than_the_line_she_is_told_when_to_be_there(
    client: Any, room: Queue, asha: Any
) -> None:
    with clock_at("2026-11-24 09:00"):
        other_day = services.queue_for(room.doctor, room.clinic.today())
        services.open_day(queue=other_day)
        token = booked(queue=other_day, patient=asha, due_at=timezone.now() + timedelta(hours=3))
        shown = page(client, token)
    assert "Be there by" in shown
    assert "12:00 pm" in shown
    assert "until your time" in shown


def test_her_turn_makes_the_slip_yellow_and_says_the_room(client: Any, room: Queue, reena: Any) -> None:
    from clinics.models import Room

    room.doctor.room = Room.objects.create(clinic=room.clinic, branch=room.clinic.branches.get(), name="Room 3")
    room.doctor.save()
    token = walk_in(queue=room, name="Asha Thomas", by=reena)
    services.call_next(queue=Queue.objects.get(pk=room.pk), by=reena, seen=None)
    shown = page(client, token)
    assert 'class="ticket turn"' in shown
    assert "Asha, it is your turn" in shown
    assert "Token 1, it is your turn. Please go to Room 3." in shown


def test_who_was_called_and_was_not_there_keeps_the_token(client: Any, room: Queue, reena: Any) -> None:
    token = walk_in(queue=room, by=reena)
    call(room, reena)
    services.skip(queue=room, number=1, by=reena)
    shown = page(client, token)
    assert "You were called and were not there." in shown
    assert "your token is kept" in shown
    assert f"/t/{token.code}/cancel/" in shown
    assert "/move/" not in shown


def test_who_is_late_is_told_where_they_go_in(client: Any, room: Queue, reena: Any, asha: Any) -> None:
    token = booked(queue=room, patient=asha, due_at=timezone.now() - timedelta(minutes=30))
    services.mark_late(queue=room, number=1, by=reena)
    shown = page(client, token)
    assert "you go in after the next 3" in shown
    assert f"/t/{token.code}/move/" in shown


def test_afterwards_it_thanks_and_says_how_long_it_took(client: Any, room: Queue, reena: Any) -> None:
    with clock_at(timezone.now()) as clock:
        token = walk_in(queue=room, name="Asha Thomas", by=reena)
        clock.pass_(minutes=12)
        call(room, reena)
        clock.pass_(minutes=5)
        services.complete(queue=room, by=reena, seen=1)
        shown = page(client, token)
    assert "Thank you, Asha." in shown
    assert "You waited 12 min." in shown
    assert "/cancel/" not in shown


def test_a_cancelled_visit_leads_to_booking_again(client: Any, room: Queue, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    services.cancel(token=token, by=None, why="Called off by the patient.")
    shown = page(client, token)
    assert "This visit is cancelled." in shown
    assert 'href="/c/lake-clinic/dr-rao/"' in shown
    assert "/cancel/" not in shown


def test_a_moved_visit_leads_to_the_token_that_counts(client: Any, room: Queue, asha: Any) -> None:
    tomorrow = services.queue_for(room.doctor, room.date + timedelta(days=1))
    old = booked(queue=room, patient=asha)
    new = booked(queue=tomorrow, patient=asha, due_at=timezone.now() + timedelta(days=1))
    services.cancel(token=old, by=None, why="Moved to another day.", moved_to=new)
    assert f'href="{new.get_absolute_url()}"' in page(client, old)


def test_a_visit_on_another_day_shows_day_and_time_and_no_wait(client: Any, room: Queue, asha: Any) -> None:
    later = services.queue_for(room.doctor, room.date + timedelta(days=2))
    token = booked(queue=later, patient=asha, due_at=timezone.now() + timedelta(days=2))
    shown = page(client, token)
    assert "Your wait" not in shown
    assert "now serving" not in shown
    assert f"/t/{token.code}/move/" in shown


def test_between_midnight_and_half_past_five_today_is_the_clinics_today(client: Any, dr_rao: Any, asha: Any) -> None:
    with clock_at("2026-11-24 01:30"):  # in UTC still the 23rd
        room = queue(doctor=dr_rao)
        assert "Before you" in page(client, booked(queue=room, patient=asha))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("not_arrived", "Dr Rao has not arrived yet."),
        ("on_break", "Dr Rao is on a short break since"),
        ("called_away", "Dr Rao was called to an emergency at"),
        ("left", "Dr Rao has left for today."),
    ],
)
def test_where_the_doctor_is_stands_on_top(
    client: Any, room: Queue, reena: Any, asha: Any, state: str, said: str
) -> None:
    token = booked(queue=room, patient=asha)
    services.set_doctor_state(queue=room, state=state, by=reena)
    shown = page(client, token)
    assert said in shown
    assert ("Your place is safe." in shown) == (state != "left")


def test_what_the_desk_gave_can_be_cancelled_but_has_no_slot_to_move(client: Any, room: Queue, reena: Any) -> None:
    shown = page(client, walk_in(queue=room, by=reena))
    assert "/cancel/" in shown
    assert "/move/" not in shown


def test_the_address_stays_secret(client: Any, room: Queue, asha: Any) -> None:
    answer = client.get(booked(queue=room, patient=asha).get_absolute_url())
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "same-origin", "its form must say where it comes from"
    assert "noindex" in answer.headers["X-Robots-Tag"]


@pytest.mark.parametrize("code", ["nothing-like-it", "AAAAAAAAAAAA", "%00", "a" * 400])
def test_an_address_that_was_guessed_shows_nothing(client: Any, db: None, code: str) -> None:
    assert client.get(f"/t/{code}/").status_code == 404


def test_the_page_reloads_itself_where_there_is_no_javascript(client: Any, room: Queue, asha: Any) -> None:
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page(
        client, booked(queue=room, patient=asha)
    )


def test_the_page_costs_as_many_queries_with_sixty_before_her_as_with_none(
    client: Any, room: Queue, reena: Any, asha: Any
) -> None:
    token = booked(queue=room, patient=asha)
    with CaptureQueriesContext(connection) as few:
        page(client, token)
    for number in range(60):
        walk_in(queue=room, name=f"Patient {number}", by=reena)
    with CaptureQueriesContext(connection) as many:
        page(client, token)
    assert len(many) == len(few)
    with CaptureQueriesContext(connection) as again:
        page(client, token)
    # the token, the version of its queue, and what the clinic sends, else kept for a minute: nothing has changed
    assert len(again) <= 4
