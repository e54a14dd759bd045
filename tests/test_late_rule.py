"""Who comes after their time: when they count as late, and where the clinic's rule, or the doctor's, lets them in."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinics.models import Clinic, LatePolicy
from tests import cast
from tests.clock import clock_at
from tests.reception import Kind, come, give, line, refused, state
from tokens import jobs, services
from tokens.models import LateRule, Queue, Token
from tokens.states import State

pytestmark = pytest.mark.django_db


def five(queue: Queue, reena: Any) -> Token:
    """The first is late, the four others are here."""
    late, *others = [give(queue, past=10 * at) for at in range(5)]
    services.mark_late(queue=queue, number=late.number, by=reena)
    come(queue, *others)
    return late


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(LatePolicy.AFTER, [2, 3, 4, 1, 5]), (LatePolicy.END, [2, 3, 4, 5, 1]), (LatePolicy.SLOT, [1, 2, 3, 4, 5])],
)
def test_the_clinics_policy_says_where_somebody_late_goes_in(
    queue: Queue, reena: Any, policy: str, expected: list[int]
) -> None:
    Clinic.objects.update(late_policy=policy)
    come(queue, five(queue, reena))
    assert line(queue) == expected


def test_a_doctors_own_rule_goes_before_the_clinics(queue: Queue, reena: Any) -> None:
    LateRule.objects.create(clinic=queue.clinic, doctor=queue.doctor, policy=LatePolicy.AFTER, goes_after=1)
    come(queue, five(queue, reena))
    assert line(queue) == [2, 1, 3, 4, 5]


def test_at_the_end_means_after_those_too_whose_time_was_earlier_than_now(queue: Queue, reena: Any) -> None:
    Clinic.objects.update(late_policy=LatePolicy.END)
    late = five(queue, reena)
    come(queue, late)
    walk_in = give(queue, Kind.WALK_IN)
    assert line(queue) == [2, 3, 4, 5, 1, walk_in.number]


# ── late by themselves ────────────────────────────────────────────────────────────────────────────────────────
def expected(queue: Queue, reena: Any) -> Token:
    """Somebody due at ten, while the doctor is seeing patients."""
    give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    return services.issue(
        queue=queue, patient=cast.patient(phone=None), kind=Kind.BOOKED, due_at=timezone.now(), by=None
    )


def test_whoever_is_not_here_when_the_grace_has_passed_is_late_by_themselves(dr_rao: Any, reena: Any) -> None:
    with clock_at("2026-11-24 10:00") as clock:
        queue = cast.queue(doctor=dr_rao)
        token = expected(queue, reena)
        clock.pass_(minutes=15)
        assert jobs.mark_late() == 0
        clock.pass_(seconds=1)
        assert jobs.mark_late() == 1
        assert jobs.mark_late() == 0
    assert state(token) == State.LATE
    assert token.events.last().why == "Not here when the grace had passed."


def test_the_doctors_delay_is_everybodys_grace(dr_rao: Any, reena: Any) -> None:
    with clock_at("2026-11-24 10:00") as clock:
        queue = cast.queue(doctor=dr_rao)
        expected(queue, reena)
        services.run_late(queue=queue, minutes=20, by=reena)
        clock.pass_(minutes=34)
        assert jobs.mark_late() == 0
        clock.pass_(minutes=2)
        assert jobs.mark_late() == 1


@pytest.mark.parametrize("where", ["on_break", "called_away", "left", "not_arrived"])
def test_nobody_is_late_for_a_doctor_who_is_not_there(dr_rao: Any, reena: Any, where: str) -> None:
    with clock_at("2026-11-24 10:00") as clock:
        queue = cast.queue(doctor=dr_rao)
        expected(queue, reena)
        services.set_doctor_state(queue=queue, state=where, by=reena)
        clock.pass_(minutes=40)
        assert jobs.mark_late() == 0


def test_nobody_is_late_where_nobody_is_checked_in(dr_rao: Any, reena: Any) -> None:
    Clinic.objects.update(checks_people_in=False)
    with clock_at("2026-11-24 10:00") as clock:
        expected(cast.queue(doctor=dr_rao), reena)
        clock.pass_(minutes=40)
        assert jobs.mark_late() == 0


def test_what_the_clock_did_is_not_what_the_desk_takes_back(dr_rao: Any, reena: Any) -> None:
    from tokens.undo import undo

    with clock_at("2026-11-24 10:00") as clock:
        queue = cast.queue(doctor=dr_rao)
        late = expected(queue, reena)
        clock.pass_(minutes=16)
        other = give(queue, Kind.WALK_IN)
        jobs.mark_late()
        assert undo(queue=queue, by=reena) == "Adding"
    assert (state(late), state(other)) == (State.LATE, State.CANCELLED)


# ── called again, and set aside ───────────────────────────────────────────────────────────────────────────────
def test_after_the_clinics_maximum_of_calls_the_token_is_set_aside(queue: Queue, reena: Any) -> None:
    Clinic.objects.update(max_recalls=2)
    give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    for calls in (2, 3):
        assert services.call_again(queue=queue, by=reena).calls == calls
    token = services.call_again(queue=queue, by=reena)
    assert (token.state, token.events.last().why) == (State.SKIPPED, "Called 3 times.")


def test_after_the_maximum_of_recalls_only_a_place_by_hand_brings_them_back(queue: Queue, reena: Any) -> None:
    Clinic.objects.update(max_recalls=1)
    give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
    services.skip(queue=queue, number=1, by=reena)
    services.recall(queue=queue, number=1, by=reena)
    services.skip(queue=queue, number=1, by=reena)
    with refused("was recalled once and stays set aside"):
        services.recall(queue=queue, number=1, by=reena)


@pytest.mark.usefixtures("queue")
def test_a_place_by_hand_brings_a_set_aside_token_back(queue: Queue, reena: Any) -> None:
    Clinic.objects.update(max_recalls=0)
    give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
    services.skip(queue=queue, number=1, by=reena)
    services.place(queue=queue, number=1, before=None, why="was at the pharmacy", by=reena)
    assert line(queue) == [2, 1]


def test_nobody_who_comes_late_goes_before_their_own_time(queue: Queue, reena: Any) -> None:
    due_at = timezone.now() + timedelta(hours=1)
    late = services.issue(queue=queue, patient=cast.patient(phone=None), kind=Kind.BOOKED, due_at=due_at, by=None)
    services.mark_late(queue=queue, number=late.number, by=reena)
    come(queue, late)
    late.refresh_from_db()
    assert (late.due_at, late.placed) == (due_at, "")
