"""Last week at a clinic under another rule for late arrivals: whose days are run again, and what would have been."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinics.models import Clinic, LatePolicy
from tests import cast
from tests.clock import clock_at
from tests.last_week import NOW, yesterday
from tests.reception import Kind
from tokens import services
from tokens.last_week import try_on_last_week
from tokens.late import Rule
from tokens.models import LateRule, Queue, Token, TokenEvent
from tokens.states import State

pytestmark = pytest.mark.django_db


def test_last_week_is_run_under_the_rule_in_force_as_it_really_was(dr_rao: Any, lake: Any, reena: Any) -> None:
    yesterday(doctor=dr_rao, by=reena)
    week = try_on_last_week(clinic=lake, doctor=None, tried=NOW)
    assert (week.alike_percent, week.told, week.before.late) == (100, 0, 1)
    week = try_on_last_week(clinic=lake, doctor=None, tried=Rule(15, LatePolicy.AFTER, 0, 3))
    ((day, gain), (_, loss)) = (week.largest_gain, week.largest_loss)
    assert (day.doctor, gain.visit.number, gain.change, loss.change, week.told) == ("Dr Rao", 1, -30, 10, 4)
    assert (week.before.late_wait, week.after.late_wait) == (65, 35)


def test_the_clinics_rule_is_tried_on_those_who_go_by_it_and_a_doctors_on_theirs(
    dr_rao: Any, lake: Any, reena: Any
) -> None:
    yesterday(doctor=dr_rao, by=reena)
    LateRule.objects.create(clinic=lake, doctor=dr_rao, policy=LatePolicy.SLOT)
    assert try_on_last_week(clinic=lake, doctor=None, tried=NOW).days == ()
    (day,) = try_on_last_week(clinic=lake, doctor=dr_rao, tried=NOW).days
    assert [turn.visit.number for turn in day.turns] == [1, 2, 3, 4]


def test_a_week_of_twenty_doctors_is_tried_in_two_seconds_and_few_questions(
    lake: Any, django_assert_num_queries: Any
) -> None:
    busy_week(lake)
    began = time.process_time()
    with django_assert_num_queries(4):  # rules, queues with their doctors, first arrivals of the recalled, tokens
        week = try_on_last_week(clinic=lake, doctor=None, tried=Rule(5, LatePolicy.END, 3, 3))
    assert (week.before, week.after, week.told) is not None
    assert time.process_time() - began < 2  # of its own: the machine may be busy with other tests
    assert (week.before.seen, len(week.days)) == (8400, 140)


def busy_week(lake: Clinic) -> None:
    """Twenty doctors, seven days, sixty seen on each, every sixth late; straight into the tables."""
    doctors = [cast.doctor(clinic=lake, name=f"Doctor {chr(65 + n)}") for n in range(20)]
    people = [cast.patient(phone=None) for _ in range(60)]
    for doctor in doctors:
        for back in range(1, 8):
            day = lake.today() - timedelta(days=back)
            queue = Queue.objects.create(clinic=lake, doctor=doctor, date=day, last_number=60)
            begin = timezone.now() - timedelta(days=back)
            Token.objects.bulk_create(seen(queue, people, begin))


def seen(queue: Queue, people: list[Any], begin: datetime) -> list[Token]:
    made = []
    for n, patient in enumerate(people):
        due = begin + timedelta(minutes=5 * n)
        came = due + timedelta(minutes=25 if n % 6 == 0 else -10)
        called = max(due + timedelta(minutes=20), came)
        made.append(
            Token(
                clinic_id=queue.clinic_id, queue=queue, number=n + 1, patient=patient, kind=Kind.BOOKED, due_at=due,
                promised_at=due, state=State.COMPLETED, arrived_at=came, consulting_at=called,
                ended_at=called + timedelta(minutes=5), calls=1,
            )
        )  # fmt: skip
    return made


def test_who_was_recalled_counts_from_when_they_first_came(dr_rao: Any, lake: Any, reena: Any) -> None:
    day = timezone.localdate() - timedelta(days=1)
    with clock_at(f"{day} 09:00") as clock:
        queue = cast.queue(doctor=dr_rao)
        patient = cast.patient(phone=None)
        services.issue(queue=queue, patient=patient, kind=Kind.WALK_IN, by=reena)
        clock.pass_(minutes=30)
        services.skip(queue=queue, number=1, by=reena)
        clock.pass_(minutes=30)
        services.recall(queue=queue, number=1, by=reena)
        clock.pass_(minutes=10)
        services.call_next(queue=queue, by=reena, seen=None)
        services.complete(queue=queue, by=reena, seen=1)
    week = try_on_last_week(clinic=lake, doctor=None, tried=Rule(0, LatePolicy.END, 0, 0))
    ((_, turn),) = week.turns
    assert (turn.is_late, turn.visit.waited(turn.after), week.beyond_recalls) == (False, 70, 1)
    assert TokenEvent.objects.filter(verb="recall").count() == 1
