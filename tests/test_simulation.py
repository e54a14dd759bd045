"""A clinic's day played through: the same seed gives the same day, and afterwards everybody stands as they should."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinics.models import Role
from config.simulation.clocks import RealClock, SteppedClock
from config.simulation.desks import Refused, ServiceDesk
from config.simulation.http_desk import HttpDesk, Reception, Session
from config.simulation.script import BOOKED, EMERGENCY, PHONE, WALK_IN, Room, Script, Seat, Ways
from config.simulation.stage import Stage, play
from tests import cast
from tests.clock import clock_at, ist
from tests.waiting_room import booked, queue
from tokens import services
from tokens.models import Queue, QueueEvent, TokenError
from tokens.states import State

BUSY = Ways(
    hours=1, walk_ins=0.5, no_shows=0.1, very_late=0.1, cancels=0.1, step_out=0.15, emergencies=0.08, transfers=0.8,
    slips=0.2,
)  # fmt: skip


def rooms(*doctors: str, patients: int = 14) -> list[Room]:
    """Doctors who see somebody every four minutes."""
    return [Room(doctor=name, mean=4, patients=patients) for name in doctors]


# ── the script ────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_same_seed_gives_the_same_day() -> None:
    assert Script.write(7, rooms("Rao", "Pillai")) == Script.write(7, rooms("Rao", "Pillai"))
    assert Script.write(7, rooms("Rao")) != Script.write(8, rooms("Rao"))


def test_a_doctors_day_does_not_depend_on_who_else_sits() -> None:
    alone, among = Script.write(7, rooms("Rao")), Script.write(7, rooms("Pillai", "Rao"))
    still = Ways(transfers=0)
    assert alone.days[0].starts == among.days[1].starts
    assert Script.write(7, rooms("Rao"), still).days[0] == Script.write(7, rooms("Pillai", "Rao"), still).days[1]


def test_as_many_come_as_asked_for_and_in_every_way() -> None:
    script = Script.write(1, rooms(*(f"Doctor {number}" for number in range(20)), patients=100))
    assert script.patients == 2000
    visits = [visit for day in script.days for visit in day.visits]
    kinds = {kind: sum(visit.kind == kind for visit in visits) for kind in (BOOKED, WALK_IN, PHONE, EMERGENCY)}
    assert kinds[BOOKED] > kinds[WALK_IN] > kinds[PHONE] > kinds[EMERGENCY] > 0
    assert any(visit.arrives is None for visit in visits)
    assert any(visit.cancels is not None for visit in visits)
    assert any(visit.steps_out and visit.returns for visit in visits)
    assert any(visit.goes_to for visit in visits)
    assert any(day.slips for day in script.days)
    assert any(day.says_late for day in script.days)
    assert {outing.state for day in script.days for outing in day.outings} == {"on_break", "called_away"}


def test_consultations_take_the_doctors_mean() -> None:
    script = Script.write(1, [Room(doctor="Rao", mean=9, patients=1000)])
    takes = [visit.takes for visit in script.days[0].visits]
    assert 8.5 * 60 < sum(takes) / len(takes) < 9.5 * 60


def test_who_has_booked_already_keeps_number_and_time() -> None:
    seats = [Seat(due=600.0 * number, number=number) for number in range(1, 5)]
    day = Script.write(1, [Room(doctor="Rao", mean=9, patients=10, seats=seats)]).days[0]
    kept = [(visit.number, visit.due) for visit in day.visits if visit.number]
    assert kept == [(seat.number, seat.due) for seat in seats]


def test_the_clock_can_be_held() -> None:
    clock = RealClock(speed=1000)
    with clock.acting():
        clock.until(5)
    with clock.held():
        clock.until(clock.now)
        before = clock.held_for
    assert clock.held_for > before == 0
    assert clock.now >= 5


# ── the stage ─────────────────────────────────────────────────────────────────────────────────────────────────
def a_day(seed: int, *, checks_in: bool = True, ways: Ways = BUSY, closes: bool = True) -> list[Stage]:
    """An hour of three doctors and forty patients."""
    clinic = cast.clinic(name=f"Clinic {random.random()}", checks_people_in=checks_in)
    reena = cast.staff(clinic=clinic)
    names = ["Kavitha Rao", "Lekha Pillai", "Arun Menon"]
    doctors = [cast.doctor(clinic=clinic, name=name) for name in names]
    script = Script.write(seed, rooms(*(doctor.short_name for doctor in doctors)), ways)
    with clock_at(ist("2026-11-24 09:00")) as wall:
        clock = SteppedClock(wall.now, lambda moment: setattr(wall, "now", moment))
        stages = []
        for doctor, day in zip(doctors, script.days, strict=True):
            desk = ServiceDesk(services.queue_for(doctor, clinic.today()), by=reena)
            stages.append(Stage(day, desk, clock, closes=closes))
        play(stages)
    return stages


def stands(stage: Stage) -> dict[int, Any]:
    """How the tables say that everybody stands."""
    return dict(stage.desk.states())


HAPPENS = {
    "add", "issue", "arrive", "late", "call", "complete", "again", "skip", "recall", "cancel", "transfer", "undo",
    "state", "close",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("checks_in", [True, False])
def test_after_a_day_everybody_stands_as_they_should(checks_in: bool) -> None:
    stages = a_day(3, checks_in=checks_in)
    for stage in stages:
        line = Queue.objects.get(pk=stage.desk.queue.pk)
        assert stage.refused == []
        assert stage.is_over
        assert stands(stage) == stage.states
        assert set(stage.states.values()) <= {State.COMPLETED, State.CANCELLED}, "nobody is left"
        assert sorted(stage.states) == list(range(1, line.last_number + 1))
        assert line.closed_at is not None
        replayed: dict[int, str] = {}
        for number, old, new in line.events.order_by("pk").values_list("token__number", "from_state", "to_state"):
            assert replayed.get(number, "") == old
            replayed[number] = new
        assert replayed == stage.states
    happened = {verb for stage in stages for verb in stage.desk.queue.events.values_list("verb", flat=True)}
    happened |= set(QueueEvent.objects.values_list("verb", flat=True))
    assert HAPPENS - happened <= (set() if checks_in else {"arrive", "late"})


@pytest.mark.django_db(transaction=True)
def test_a_stage_goes_on_when_somebody_else_presses_too() -> None:
    clinic = cast.clinic()
    reena, doctor = cast.staff(clinic=clinic), cast.doctor(clinic=clinic)
    day = Script.write(1, rooms(doctor.short_name), replace(BUSY, transfers=0)).days[0]
    with clock_at(ist("2026-11-24 09:00")) as wall:
        clock = SteppedClock(wall.now, lambda moment: setattr(wall, "now", moment))
        line = services.queue_for(doctor, clinic.today())
        stage = Stage(day, ServiceDesk(line, by=reena), clock)
        while stage.next_at is not None:
            clock.until(stage.next_at)
            if stage.calls == 3 and stage.inside is not None and not stage.refused:
                with suppress(TokenError):  # it has been pressed
                    services.complete(queue=line, by=reena, seen=stage.inside)
            stage.step()
    assert stage.refused, "somebody was inside no more"
    assert stage.is_over
    assert stands(stage) == stage.states


@pytest.mark.django_db(transaction=True)
def test_the_pages_can_be_pressed_as_the_services_are(served: str, signed_in: Callable[[Any], Any]) -> None:
    clinic = cast.clinic()
    rao = cast.staff(clinic=clinic, role=Role.DOCTOR, name="Rao")
    doctor = cast.doctor(clinic=clinic, user=rao)
    reception = [cast.staff(clinic=clinic, name=name) for name in ("Reena", "Lekha")]
    line = services.queue_for(doctor, clinic.today())
    at_desk = ServiceDesk(line, by=reception[0])
    day = Script.write(6, rooms(doctor.short_name, patients=10), replace(BUSY, transfers=0)).days[0]
    now = timezone.now()
    visits = [
        replace(visit, number=at_desk.book(visit, now)) if visit.kind == BOOKED else visit for visit in day.visits
    ]
    sessions = [Session(served, _cookies(signed_in(who))) for who in (rao, *reception)]
    desk = HttpDesk(clinic.slug, doctor.slug, reception=Reception(sessions[1:]), own=sessions[0])
    stage = Stage(replace(day, visits=tuple(visits)), desk, SteppedClock(now, lambda _: None))
    play([stage])
    with pytest.raises(Refused, match="Nobody who is here is waiting"):
        desk.call_next(None)
    for session in sessions:
        session.close()
    assert stage.refused == []
    assert stage.is_over
    assert at_desk.states() == stage.states
    assert State.COMPLETED in stage.states.values()


def _cookies(browser: Any) -> dict[str, str]:
    return {name: morsel.value for name, morsel in browser.cookies.items()}


# ── the command ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_a_day_goes_by_and_can_go_by_again(capsys: pytest.CaptureFixture[str]) -> None:
    clinic = cast.clinic()
    cast.staff(clinic=clinic)
    doctor = cast.doctor(clinic=clinic, consultation_minutes=5)
    asha = booked(queue=queue(doctor=doctor), patient=cast.patient())
    for _ in range(2):
        call_command("simulate_day", speed=20_000, hours=1, seed=5)
        assert "The day is over" in capsys.readouterr().out
    asha.refresh_from_db()
    assert asha.state not in (State.BOOKED, State.WAITING), "she came too"
    assert not doctor.queues.get().tokens.consulting().exists()


@pytest.mark.django_db
def test_invented_patients_are_not_written_in_production_by_mistake(settings: Any) -> None:
    settings.DEBUG = settings.TESTING = False
    with pytest.raises(CommandError, match="--i-know"):
        call_command("simulate_day")
    with pytest.raises(CommandError, match="which clinic"):
        call_command("simulate_day", i_know=True)
