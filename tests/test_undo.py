"""A slip of the finger at the desk is taken back, and that too is written down."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinics.models import Clinic
from tests import cast
from tests.clock import clock_at
from tests.reception import Kind, come, give, line, refused, state
from tokens import services
from tokens.models import Queue, Token, TokenEvent
from tokens.states import State
from tokens.undo import last_action, undo

pytestmark = pytest.mark.django_db


def table(queue: Queue) -> list[dict[str, Any]]:
    """Every token of a queue as it stands; calls are said aloud and cannot be taken back."""
    return list(
        queue.tokens.order_by("number").values(
            "number", "state", "is_first", "due_at", "why", "arrived_at", "consulting_at", "set_aside_at", "ended_at"
        )
    )


def call(queue: Queue, by: Any) -> None:
    """Press "call next" on a fresh screen."""
    inside = queue.tokens.consulting().first()
    services.call_next(queue=queue, by=by, seen=inside and inside.number)


def late(queue: Queue, by: Any, number: int = 1) -> None:
    """Mark somebody late."""
    services.mark_late(queue=queue, number=number, by=by)


# What came before, the slip, and the word for it. Two are here (2 and 3), one is expected (1).
SLIPS: dict[str, tuple[Callable[..., None], Callable[..., Any], str]] = {
    "call": (lambda q, by: None, call, "Call"),
    "call after another": (call, call, "Call"),
    "call by hand": (call, lambda q, by: services.call(queue=q, number=3, by=by, seen=2), "Call"),
    "complete": (call, lambda q, by: services.complete(queue=q, by=by, seen=2), "Done"),
    "skip from the room": (
        lambda q, by: None, lambda q, by: services.skip(queue=q, number=2, by=by), "Not here"
    ),
    "recall": (
        lambda q, by: services.skip(queue=q, number=2, by=by),
        lambda q, by: services.recall(queue=q, number=2, by=by), "Recall",
    ),
    "arrive": (lambda q, by: None, lambda q, by: services.mark_arrived(queue=q, number=1, by=by), "Arrived"),
    "arrive late": (late, lambda q, by: services.mark_arrived(queue=q, number=1, by=by), "Arrived"),
    "late": (lambda q, by: None, late, "Late"),
    "late from the room": (lambda q, by: None, lambda q, by: late(q, by, 2), "Late"),
}  # fmt: skip


@pytest.fixture
def three(queue: Queue, reena: Any) -> list[Token]:
    """One is expected, two are here."""
    tokens = [give(queue, past=0), give(queue, past=10), give(queue, past=20)]
    come(queue, *tokens[1:], by=reena)
    return tokens


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_taken_back_whole(queue: Queue, reena: Any, slip: str) -> None:
    before, press, word = SLIPS[slip]
    before(queue, reena)
    stood, events = table(queue), list(queue.events.values())
    press(queue, reena)
    assert table(queue) != stood, "the slip changed something"
    done = queue.events.last().action
    assert undo(queue=queue, by=reena) == word
    assert without_new_times(table(queue), stood) == stood
    assert list(queue.events.values())[: len(events)] == events, "nothing is wiped out"
    assert set(queue.events.filter(verb="undo").values_list("undoes", "by")) == {(done, reena.pk)}


def without_new_times(now: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The table, with a time that begins afresh (back in the room, set aside again) taken as the one before."""
    return [
        {key: was[key] if key.endswith("_at") and key != "due_at" and value and was[key] else value
         for key, value in row.items()}
        for row, was in zip(now, before, strict=True)
    ]  # fmt: skip


@pytest.mark.usefixtures("three")
def test_a_call_taken_back_puts_the_one_before_inside_again_since_when_they_were(queue: Queue, reena: Any) -> None:
    call(queue, reena)
    since = queue.tokens.consulting().get().consulting_at
    call(queue, reena)
    undo(queue=queue, by=reena)
    inside = queue.tokens.consulting().get()
    assert (inside.number, inside.consulting_at) == (2, since)
    assert line(queue) == [3]


def test_who_was_not_gone_after_all_has_been_inside_since_the_call(queue: Queue, reena: Any) -> None:
    with clock_at(timezone.now()) as clock:
        give(queue, Kind.WALK_IN)
        clock.pass_(minutes=5)
        services.call_next(queue=queue, by=reena, seen=None)
        stood = queue.tokens.values("arrived_at", "consulting_at", "set_aside_at").get()
        for _ in range(2):
            clock.pass_(minutes=1)
            services.skip(queue=queue, number=1, by=reena)
            clock.pass_(minutes=1)
            undo(queue=queue, by=reena)
            assert queue.tokens.values("arrived_at", "consulting_at", "set_aside_at").get() == stood


@pytest.mark.usefixtures("three")
def test_skipping_the_one_inside_is_taken_back_in_one(queue: Queue, reena: Any) -> None:
    call(queue, reena)
    services.skip(queue=queue, number=2, by=reena)
    undo(queue=queue, by=reena)
    assert queue.tokens.consulting().get().number == 2


def test_a_number_added_by_mistake_is_cancelled_and_not_given_again(queue: Queue, reena: Any) -> None:
    added = give(queue, Kind.EMERGENCY)
    assert undo(queue=queue, by=reena) == "Adding"
    assert state(added) == State.CANCELLED
    queue.refresh_from_db()
    assert queue.note == "", "no emergency goes first any more"
    assert give(queue, Kind.WALK_IN).number == 2


def test_undo_twice_takes_back_the_one_before(queue: Queue, reena: Any, three: list[Token]) -> None:
    services.mark_arrived(queue=queue, number=1, by=reena)
    call(queue, reena)
    assert undo(queue=queue, by=reena) == "Call"
    assert undo(queue=queue, by=reena) == "Arrived"
    assert state(three[0]) == State.BOOKED


@pytest.mark.usefixtures("three")
def test_what_was_done_again_can_be_undone_again(queue: Queue, reena: Any) -> None:
    for _ in range(2):
        call(queue, reena)
        assert undo(queue=queue, by=reena) == "Call"
    assert line(queue) == [2, 3]


def test_after_five_minutes_it_is_too_late(lake: Clinic, queue: Queue, reena: Any) -> None:
    begun = timezone.now()
    with clock_at(begun) as clock:
        give(queue, Kind.WALK_IN)
        call(queue, reena)
        clock.pass_(minutes=lake.undo_minutes)
        assert last_action(queue) is not None
        clock.pass_(seconds=1)
        with refused("nothing recent to undo"):
            undo(queue=queue, by=reena)


def test_an_empty_day_has_nothing_to_undo(queue: Queue, reena: Any) -> None:
    give(queue, past=0)
    with refused("nothing recent to undo"):
        undo(queue=queue, by=reena)


def test_what_has_moved_on_since_is_left_alone(queue: Queue, reena: Any, three: list[Token]) -> None:
    services.skip(queue=queue, number=2, by=reena)
    services.cancel(token=three[1], by=reena, why="went home")
    with refused("Token 2 has moved on since"):
        undo(queue=queue, by=reena)
    assert state(three[1]) == State.CANCELLED


def test_a_cancelled_visit_stays_cancelled(queue: Queue, reena: Any, three: list[Token]) -> None:
    services.cancel(token=three[0], by=reena, why="ill")
    assert undo(queue=queue, by=reena) == "Arrived", "the last that can be taken back is the arrival of 3"
    assert state(three[0]) == State.CANCELLED


@pytest.mark.usefixtures("three")
def test_undo_is_refused_whole_or_done_whole(queue: Queue, reena: Any) -> None:
    """The call of 3 finished 2; if 2 cannot come back, 3 is not taken out either."""
    call(queue, reena)
    call(queue, reena)
    second = queue.tokens.get(number=2)
    Token.objects.filter(pk=second.pk).update(state=State.CANCELLED, arrived_at=None, consulting_at=None)
    stood = table(queue)
    with refused("Token 2 has moved on since"):
        undo(queue=queue, by=reena)
    assert table(queue) == stood


def test_the_opening_of_the_day_leaves_no_trace_in_what_the_desk_reads(queue: Queue, reena: Any) -> None:
    Clinic.objects.update(checks_people_in=False)
    give(queue, past=0)
    call(queue, reena)
    undo(queue=queue, by=reena)
    assert line(queue) == [1]
    assert queue.tokens.get().why == ""


def test_events_say_who_when_and_in_what_order(queue: Queue, reena: Any) -> None:
    with clock_at(timezone.now()) as clock:
        give(queue, Kind.WALK_IN)
        clock.pass_(minutes=1)
        call(queue, reena)
        clock.pass_(minutes=1)
        undo(queue=queue, by=reena)
    rows = TokenEvent.objects.values_list("verb", "from_state", "to_state", "by")
    assert list(rows) == [
        ("add", "", "waiting", None), ("call", "waiting", "consulting", reena.pk),
        ("undo", "consulting", "waiting", reena.pk),
    ]  # fmt: skip
    times = list(TokenEvent.objects.values_list("at", flat=True))
    assert [later - times[0] for later in times] == [timedelta(minutes=at) for at in range(3)]


@pytest.mark.django_db(transaction=True)
def test_a_slip_on_the_doctors_state_is_taken_back_and_the_call_left_alone(dr_rao: Any, reena: Any) -> None:
    queue = cast.queue(doctor=dr_rao)
    give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    services.set_doctor_state(queue=queue, state=Queue.DoctorState.CALLED_AWAY, by=reena)
    assert undo(queue=queue, by=reena) == "Where the doctor is"
    queue.refresh_from_db()
    assert (queue.doctor_state, queue.note) == (Queue.DoctorState.CONSULTING, "")
    assert queue.tokens.consulting().count() == 1
