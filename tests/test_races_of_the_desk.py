"""The desk's other presses, two at once: each pair goes wrong without the queue's lock, and does not with it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from clinics.models import Clinic
from scheduling import services as calendar
from tests import cast
from tests.racing import at_once, meeting, no_lock, split
from tests.reception import Kind, give
from tokens import services
from tokens import undo as undoing
from tokens.changing import InTurn
from tokens.models import Action, Queue, Token, TokenError
from tokens.services import calling, closing, finding, issuing, moving
from tokens.states import State

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def unlocked(monkeypatch: Any) -> None:
    """The queue's lock switched off, both halves of it."""
    monkeypatch.setattr(QuerySet, "select_for_update", no_lock)
    monkeypatch.setattr(InTurn, "template", "%(expressions)s IS NOT NULL")


def states(queue: Queue) -> dict[int, str]:
    return dict(queue.tokens.values_list("number", "state"))


def events_give_the_table(queue: Queue) -> bool:
    """Each token's events follow each kurians and end where the table stands."""
    for token in queue.tokens.all():
        was = ""
        for event in token.events.order_by("pk"):
            if event.from_state != was:
                return False
            was = event.to_state
        if was != token.state:
            return False
    return True


# ── undo against call ─────────────────────────────────────────────────────────────────────────────────────────
def undo_against_call(monkeypatch: Any, queue: Queue, reena: Any, *, wait: float = 1.0) -> tuple[list, list[Exception]]:
    """Reena takes back the call of 1 in the moment in which Salma calls the next."""
    salma = cast.staff(clinic=queue.clinic, name="Salma")
    give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    _meet(monkeypatch, (undoing, "last_action"), (calling, "must_be_as_seen"), wait=wait)
    return split(
        at_once(
            lambda: undoing.undo(queue=queue, by=reena),
            lambda: services.call_next(queue=queue, by=salma, seen=1),
        )
    )


def _meet_at(monkeypatch: Any, module: Any, name: str, meet: Callable[[], None]) -> None:
    """Meet where a doctor's state is written down: whoever was called is inside by then, and nothing is committed."""
    kept = getattr(module, name)

    class Meeting:
        @staticmethod
        def write(*args: Any, **given: Any) -> Any:
            meet()
            return kept.write(*args, **given)

    monkeypatch.setattr(module, name, Meeting)


def _meet(monkeypatch: Any, *places: tuple[Any, str], wait: float) -> None:
    """Let two meet, each at a place of its own."""
    meet = meeting(2, wait=wait)
    for module, name in places:
        function = getattr(module, name)

        def met(*args: Any, function: Any = function, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            meet()
            return result

        monkeypatch.setattr(module, name, met)


@pytest.mark.usefixtures("unlocked")
def test_without_the_lock_an_undone_call_and_the_next_leave_a_story_that_does_not_fit(
    monkeypatch: Any, queue: Queue, reena: Any
) -> None:
    done, _ = undo_against_call(monkeypatch, queue, reena, wait=10)
    assert len(done) == 2
    assert not events_give_the_table(queue)


def test_with_the_lock_one_of_undo_and_call_comes_first(monkeypatch: Any, queue: Queue, reena: Any) -> None:
    undo_against_call(monkeypatch, queue, reena)
    assert states(queue) in (
        {1: State.WAITING, 2: State.WAITING},  # taken back; who called next is told that it has changed
        {1: State.CONSULTING, 2: State.WAITING},  # the next was called first, and that is what was taken back
    )
    assert events_give_the_table(queue)


# ── transfer against call ─────────────────────────────────────────────────────────────────────────────────────
def transfer_against_call(monkeypatch: Any, queue: Queue, kurians: Queue, reena: Any, *, wait: float = 1.0) -> list:
    """The patient is sent to Dr Kurian in the moment in which Dr Rao calls them."""
    token, meet, written = give(queue, Kind.WALK_IN), meeting(2, wait=wait), []

    def action(verb: str, **more: Any) -> Action:
        written.append(verb)
        if written.count("transfer") == 2:  # the new token stands, the old one has been read
            meet()
        return Action(verb, **more)

    monkeypatch.setattr(moving, "Action", action)
    _meet_at(monkeypatch, calling, "QueueEvent", meet)
    return at_once(
        lambda: calendar.transfer(token=token, queue=kurians, by=reena),
        lambda: services.call_next(queue=queue, by=reena, seen=None),
    )


@pytest.mark.usefixtures("unlocked")
def test_without_the_lock_a_patient_is_called_by_one_doctor_and_waits_for_another(
    monkeypatch: Any, queue: Queue, kurians: Queue, reena: Any
) -> None:
    transfer_against_call(monkeypatch, queue, kurians, reena, wait=10)
    assert queue.events.filter(to_state=State.CONSULTING).exists()
    assert kurians.tokens.filter(state=State.WAITING).exists()


def test_with_the_lock_a_patient_is_with_one_doctor(monkeypatch: Any, queue: Queue, kurians: Queue, reena: Any) -> None:
    transfer_against_call(monkeypatch, queue, kurians, reena)
    here, there = states(queue)[1], kurians.tokens.first()
    assert (here, there and there.state) in ((State.CONSULTING, None), (State.CANCELLED, State.WAITING))
    assert events_give_the_table(queue)


def test_two_who_send_patients_to_each_other_do_not_wait_for_ever(queue: Queue, kurians: Queue, reena: Any) -> None:
    tokens = [(give(queue, Kind.WALK_IN), kurians), (give(kurians, Kind.WALK_IN), queue)]
    moved = at_once(*(lambda t=token, to=to: calendar.transfer(token=t, queue=to, by=reena) for token, to in tokens))
    assert all(isinstance(it, Token) for it in moved), moved


def test_a_patient_whom_the_other_day_refuses_keeps_the_place(queue: Queue, kurians: Queue, reena: Any) -> None:
    """Both queues or neither, whoever calls: nothing around it holds the two changes together."""
    token = give(queue, Kind.WALK_IN)
    give(kurians, Kind.WALK_IN, patient=token.patient)
    with pytest.raises(TokenError, match="already has a token"):
        services.transfer(token=token, queue=kurians, by=reena)
    assert (states(queue), states(kurians)) == ({1: State.WAITING}, {1: State.WAITING})
    services.cancel(token=kurians.tokens.get(), by=reena, why="a slip")
    assert services.transfer(token=token, queue=kurians, by=reena).number == 2
    assert states(queue) == {1: State.CANCELLED}


def test_one_patient_sent_to_two_doctors_arrives_at_one(queue: Queue, kurians: Queue, lake: Clinic, reena: Any) -> None:
    third = cast.queue(doctor=cast.doctor(clinic=lake, name="Arun Menon"))
    token = give(queue, Kind.WALK_IN)
    done, refused = split(
        at_once(*(lambda to=to: calendar.transfer(token=token, queue=to, by=reena) for to in (kurians, third)))
    )
    assert (len(done), len(refused)) == (1, 1)
    assert kurians.tokens.count() + third.tokens.count() == 1


# ── closing against adding, and twice ─────────────────────────────────────────────────────────────────────────
def close_against_walk_in(monkeypatch: Any, queue: Queue, reena: Any, *, wait: float = 1.0) -> tuple[list, list]:
    """The day is closed in the moment in which somebody walks in."""
    give(queue, past=0)
    _meet(monkeypatch, (issuing, "must_not_be_closed"), (closing, "Action"), wait=wait)
    return split(
        at_once(
            lambda: calendar.close_day(queue=queue, by=reena),
            lambda: give(queue, Kind.WALK_IN),
        )
    )


@pytest.mark.usefixtures("unlocked")
def test_without_the_lock_somebody_waits_on_a_closed_day(monkeypatch: Any, queue: Queue, reena: Any) -> None:
    close_against_walk_in(monkeypatch, queue, reena, wait=10)
    assert queue.tokens.filter(state=State.WAITING).exists()
    assert queue.day_events.filter(is_closed=True).exists()


def test_with_the_lock_nobody_waits_on_a_closed_day(monkeypatch: Any, queue: Queue, reena: Any) -> None:
    _, refused = close_against_walk_in(monkeypatch, queue, reena)
    assert len(refused) == 1, "either the day is closed, or somebody is still here"
    queue.refresh_from_db()
    assert (queue.closed_at is not None) != queue.tokens.filter(state=State.WAITING).exists()


def test_a_day_closed_by_two_is_closed_once(queue: Queue, reena: Any) -> None:
    give(queue, past=0)
    done, refused = split(at_once(*[lambda: calendar.close_day(queue=queue, by=reena)] * 4))
    assert (len(done), len(refused)) == (1, 3)
    assert queue.day_events.filter(verb="close").count() == 1


# ── numbers kept back ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_kept_number_is_given_to_one_of_two(queue: Queue, reena: Any) -> None:
    services.reserve(queue=queue, how_many=1, purpose="vip", by=reena)
    people = [cast.patient(phone=None) for _ in range(2)]
    done, refused = split(
        at_once(
            *(
                lambda p=person: services.issue(queue=queue, patient=p, kind=Kind.WALK_IN, by=reena, reserved=1)
                for person in people
            )
        )
    )
    assert (len(done), len(refused)) == (1, 1)


def test_a_queue_is_opened_once_by_two_who_call(queue: Queue, reena: Any) -> None:
    give(queue, Kind.WALK_IN)
    at_once(*[lambda: services.call_next(queue=queue, by=reena, seen=None)] * 2)
    assert queue.tokens.consulting().count() == 1
    assert finding.inside(queue).number == 1
