"""The queue, everybody at once: each pair shows what goes wrong without a protection, and that it does not with it."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import Max, QuerySet
from django.utils import timezone

from tests import cast
from tests.racing import at_once, meet_after, meeting, no_lock, split, without_constraint
from tests.reception import Kind, give
from tokens import services
from tokens.changing import InTurn, changing
from tokens.models import Queue, Token, TokenError
from tokens.services import calling, issuing

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

MANY = 6


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────────
def six_walk_in(monkeypatch: Any, queue: Queue) -> tuple[list[Token], list[Exception]]:
    """Six people come at once; all who may read the counter have read it before anybody writes it."""
    meet = meeting(MANY)
    monkeypatch.setattr(issuing, "timezone", SimpleNamespace(now=lambda: (meet(), timezone.now())[1]))
    people = [cast.patient(phone=None) for _ in range(MANY)]
    return split(at_once(*(lambda p=person: give(queue, Kind.WALK_IN, patient=p) for person in people)))


def test_without_the_lock_six_people_are_given_the_same_number(monkeypatch: Any, queue: Queue) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", no_lock)
    with without_constraint("tokens_token", "one_token_per_number"):
        given, _ = six_walk_in(monkeypatch, queue)
        assert [token.number for token in given] == [1] * MANY


def test_without_the_lock_the_database_still_refuses_a_number_twice(monkeypatch: Any, queue: Queue) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", no_lock)
    given, refused = six_walk_in(monkeypatch, queue)
    assert len(given) == 1
    assert all(isinstance(error, IntegrityError) and "one_token_per_number" in str(error) for error in refused)


def test_with_the_lock_six_people_are_given_six_numbers(monkeypatch: Any, queue: Queue) -> None:
    given, refused = six_walk_in(monkeypatch, queue)
    assert refused == []
    assert sorted(token.number for token in given) == list(range(1, MANY + 1))
    queue.refresh_from_db()
    assert (queue.last_number, queue.version) == (MANY, MANY)


def test_the_highest_number_plus_one_is_given_twice(queue: Queue) -> None:
    """The other way that looks right: counting what is there."""
    meet = meeting(2)

    def naive() -> int:
        highest = queue.tokens.aggregate(highest=Max("number"))["highest"] or 0
        meet()
        return highest + 1

    assert at_once(naive, naive) == [1, 1]


def test_the_lock_is_the_queues_own(dr_rao: Any, queue: Queue) -> None:
    """Another doctor's queue is not kept waiting."""
    other = cast.queue(doctor=cast.doctor(clinic=dr_rao.clinic, name="Joseph Kurian"))
    people = [cast.patient(phone=None) for _ in range(2)]
    with changing(queue):
        given = at_once(*(lambda p=person: give(other, Kind.WALK_IN, patient=p) for person in people))
    assert sorted(token.number for token in given) == [1, 2]


def test_a_doctors_day_is_made_once(dr_rao: Any) -> None:
    made = at_once(*[lambda: services.queue_for(dr_rao, dr_rao.clinic.today())] * MANY)
    assert {queue.pk for queue in made} == {Queue.objects.get().pk}


# ── calling ───────────────────────────────────────────────────────────────────────────────────────────────────
def both_call(monkeypatch: Any, queue: Queue, *users: Any, wait: float = 1.0) -> tuple[list[Token], list[Exception]]:
    """Two receptionists press "call next" at once, both seeing nobody inside, and meet where both have found whom to
    call: a moment before, one of them may still see what the other has done."""
    give(queue, Kind.WALK_IN), give(queue, Kind.WALK_IN)
    meet_after(monkeypatch, calling, "next_here", len(users), wait=wait)
    return split(at_once(*(lambda by=by: services.call_next(queue=queue, by=by, seen=None) for by in users)))


def test_without_the_lock_a_patient_is_called_twice(monkeypatch: Any, lake: Any, queue: Queue, reena: Any) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", no_lock)
    monkeypatch.setattr(InTurn, "template", "%(expressions)s IS NOT NULL")
    called, _ = both_call(monkeypatch, queue, reena, cast.staff(clinic=lake, name="Salma"), wait=10)
    assert len(called) == 2
    assert queue.events.filter(verb="call").count() == 2


def test_with_the_lock_one_receptionist_calls_and_the_other_is_told(
    monkeypatch: Any, lake: Any, queue: Queue, reena: Any
) -> None:
    called, refused = both_call(monkeypatch, queue, reena, cast.staff(clinic=lake, name="Salma"))
    (error,) = refused
    assert isinstance(error, TokenError)
    assert str(error) in {"Reena has just called 1.", "Salma has just called 1."}
    assert [token.number for token in called] == [1]
    assert queue.events.filter(verb="call").count() == 1
    assert queue.tokens.consulting().count() == 1


def test_without_saying_what_they_saw_the_second_press_ends_the_first_visit(
    monkeypatch: Any, queue: Queue, reena: Any
) -> None:
    """The lock alone lets the second press finish the first patient after a blink."""
    monkeypatch.setattr(calling, "must_be_as_seen", lambda queue, current, seen: None)
    called, _ = both_call(monkeypatch, queue, reena, reena)
    assert len(called) == 2
    assert queue.tokens.completed().count() == 1
