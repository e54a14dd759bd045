"""What was written down gives what the tables say, whatever was pressed; and whoever changes a table is found."""

import random
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from clinics.models import Clinic, LatePolicy
from tests import cast
from tests.clock import clock_at, in_days
from tests.reception import Kind, come, give
from tokens import services
from tokens.models import Purpose, Queue, Token, TokenError
from tokens.states import State
from tokens.undo import undo
from tokens.verifying import verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(queue: Queue, reena: Any) -> Queue:
    """A day with some of everything: 1 seen, 2 inside after being recalled, 3 late and here, 4 by hand, 5 kept back."""
    first, second, third = give(queue, past=0), give(queue, past=10), give(queue, past=20)
    services.mark_late(queue=queue, number=3, by=reena)
    come(queue, first, second, third)
    give(queue, Kind.WALK_IN)
    services.reserve(queue=queue, how_many=1, purpose=Purpose.VIP, by=reena)
    services.place(queue=queue, number=4, before=2, why="has a fever", by=reena)
    services.skip(queue=queue, number=2, by=reena)
    services.recall(queue=queue, number=2, by=reena)
    services.call_next(queue=queue, by=reena, seen=None)
    services.call(queue=queue, number=2, by=reena, seen=1)
    services.call_again(queue=queue, by=reena)
    services.run_late(queue=queue, minutes=20, by=reena)
    back_at = timezone.now() + timedelta(minutes=30)
    services.set_doctor_state(queue=queue, state="on_break", back_at=back_at, by=reena)
    return queue


def differences() -> list[str]:
    """What is found in all queues, a sentence each."""
    return [str(difference) for found in verify(Queue.objects.all()) for difference in found.differences]


def tamper(statement: str, *values: Any) -> None:
    """Change what only the desk should, past every guard."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("tokens_tokenevent", "tokens_queueevent"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        for table in ("tokens_tokenevent", "tokens_queueevent"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_a_day_with_some_of_everything_is_proved(day: Queue) -> None:
    assert differences() == []
    said = StringIO()
    call_command("verify_queues", stdout=said)
    assert said.getvalue().startswith("1 queues, 4 tokens, ")
    assert said.getvalue().endswith("replayed: no difference.\n")


@pytest.mark.parametrize(
    ("number", "column", "value"),
    [
        (1, "due_at", "due_at + interval '1 minute'"), (1, "is_first", "true"), (1, "placed", "'hand'"),
        (4, "placed", "''"), (1, "calls", "9"), (2, "recalls", "0"), (2, "calls", "1"),
        (1, "created_at", "created_at - interval '1 day'"), (1, "arrived_at", "arrived_at - interval '1 second'"),
        (2, "consulting_at", "consulting_at + interval '1 second'"), (1, "ended_at", "ended_at + interval '1 second'"),
        (1, "promised_at", "promised_at - interval '5 minutes'"),
    ],
)  # fmt: skip
def test_whoever_changes_a_token_by_hand_is_found(day: Queue, number: int, column: str, value: str) -> None:
    tamper(f"UPDATE tokens_token SET {column} = {value} WHERE number = {number}")
    (said,) = differences()
    assert said.startswith(f"lake-clinic/dr-rao {day.date}, token {number}, {column}: table ")


def test_a_state_changed_by_hand_is_found_with_its_times(day: Queue, reena: Any) -> None:
    tamper("UPDATE tokens_token SET state = 'skipped', arrived_at = NULL, set_aside_at = now() WHERE number = 4")
    told = [said.split(", ")[2].split(":")[0] for said in differences()]
    assert told == ["state", "arrived_at", "set_aside_at"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("doctor_state", "'called_away'"), ("doctor_state_at", "now() - interval '1 day'"), ("back_at", "NULL"),
        ("late_minutes", "0"), ("closed_at", "now()"),
    ],
)  # fmt: skip
def test_whoever_changes_a_day_by_hand_is_found(day: Queue, column: str, value: str) -> None:
    tamper(f"UPDATE tokens_queue SET {column} = {value}")
    (said,) = differences()
    assert said.startswith(f"lake-clinic/dr-rao {day.date}, the day, {column}: table ")


def test_a_closed_day_says_since_when(queue: Queue, reena: Any) -> None:
    give(queue, past=0)
    services.close_day(queue=queue, by=reena)
    assert differences() == []
    tamper("UPDATE tokens_queue SET closed_at = closed_at + interval '1 hour'")
    assert "the day, closed_at: table" in differences()[0]


def test_a_number_that_nobody_has_is_a_gap(day: Queue) -> None:
    tamper("UPDATE tokens_queue SET last_number = 7")
    where = f"lake-clinic/dr-rao {day.date}"
    assert differences() == [f"{where}, token {n}, number: table a gap, replay a token" for n in (6, 7)]
    tamper("UPDATE tokens_queue SET last_number = 4")
    assert differences() == [f"{where}, token 5, number: table beyond the counter, replay at most 4"]


def test_a_number_kept_back_belongs_to_whoever_has_it(day: Queue) -> None:
    tamper("UPDATE tokens_reservednumber SET token_id = (SELECT id FROM tokens_token WHERE number = 1)")
    assert ["reserved" in said for said in differences()] == [True]


def test_a_token_that_stands_in_another_queue_is_found(day: Queue) -> None:
    other = cast.queue(doctor=cast.doctor(clinic=day.clinic, name="Joseph Kurian"))
    tamper("UPDATE tokens_token SET queue_id = %s WHERE number = 4", other.pk)
    told = [said.split(" ", 2)[2] for said in differences()]
    assert told[0] == "token 4, number: table a gap, replay a token"
    assert "the day, tokens: table no token" in told[1]
    assert told[2:] == [
        "token 4, number: table beyond the counter, replay at most 0",
        "token 4, events: table waiting, replay nothing was written",
    ]


@pytest.mark.parametrize("verb", ["issue", "here", "skip", "recall", "again", "call"])
def test_an_event_that_is_gone_is_found(day: Queue, verb: str) -> None:
    tamper("DELETE FROM tokens_tokenevent WHERE id = (SELECT max(id) FROM tokens_tokenevent WHERE verb = %s)", verb)
    assert differences() != []


def test_a_token_of_which_nothing_was_written_is_found(day: Queue) -> None:
    tamper("DELETE FROM tokens_tokenevent WHERE token_id = (SELECT id FROM tokens_token WHERE number = 4)")
    assert differences() == [
        f"lake-clinic/dr-rao {day.date}, token 4, events: table waiting, replay nothing was written"
    ]


def test_a_day_older_than_its_events_is_not_asked_where_the_doctor_was(day: Queue) -> None:
    tamper("DELETE FROM tokens_queueevent")
    tamper("UPDATE tokens_token SET promised_at = NULL")
    assert differences() == []


def test_the_command_says_one_line_a_difference_and_fails(day: Queue) -> None:
    tamper("UPDATE tokens_token SET calls = 7, recalls = 3 WHERE number = 1")
    said = StringIO()
    with pytest.raises(CommandError, match=r"1 queues, 4 tokens, .* 2 differences"):
        call_command("verify_queues", quiet=True, stdout=said)
    assert len(said.getvalue().splitlines()) == 2


@pytest.mark.usefixtures("day")
def test_the_command_looks_only_where_it_is_told_to(hill: Clinic) -> None:
    tamper("UPDATE tokens_token SET calls = 7 WHERE number = 1")
    for elsewhere in ({"clinic": hill.slug}, {"date": timezone.localdate() - timedelta(days=1)}):
        said = StringIO()
        call_command("verify_queues", stdout=said, **elsewhere)
        assert said.getvalue() == "0 queues, 0 tokens, 0 events replayed: no difference.\n"
    for here in ({"clinic": "lake-clinic"}, {"days": 1}):
        with pytest.raises(CommandError):
            call_command("verify_queues", quiet=True, stdout=StringIO(), **here)
    for nonsense in ({"clinic": "nowhere"}, {"days": -1}):
        with pytest.raises(CommandError):
            call_command("verify_queues", stdout=StringIO(), **nonsense)


def test_many_queues_are_read_in_few_questions(day: Queue, hill: Clinic, django_assert_num_queries: Any) -> None:
    for back in range(1, 9):
        cast.queue(doctor=day.doctor, on=day.date - timedelta(days=back))
    with django_assert_num_queries(6):  # queues, tokens, their events, the day's, kept numbers; and no more queues
        assert [found.queues for found in verify(Queue.objects.all())] == [9]


def test_the_reason_of_an_emergency_comes_back_with_its_place(queue: Queue, reena: Any) -> None:
    patient = cast.patient(phone=None)
    services.issue(queue=queue, patient=patient, kind=Kind.EMERGENCY, by=reena, why="chest pain")
    give(queue, Kind.WALK_IN)
    services.place(queue=queue, number=1, before=None, why="can wait", by=reena)
    undo(queue=queue, by=reena)
    assert Token.objects.get(number=1).why == "chest pain"


@pytest.mark.parametrize("kind", [Kind.EMERGENCY, Kind.BOOKED])
def test_a_token_that_was_moved_by_hand_and_goes_to_another_doctor_is_proved(
    queue: Queue, lake: Clinic, reena: Any, kind: str
) -> None:
    other = cast.queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))
    give(queue, Kind.EMERGENCY if kind == Kind.BOOKED else Kind.WALK_IN)
    token = give(queue, kind)
    services.place(queue=queue, number=2, before=1 if kind == Kind.BOOKED else None, why="can wait", by=reena)
    token.refresh_from_db()
    new = services.transfer(token=token, queue=other, by=reena)
    assert Token.objects.get(pk=new.pk).is_first == token.is_first
    assert differences() == []


# ── any day whatever ──────────────────────────────────────────────────────────────────────────────────────────
def presses(queue: Queue, other: Queue, by: Any, rng: random.Random) -> dict[str, Any]:
    """Everything that can be pressed, at a number that is mostly there."""
    number = rng.randint(1, max(1, queue.last_number))
    inside = queue.tokens.consulting().values_list("number", flat=True).first()
    at = timezone.now() + timedelta(minutes=rng.randint(-40, 40))
    token = queue.tokens.filter(number=number).first()
    desk = {"queue": queue, "by": by}
    one = desk | {"number": number}
    many = {
        "call_next": lambda: services.call_next(seen=inside, **desk),
        "call": lambda: services.call(seen=inside, **one),
        "complete": lambda: services.complete(seen=inside, **desk),
        "undo": lambda: undo(**desk),
        "place": lambda: services.place(before=rng.choice([None, 1, 2, 3]), why="fever", **one),
        "merge": lambda: services.merge(into=rng.randint(1, 9), **one),
        "state": lambda: services.set_doctor_state(state=rng.choice(Queue.DoctorState.values), back_at=None, **desk),
        "away": lambda: services.set_doctor_state(
            state="on_break", back_at=timezone.now() + timedelta(minutes=9), **desk
        ),
        "delay": lambda: services.run_late(minutes=rng.choice([0, 20, 40]), **desk),
        "overdue": lambda: services.mark_overdue(queue=queue),
        "reserve": lambda: services.reserve(how_many=1, purpose=Purpose.PHONE, **desk),
        "close": lambda: services.close_day(queue=queue, by=rng.choice([by, None])),
        "reopen": lambda: services.reopen_day(**desk),
    }
    for verb in (services.mark_arrived, services.mark_late, services.skip, services.recall):
        many[verb.__name__] = partial(verb, **one)
    many["call_again"] = lambda: services.call_again(**desk)
    if token is not None:
        many |= {
            "reschedule": lambda: services.reschedule(token=token, due_at=at, by=by, why="asked"),
            "transfer": lambda: services.transfer(token=token, queue=other, by=by),
            "cancel": lambda: services.cancel(token=token, by=by, why="ill"),
        }
    return many


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_pressed_the_events_give_the_tables(queue: Queue, lake: Clinic, reena: Any, seed: int) -> None:
    rng = random.Random(seed)
    Clinic.objects.update(
        late_policy=rng.choice(LatePolicy.values), checks_people_in=seed % 4 > 0, max_recalls=1, undo_minutes=600
    )
    other = cast.queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))
    done: list[str] = []
    with clock_at(in_days(0, "10:00")) as clock:  # of today, and far from midnight
        for step in range(60):
            clock.pass_(seconds=rng.choice([0, 5, 400]))
            queue.refresh_from_db()
            queue.clinic.refresh_from_db()
            try:
                with transaction.atomic():
                    if step < 6 or rng.random() < 0.2:
                        given = rng.randint(-30, 30)
                        due_at = timezone.now() + timedelta(minutes=given)
                        kind = rng.choice(Kind.values)
                        patient = cast.patient(phone=None)
                        services.issue(queue=queue, patient=patient, kind=kind, due_at=due_at, by=reena)
                        done.append(kind)
                    else:
                        name, press = rng.choice(list(presses(queue, other, reena, rng).items()))
                        press()
                        done.append(name)
            except TokenError:
                continue
            assert differences() == [], done[-3:]
    assert {State(state) for state in Token.objects.values_list("state", flat=True)} > {State.CANCELLED}
