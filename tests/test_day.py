"""A day opens, a doctor comes and goes, and the screens are told of every change."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinics.models import Clinic
from tests.reception import Kind, give, line, refused, state
from tokens import services
from tokens.jobs import open_days
from tokens.models import Queue, Token
from tokens.states import State

pytestmark = pytest.mark.django_db


# ── where people are not checked in ───────────────────────────────────────────────────────────────────────────
@pytest.fixture
def nobody_checks_in(lake: Clinic) -> None:
    """Everybody booked counts as here once the day has opened."""
    Clinic.objects.update(checks_people_in=False)


@pytest.mark.usefixtures("nobody_checks_in")
def test_when_the_day_opens_everybody_booked_is_here(queue: Queue) -> None:
    early, gone = give(queue, past=0), give(queue, past=10)
    services.cancel(token=gone, by=None, why="ill")
    services.open_day(queue=queue)
    assert (state(early), state(gone)) == (State.WAITING, State.CANCELLED)
    events = early.events.count()
    services.open_day(queue=queue)
    assert early.events.count() == events, "opening twice does nothing twice"
    assert state(give(queue, past=20)) == State.WAITING, "booked after the opening: here too"


@pytest.mark.usefixtures("nobody_checks_in")
def test_the_first_call_opens_the_day(queue: Queue, reena: Any) -> None:
    first = give(queue, past=0)
    give(queue, past=10)
    assert services.call_next(queue=queue, by=reena, seen=None) == first
    assert line(queue) == [2]


@pytest.mark.usefixtures("nobody_checks_in")
def test_the_clock_opens_the_day_an_hour_before_the_first_patient(queue: Queue) -> None:
    first = give(queue, past=0)
    Token.objects.update(due_at=timezone.now() + timedelta(minutes=70))
    assert open_days() == 0
    Token.objects.update(due_at=timezone.now() + timedelta(minutes=59))
    assert (open_days(), open_days()) == (1, 0)
    assert state(first) == State.WAITING


def test_where_people_are_checked_in_the_clock_opens_nothing(queue: Queue) -> None:
    first = give(queue, past=0)
    assert open_days() == 0
    services.open_day(queue=queue)
    assert state(first) == State.BOOKED


# ── the doctor ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_break_is_told_to_everybody_and_a_call_ends_it(queue: Queue, reena: Any) -> None:
    give(queue, Kind.WALK_IN)
    services.set_doctor_state(queue=queue, state=Queue.DoctorState.ON_BREAK, by=reena)
    queue.refresh_from_db()
    assert queue.note == "Dr Rao is on a short break. Your place is safe."
    services.call_next(queue=queue, by=reena, seen=None)
    queue.refresh_from_db()
    assert (queue.doctor_state, queue.note) == (Queue.DoctorState.CONSULTING, "")
    with refused("not a state a doctor can be in"):
        services.set_doctor_state(queue=queue, state="asleep", by=reena)


def test_every_change_counts_the_screens_version_up(queue: Queue, reena: Any) -> None:
    versions = [0]
    for press in (
        lambda: give(queue, Kind.WALK_IN),
        lambda: services.call_next(queue=queue, by=reena, seen=None),
        lambda: services.complete(queue=queue, by=reena, seen=1),
        lambda: services.set_doctor_state(queue=queue, state=Queue.DoctorState.LEFT, by=reena),
    ):
        press()
        versions.append(Queue.objects.get(pk=queue.pk).version)
    assert versions == [0, 1, 2, 3, 4]
