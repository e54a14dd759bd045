"""A day at reception: who is called when, and what is said to whom."""

from typing import Any

import pytest

from clinics.models import Clinic
from tests import cast
from tests.reception import Kind, come, give, line, refused, state
from tokens import services
from tokens.models import Queue
from tokens.states import State

pytestmark = pytest.mark.django_db


# ── numbers and kinds ─────────────────────────────────────────────────────────────────────────────────────────
def test_numbers_follow_each_other_whatever_the_kind(queue: Queue) -> None:
    assert [give(queue, kind).number for kind in Kind] == [1, 2, 3, 4]


def test_somebody_at_the_desk_is_here_and_somebody_on_the_phone_is_not(queue: Queue) -> None:
    states = {kind: give(queue, kind).state for kind in Kind}
    here = {kind for kind, state in states.items() if state == State.WAITING}
    assert here == {Kind.WALK_IN, Kind.EMERGENCY}
    assert set(states.values()) == {State.WAITING, State.BOOKED}


def test_asha_cannot_stand_in_the_line_twice(queue: Queue, asha: Any) -> None:
    give(queue, Kind.WALK_IN, patient=asha)
    with refused("already has a token with this doctor on that day"):
        give(queue, Kind.PHONE, patient=asha)
    assert give(queue, Kind.WALK_IN).number == 2, "a refused token uses no number up"


def test_a_cancelled_number_is_not_given_again(queue: Queue, reena: Any) -> None:
    services.cancel(token=give(queue, past=0), by=reena, why="ill")
    assert give(queue, past=10).number == 2


# ── order ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_emergencies_go_first_then_due_times_then_numbers(queue: Queue) -> None:
    later, sooner, also_sooner = give(queue, past=20), give(queue, past=10), give(queue, past=10)
    come(queue, also_sooner, later, sooner)
    walk_in, emergency = give(queue, Kind.WALK_IN), give(queue, Kind.EMERGENCY)
    assert line(queue) == [t.number for t in (emergency, sooner, also_sooner, later, walk_in)]


def test_an_emergency_is_said_to_everybody_without_a_name(queue: Queue) -> None:
    give(queue, Kind.EMERGENCY, patient=cast.patient(name="Secret Person"))
    queue.refresh_from_db()
    assert queue.note == "1 emergency goes first."


def test_whoever_comes_late_goes_in_after_the_next_three(queue: Queue, reena: Any) -> None:
    late, *others = [give(queue, past=10 * at) for at in range(6)]
    services.mark_late(queue=queue, number=late.number, by=reena)
    come(queue, *others)
    come(queue, late)
    assert line(queue) == [2, 3, 4, 1, 5, 6]
    late.refresh_from_db()
    assert late.why == "Came late: goes after 4."


@pytest.mark.parametrize(
    ("after", "emergencies", "expected"),
    [
        (3, 0, [2, 3, 4, 1, 5]),
        (0, 0, [1, 2, 3, 4, 5]),
        (9, 0, [2, 3, 4, 5, 1]),
        (3, 2, [6, 7, 2, 1, 3, 4, 5]),
        (3, 4, [6, 7, 8, 9, 1, 2, 3, 4, 5]),
    ],
)
def test_the_clinics_own_rule_decides_after_how_many(
    lake: Clinic, queue: Queue, reena: Any, after: int, emergencies: int, expected: list[int]
) -> None:
    Clinic.objects.update(late_goes_after=after)
    late, *others = [give(queue, past=10 * at) for at in range(5)]
    services.mark_late(queue=queue, number=late.number, by=reena)
    come(queue, *others)
    for _ in range(emergencies):
        give(queue, Kind.EMERGENCY)
    come(queue, late)
    assert line(queue) == expected


def test_late_into_an_empty_room_is_next(queue: Queue, reena: Any) -> None:
    late = give(queue, past=0)
    services.mark_late(queue=queue, number=late.number, by=reena)
    come(queue, late)
    assert services.call_next(queue=queue, by=reena, seen=None) == late


# ── calling ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_next_is_called_and_the_one_inside_is_done(queue: Queue, reena: Any) -> None:
    first, second = give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
    assert services.call_next(queue=queue, by=reena, seen=None) == first
    assert services.call_next(queue=queue, by=reena, seen=1) == second
    assert (state(first), state(second)) == (State.COMPLETED, State.CONSULTING)
    queue.refresh_from_db()
    assert queue.doctor_state == Queue.DoctorState.CONSULTING


def test_somebody_who_is_not_here_is_not_called(queue: Queue, reena: Any) -> None:
    give(queue, past=0)
    with refused("Nobody who is here is waiting"):
        services.call_next(queue=queue, by=reena, seen=None)
    with refused("Token 1 is booked"):
        services.call(queue=queue, number=1, by=reena, seen=None)


def test_a_refused_call_does_not_finish_the_one_inside(queue: Queue, reena: Any) -> None:
    inside = give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    version = Queue.objects.get(pk=queue.pk).version
    with refused("Nobody who is here is waiting"):
        services.call_next(queue=queue, by=reena, seen=1)
    with refused("There is no token 77"):
        services.call(queue=queue, number=77, by=reena, seen=1)
    assert state(inside) == State.CONSULTING
    assert Queue.objects.get(pk=queue.pk).version == version


def test_one_may_be_called_out_of_order_and_the_reason_is_kept(queue: Queue, reena: Any) -> None:
    give(queue, Kind.WALK_IN)
    second = give(queue, Kind.WALK_IN)
    services.call(queue=queue, number=2, by=reena, seen=None)
    assert state(second) == State.CONSULTING
    assert second.events.last().why == "Called by hand, out of order."


def test_whoever_is_inside_cannot_be_called_in(queue: Queue, reena: Any) -> None:
    inside = give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    with refused("Token 1 is"):
        services.call(queue=queue, number=1, by=reena, seen=1)
    assert state(inside) == State.CONSULTING


def test_two_receptionists_call_one_patient_and_the_second_is_told(lake: Clinic, queue: Queue, reena: Any) -> None:
    second = cast.staff(clinic=lake, name="Salma")
    give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    for press in (services.call_next, services.complete):
        with refused("Reena has just called 1"):
            press(queue=queue, by=second, seen=None)
    with refused("Reena has just called 1"):
        services.call(queue=queue, number=2, by=second, seen=None)
    services.complete(queue=queue, by=reena, seen=1)
    with refused("Token 1 has just been finished"):
        services.call_next(queue=queue, by=second, seen=1)
    assert line(queue) == [2]


def test_done_without_calling_another(queue: Queue, reena: Any) -> None:
    with refused("Nobody is inside now"):
        services.complete(queue=queue, by=reena, seen=None)
    inside = give(queue, Kind.WALK_IN)
    give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    services.complete(queue=queue, by=reena, seen=1)
    assert state(inside) == State.COMPLETED
    assert line(queue) == [2]


def test_called_again_is_counted(queue: Queue, reena: Any) -> None:
    with refused("Nobody has been called yet"):
        services.call_again(queue=queue, by=reena)
    give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    assert services.call_again(queue=queue, by=reena).calls == 2


# ── away and back ─────────────────────────────────────────────────────────────────────────────────────────────
def test_called_and_not_there_then_back_at_the_old_place(queue: Queue, reena: Any) -> None:
    first, _ = give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    services.skip(queue=queue, number=1, by=reena)
    assert state(first) == State.SKIPPED
    services.recall(queue=queue, number=1, by=reena)
    assert line(queue) == [1, 2]
    with refused("Token 1 was not skipped"):
        services.recall(queue=queue, number=1, by=reena)


def test_arriving_twice_is_said(queue: Queue) -> None:
    come(queue, give(queue, past=0))
    with refused("Token 1 is waiting already"):
        services.mark_arrived(queue=queue, number=1, by=None)


def test_nobody_who_was_called_can_be_cancelled(queue: Queue, reena: Any) -> None:
    inside = give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    with refused("cannot become cancelled"):
        services.cancel(token=inside, by=reena, why="too late")
