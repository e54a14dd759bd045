"""A day at reception: who is called when, and what is said to whom."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from clinics.models import Clinic
from tests import cast
from tokens import services
from tokens.jobs import open_days
from tokens.models import Queue, Token, TokenError
from tokens.states import State

pytestmark = pytest.mark.django_db

Kind = Token.Kind


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    """The queue refuses, saying why."""
    with pytest.raises(TokenError, match=sentence), transaction.atomic():
        yield


@pytest.fixture
def queue(dr_rao: Any) -> Queue:
    """Dr Rao's day."""
    return cast.queue(doctor=dr_rao)


@pytest.fixture
def nine() -> datetime:
    """When the first patient is due."""
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def give(queue: Queue, reena: Any, nine: datetime) -> Callable[..., Token]:
    """Give a number to somebody new: booked for some minutes past nine, unless it is another kind."""

    def give(kind: str = Kind.BOOKED, *, past: int | None = None, patient: Any = None) -> Token:
        due_at = None if past is None else nine + timedelta(minutes=past)
        patient = patient or cast.patient(phone=None)
        return services.issue(queue=queue, patient=patient, kind=kind, due_at=due_at, by=reena)

    return give


def come(queue: Queue, *tokens: Token) -> None:
    """They arrive, in this order."""
    for token in tokens:
        services.mark_arrived(queue=queue, number=token.number, by=None)


def line(queue: Queue) -> list[int]:
    """The numbers of those who are here, in calling order."""
    return list(queue.tokens.waiting().in_calling_order().values_list("number", flat=True))


def state(token: Token) -> str:
    """Where a token stands now."""
    return Token.objects.get(pk=token.pk).state


# ── numbers and kinds ─────────────────────────────────────────────────────────────────────────────────────────
def test_numbers_follow_each_other_whatever_the_kind(give: Callable[..., Token]) -> None:
    assert [give(kind).number for kind in Kind] == [1, 2, 3, 4]


def test_somebody_at_the_desk_is_here_and_somebody_on_the_phone_is_not(give: Callable[..., Token]) -> None:
    states = {kind: give(kind).state for kind in Kind}
    here = {kind for kind, state in states.items() if state == State.WAITING}
    assert here == {Kind.WALK_IN, Kind.EMERGENCY}
    assert set(states.values()) == {State.WAITING, State.BOOKED}


def test_asha_cannot_stand_in_the_line_twice(queue: Queue, give: Callable[..., Token], asha: Any) -> None:
    give(Kind.WALK_IN, patient=asha)
    with refused("already has a token with this doctor on that day"):
        give(Kind.PHONE, patient=asha)
    assert give(Kind.WALK_IN).number == 2, "a refused token uses no number up"


def test_a_cancelled_number_is_not_given_again(give: Callable[..., Token], reena: Any) -> None:
    services.cancel(token=give(past=0), by=reena, why="ill")
    assert give(past=10).number == 2


# ── order ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_emergencies_go_first_then_due_times_then_numbers(queue: Queue, give: Callable[..., Token]) -> None:
    later, sooner, also_sooner = give(past=20), give(past=10), give(past=10)
    come(queue, also_sooner, later, sooner)
    walk_in, emergency = give(Kind.WALK_IN), give(Kind.EMERGENCY)
    assert line(queue) == [t.number for t in (emergency, sooner, also_sooner, later, walk_in)]


def test_an_emergency_is_said_to_everybody_without_a_name(queue: Queue, give: Callable[..., Token]) -> None:
    give(Kind.EMERGENCY, patient=cast.patient(name="Secret Person"))
    queue.refresh_from_db()
    assert queue.note == "1 emergency goes first."


def test_whoever_comes_late_goes_in_after_the_next_three(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    late, *others = [give(past=10 * at) for at in range(6)]
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
    lake: Clinic, queue: Queue, give: Callable[..., Token], reena: Any, after: int, emergencies: int, expected: list[int]
) -> None:
    Clinic.objects.update(late_goes_after=after)
    late, *others = [give(past=10 * at) for at in range(5)]
    services.mark_late(queue=queue, number=late.number, by=reena)
    come(queue, *others)
    for _ in range(emergencies):
        give(Kind.EMERGENCY)
    come(queue, late)
    assert line(queue) == expected


def test_late_into_an_empty_room_is_next(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    late = give(past=0)
    services.mark_late(queue=queue, number=late.number, by=reena)
    come(queue, late)
    assert services.call_next(queue=queue, by=reena, seen=None) == late


# ── calling ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_next_is_called_and_the_one_inside_is_done(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    first, second = give(Kind.WALK_IN), give(Kind.WALK_IN)
    assert services.call_next(queue=queue, by=reena, seen=None) == first
    assert services.call_next(queue=queue, by=reena, seen=1) == second
    assert (state(first), state(second)) == (State.COMPLETED, State.CONSULTING)
    queue.refresh_from_db()
    assert queue.doctor_state == Queue.DoctorState.CONSULTING


def test_somebody_who_is_not_here_is_not_called(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    give(past=0)
    with refused("Nobody who is here is waiting"):
        services.call_next(queue=queue, by=reena, seen=None)
    with refused("Token 1 is booked"):
        services.call(queue=queue, number=1, by=reena, seen=None)


def test_a_refused_call_does_not_finish_the_one_inside(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    inside = give(Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    version = Queue.objects.get(pk=queue.pk).version
    with refused("Nobody who is here is waiting"):
        services.call_next(queue=queue, by=reena, seen=1)
    with refused("There is no token 77"):
        services.call(queue=queue, number=77, by=reena, seen=1)
    assert state(inside) == State.CONSULTING
    assert Queue.objects.get(pk=queue.pk).version == version


def test_one_may_be_called_out_of_order_and_the_reason_is_kept(
    queue: Queue, give: Callable[..., Token], reena: Any
) -> None:
    give(Kind.WALK_IN)
    second = give(Kind.WALK_IN)
    services.call(queue=queue, number=2, by=reena, seen=None)
    assert state(second) == State.CONSULTING
    assert second.events.last().why == "Called by hand, out of order."


def test_whoever_is_inside_cannot_be_called_in(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    inside = give(Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    with refused("Token 1 is"):
        services.call(queue=queue, number=1, by=reena, seen=1)
    assert state(inside) == State.CONSULTING


def test_two_receptionists_call_one_patient_and_the_second_is_told(
    lake: Clinic, queue: Queue, give: Callable[..., Token], reena: Any
) -> None:
    second = cast.staff(clinic=lake, name="Salma")
    give(Kind.WALK_IN), give(Kind.WALK_IN)
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


def test_done_without_calling_another(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    with refused("Nobody is inside now"):
        services.complete(queue=queue, by=reena, seen=None)
    inside = give(Kind.WALK_IN)
    give(Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    services.complete(queue=queue, by=reena, seen=1)
    assert state(inside) == State.COMPLETED
    assert line(queue) == [2]


def test_called_again_is_counted(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    with refused("Nobody has been called yet"):
        services.call_again(queue=queue, by=reena)
    give(Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    assert services.call_again(queue=queue, by=reena).calls == 2


# ── away and back ─────────────────────────────────────────────────────────────────────────────────────────────
def test_called_and_not_there_then_back_at_the_old_place(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    first, _ = give(Kind.WALK_IN), give(Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    services.skip(queue=queue, number=1, by=reena)
    assert state(first) == State.SKIPPED
    services.recall(queue=queue, number=1, by=reena)
    assert line(queue) == [1, 2]
    with refused("Token 1 was not skipped"):
        services.recall(queue=queue, number=1, by=reena)


def test_arriving_twice_is_said(queue: Queue, give: Callable[..., Token]) -> None:
    come(queue, give(past=0))
    with refused("Token 1 is waiting already"):
        services.mark_arrived(queue=queue, number=1, by=None)


def test_nobody_who_was_called_can_be_cancelled(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    inside = give(Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    with refused("cannot become cancelled"):
        services.cancel(token=inside, by=reena, why="too late")


# ── where people are not checked in ───────────────────────────────────────────────────────────────────────────
@pytest.fixture
def nobody_checks_in(lake: Clinic) -> None:
    """Everybody booked counts as here once the day has opened."""
    Clinic.objects.update(checks_people_in=False)


@pytest.mark.usefixtures("nobody_checks_in")
def test_when_the_day_opens_everybody_booked_is_here(queue: Queue, give: Callable[..., Token]) -> None:
    early, gone = give(past=0), give(past=10)
    services.cancel(token=gone, by=None, why="ill")
    services.open_day(queue=queue)
    assert (state(early), state(gone)) == (State.WAITING, State.CANCELLED)
    events = early.events.count()
    services.open_day(queue=queue)
    assert early.events.count() == events, "opening twice does nothing twice"
    assert state(give(past=20)) == State.WAITING, "booked after the opening: here too"


@pytest.mark.usefixtures("nobody_checks_in")
def test_the_first_call_opens_the_day(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    first = give(past=0)
    give(past=10)
    assert services.call_next(queue=queue, by=reena, seen=None) == first
    assert line(queue) == [2]


@pytest.mark.usefixtures("nobody_checks_in")
def test_the_clock_opens_the_day_an_hour_before_the_first_patient(queue: Queue, give: Callable[..., Token]) -> None:
    first = give(past=60 + 70)
    assert open_days() == 0
    Token.objects.update(due_at=timezone.now() + timedelta(minutes=59))
    assert (open_days(), open_days()) == (1, 0)
    assert state(first) == State.WAITING


def test_where_people_are_checked_in_the_clock_opens_nothing(queue: Queue, give: Callable[..., Token]) -> None:
    first = give(past=0)
    assert open_days() == 0
    services.open_day(queue=queue)
    assert state(first) == State.BOOKED


# ── the doctor ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_break_is_told_to_everybody_and_a_call_ends_it(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    give(Kind.WALK_IN)
    services.set_doctor_state(queue=queue, state=Queue.DoctorState.ON_BREAK, by=reena)
    queue.refresh_from_db()
    assert queue.note == "Dr Rao is on a short break. Your place is safe."
    services.call_next(queue=queue, by=reena, seen=None)
    queue.refresh_from_db()
    assert (queue.doctor_state, queue.note) == (Queue.DoctorState.CONSULTING, "")
    with refused("not a state a doctor can be in"):
        services.set_doctor_state(queue=queue, state="asleep", by=reena)


def test_every_change_counts_the_screens_version_up(queue: Queue, give: Callable[..., Token], reena: Any) -> None:
    versions = [0]
    for press in (
        lambda: give(Kind.WALK_IN),
        lambda: services.call_next(queue=queue, by=reena, seen=None),
        lambda: services.complete(queue=queue, by=reena, seen=1),
        lambda: services.set_doctor_state(queue=queue, state=Queue.DoctorState.LEFT, by=reena),
    ):
        press()
        versions.append(Queue.objects.get(pk=queue.pk).version)
    assert versions == [0, 1, 2, 3, 4]
