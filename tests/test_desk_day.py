"""A day at reception: where the doctor is, and how the day ends."""

from typing import Any

import pytest
from django.test import Client

from clinics.models import AuditEvent
from notifications.models import Message
from scheduling.models import Appointment
from scheduling.services import close_days
from tests import cast
from tests.clock import clock_at
from tests.desk import at, refusing, state_of, words
from tests.waiting_room import booked, press, queue, walk_in
from tokens import services
from tokens.models import Queue, Token
from tokens.states import State

pytestmark = pytest.mark.django_db


# ── where the doctor is ───────────────────────────────────────────────────────────────────────────────────────
def test_a_break_is_one_tap_and_says_until_when(desk: Any, room: Queue) -> None:
    with clock_at("2026-11-24 10:00"):
        here = services.current_queue(room.doctor)
        answer = words(press(desk, "state", here, data={"state": "on_break:20"}, live=True))
        assert "on a break until 10:20 am" in answer
        assert "away until 10:20" in answer
        assert "Undo" in answer


def test_running_late_is_one_tap_and_everybody_on_the_way_is_told(desk: Any, room: Queue, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    answer = words(press(desk, "running_late", room, data={"minutes": "20"}, live=True))
    assert "runs 20 min late" in answer
    assert "booked for" in words(Client().get(token.get_absolute_url()))
    assert "runs about 20 min late; your place is the same" in words(Client().get(token.get_absolute_url()))
    assert Message.objects.filter(kind="delayed").count() == 1


@refusing
@pytest.mark.parametrize(
    ("name", "typed"),
    [("running_late", {"minutes": "late"}), ("running_late", {"minutes": "999"}), ("state", {"state": "asleep"})],
)
def test_nonsense_about_the_doctor_changes_nothing(desk: Any, room: Queue, name: str, typed: dict[str, str]) -> None:
    before = Queue.objects.values().get(pk=room.pk)
    assert press(desk, name, room, data=typed, live=True).status_code == 200
    assert Queue.objects.values().get(pk=room.pk) == before


# ── the end of the day ────────────────────────────────────────────────────────────────────────────────────────
def test_closing_shows_who_is_left_then_marks_them_and_tells_the_figures(
    desk: Any, room: Queue, asha: Any, reena: Any
) -> None:
    visit = cast.appointment(doctor=room.doctor, patient=asha, slot=cast.slot(doctor=room.doctor, booked=1))
    Token.objects.filter(pk=visit.token_id).update(queue=room, number=1)
    Queue.objects.filter(pk=room.pk).update(last_number=1)
    walk_in(queue=room, by=reena)
    services.call_next(queue=room, by=reena, seen=None)
    assert "1 is still here" in words(desk.get(f"{at(room)}close/"))
    assert "still here" in words(desk.post(f"{at(room)}close/", follow=True))
    services.complete(queue=room, by=reena, seen=2)
    shown = words(desk.get(f"{at(room)}close/"))
    assert "Will be marked as not come 1" in shown
    assert "Asha Thomas" in shown
    answer = words(desk.post(f"{at(room)}close/", follow=True))
    assert "The day is closed. 1 did not come." in answer
    assert "1 seen, 1 did not come, 0 cancelled" in answer
    visit.refresh_from_db()
    assert visit.state == Appointment.State.MISSED
    assert "you had not come" in words(Client().get(visit.token.get_absolute_url()))
    assert AuditEvent.objects.filter(action="day.closed").count() == 1
    assert "open again" in words(desk.post(f"{at(room)}reopen/", follow=True))


def test_days_that_are_over_close_by_themselves_once(dr_rao: Any, asha: Any, reena: Any) -> None:
    with clock_at("2026-11-23 19:00") as clock:
        room = queue(doctor=dr_rao)
        token, inside = booked(queue=room, patient=asha), walk_in(queue=room, by=reena)
        services.call_next(queue=room, by=reena, seen=None)
        assert close_days() == 0
        clock.set("2026-11-24 00:05")
        assert close_days() == 1
        assert close_days() == 0
    assert (state_of(token), state_of(inside)) == (State.CANCELLED, State.COMPLETED)


def test_a_doctor_who_works_past_midnight_is_not_closed(dr_rao: Any, reena: Any) -> None:
    with clock_at("2026-11-23 23:50") as clock:
        room = services.current_queue(dr_rao)
        walk_in(queue=room, by=reena)
        services.call_next(queue=room, by=reena, seen=None)
        clock.set("2026-11-24 00:30")
        assert close_days() == 0
        clock.set("2026-11-24 03:00")
        assert close_days() == 1


def test_past_midnight_the_desk_means_the_queue_that_goes_on(desk: Any, dr_rao: Any, asha: Any, reena: Any) -> None:
    with clock_at("2026-11-23 23:50") as clock:
        room = services.current_queue(dr_rao)
        night = walk_in(queue=room, by=reena)
        walk_in(queue=room, by=reena)
        services.call_next(queue=room, by=reena, seen=None)
        clock.set("2026-11-24 00:30")
        booked(queue=services.queue_for(dr_rao, dr_rao.clinic.today()), patient=asha)
        assert "Ravi Kumar" in words(desk.get(at(room)))
        desk.post(f"{at(room)}2/cancel/", {"why": "went home"})
        assert [state_of(it) for it in room.tokens.order_by("number")] == [State.CONSULTING, State.CANCELLED]
        assert state_of(night) == State.CONSULTING
