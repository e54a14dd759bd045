"""Where the doctor is and how late: every estimate moves at once, and who is on the way is told once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notifications.models import Message
from tests import cast
from tests.clock import clock_at, ist
from tests.reception import Kind, give, picture, refused
from tokens import services
from tokens.models import Queue
from tokens.undo import undo

pytestmark = pytest.mark.django_db


def expects(queue: Queue, patient: Any, minutes: int = 60) -> Any:
    due_at = timezone.now() + timedelta(minutes=minutes)
    return services.issue(queue=queue, patient=patient, kind=Kind.BOOKED, due_at=due_at, by=None)


def told(state: str = "waiting") -> list[str]:
    return [it.text for it in Message.objects.filter(kind="delayed", state=state).order_by("created_at")]


# ── estimates ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_break_until_a_time_is_in_everybodys_wait(dr_rao: Any, reena: Any) -> None:
    with clock_at("2026-11-24 10:00"):
        queue = cast.queue(doctor=dr_rao)
        give(queue, Kind.WALK_IN)
        services.set_doctor_state(queue=queue, state="on_break", back_at=ist("2026-11-24 10:30"), by=reena)
        seen = picture(queue)
        assert seen.wait_of(seen.line[0], now=timezone.now()).low == 30
        services.set_doctor_state(queue=queue, state="consulting", by=reena)
        seen = picture(queue)
        assert seen.wait_of(seen.line[0], now=timezone.now()).low == 0


def test_running_late_moves_when_to_be_there(dr_rao: Any, asha: Any, reena: Any) -> None:
    with clock_at("2026-11-24 10:00"):
        queue = cast.queue(doctor=dr_rao)
        expects(queue, asha)
        services.run_late(queue=queue, minutes=20, by=reena)
        seen = picture(queue)
        assert seen.wait_of(seen.line[0], now=timezone.now()) is None, "her own time decides"
        assert seen.expected_at(seen.line[0]) == ist("2026-11-24 11:20")
        likely = seen.likely_at(0, seen.line[0], now=timezone.now())
        assert ist("2026-11-24 11:20") <= likely <= ist("2026-11-24 11:25")


def test_before_the_doctor_comes_walk_ins_wait_for_the_first_booked_time(dr_rao: Any, asha: Any) -> None:
    with clock_at("2026-11-24 08:30"):
        queue = cast.queue(doctor=dr_rao)
        expects(queue, asha, minutes=30)
        give(queue, Kind.WALK_IN)
        seen = picture(queue)
        assert seen.wait_of(seen.line[0], now=timezone.now()).low >= 25


def test_nobody_is_promised_a_wait_once_the_doctor_has_left(queue: Queue, reena: Any) -> None:
    give(queue, Kind.WALK_IN)
    services.set_doctor_state(queue=queue, state="left", by=reena)
    seen = picture(queue)
    assert seen.wait_of(seen.line[0], now=timezone.now()) is None


@pytest.mark.parametrize("back_at", [timedelta(minutes=-1), timedelta(hours=13)])
def test_a_break_ends_within_the_day(queue: Queue, reena: Any, back_at: timedelta) -> None:
    with refused("Give a time that is still to come"):
        services.set_doctor_state(queue=queue, state="on_break", back_at=timezone.now() + back_at, by=reena)


@pytest.mark.parametrize("minutes", [-5, 241])
def test_a_doctor_is_not_late_by_days(queue: Queue, reena: Any, minutes: int) -> None:
    with refused("Up to 240 minutes"):
        services.run_late(queue=queue, minutes=minutes, by=reena)


# ── who is told ───────────────────────────────────────────────────────────────────────────────────────────────
def test_who_is_not_here_yet_gets_one_message_with_three_links(queue: Queue, asha: Any, bilal: Any, reena: Any) -> None:
    token, here = expects(queue, asha), expects(queue, bilal)
    services.mark_arrived(queue=queue, number=here.number, by=reena)
    services.run_late(queue=queue, minutes=20, by=reena)
    (text,) = told()
    assert text.startswith("Dr Rao runs about 20 min late: token 1, Lake Clinic.")
    for way in ("/", "/move/", "/cancel/"):
        assert f"/t/{token.code}{way} " in f"{text} "


def test_a_message_waits_a_minute_so_that_a_slip_is_not_sent(queue: Queue, asha: Any, reena: Any) -> None:
    expects(queue, asha)
    services.run_late(queue=queue, minutes=60, by=reena)
    assert Message.objects.get(kind="delayed").due_at > timezone.now() + timedelta(seconds=50)
    undo(queue=queue, by=reena)
    assert (told(), len(told("dropped"))) == ([], 1)
    services.run_late(queue=queue, minutes=20, by=reena)
    assert len(told()) == 1


def test_five_minutes_more_are_not_worth_another_message(queue: Queue, asha: Any, reena: Any) -> None:
    expects(queue, asha)
    services.run_late(queue=queue, minutes=20, by=reena)
    Message.objects.filter(kind="delayed").update(state="sent", sent_at=timezone.now())
    services.run_late(queue=queue, minutes=25, by=reena)
    assert told() == []
    services.run_late(queue=queue, minutes=40, by=reena)
    assert len(told()) == 1


def test_on_time_again_is_told_to_those_who_were_told_otherwise(queue: Queue, asha: Any, reena: Any) -> None:
    expects(queue, asha)
    services.run_late(queue=queue, minutes=30, by=reena)
    Message.objects.filter(kind="delayed").update(state="sent", sent_at=timezone.now())
    services.run_late(queue=queue, minutes=0, by=reena)
    assert told()[0].startswith("Dr Rao is on time again")


def test_an_emergency_elsewhere_is_told_and_a_short_break_is_not(queue: Queue, asha: Any, reena: Any) -> None:
    expects(queue, asha)
    services.set_doctor_state(queue=queue, state="on_break", by=reena)
    assert told() == []
    services.set_doctor_state(queue=queue, state="called_away", by=reena)
    assert told()[0].startswith("Dr Rao was called to an emergency")


def test_a_family_member_without_a_phone_of_their_own_is_told_nothing(queue: Queue, reena: Any) -> None:
    expects(queue, cast.patient(phone=None))
    services.run_late(queue=queue, minutes=20, by=reena)
    assert told() == []


# ── past midnight ─────────────────────────────────────────────────────────────────────────────────────────────
def test_a_queue_that_runs_past_midnight_keeps_its_series(dr_rao: Any, reena: Any) -> None:
    with clock_at("2026-11-23 23:30") as clock:
        queue = services.current_queue(dr_rao)
        give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
        services.call_next(queue=queue, by=reena, seen=None)
        clock.pass_(minutes=45)
        late = services.current_queue(dr_rao)
        assert late == queue
        assert give(late, Kind.WALK_IN).number == 3
        assert not late.is_over
        services.set_doctor_state(queue=late, state="left", by=reena)
        assert services.current_queue(dr_rao) != queue
        assert give(services.current_queue(dr_rao), Kind.WALK_IN).number == 1


def test_an_evening_that_was_forgotten_ends_after_three_hours(dr_rao: Any, reena: Any) -> None:
    with clock_at("2026-11-23 22:30") as clock:
        queue = services.current_queue(dr_rao)
        give(queue, Kind.WALK_IN)
        services.call_next(queue=queue, by=reena, seen=None)
        clock.set("2026-11-24 01:29")
        assert services.current_queue(dr_rao) == queue
        clock.set("2026-11-24 01:31")
        assert services.current_queue(dr_rao) != queue


def test_an_ordinary_evening_ends_at_midnight(dr_rao: Any, reena: Any) -> None:
    with clock_at("2026-11-23 20:30") as clock:
        queue = services.current_queue(dr_rao)
        give(queue, Kind.WALK_IN)
        services.call_next(queue=queue, by=reena, seen=None)
        clock.set("2026-11-24 00:01")
        assert services.current_queue(dr_rao) != queue
