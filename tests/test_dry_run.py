"""Last week under another rule for late arrivals: what would have been, on paper and on the page."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from clinics.models import AuditEvent, Clinic, LatePolicy
from tests import cast
from tests.clock import clock_at
from tests.reception import Kind
from tokens import dry_run, services
from tokens.dry_run import Visit
from tokens.last_week import try_on_last_week
from tokens.late import Rule
from tokens.models import LateRule, Queue, Token, TokenEvent
from tokens.states import State

NINE = datetime(2026, 11, 16, 3, 30, tzinfo=UTC)
NOW = Rule(15, LatePolicy.AFTER, 3, 3)


def minutes(count: float) -> datetime:
    return NINE + timedelta(minutes=count)


def visit(number: int, *, promised: int, came: int, seen: int, **more: Any) -> Visit:
    return Visit(number, minutes(promised), minutes(came), minutes(came), minutes(seen), **more)


def order(visits: list[Visit], rule: Rule) -> list[int]:
    return [who.number for who, _ in dry_run.run(visits, rule)]


# ── the machine ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (NOW, [1, 3, 4, 2, 5, 6]),
        (Rule(15, LatePolicy.AFTER, 2, 3), [1, 3, 2, 4, 5, 6]),
        (Rule(15, LatePolicy.AFTER, 0, 3), [1, 2, 3, 4, 5, 6]),
        (Rule(15, LatePolicy.END, 3, 3), [1, 3, 4, 5, 6, 2]),
        (Rule(15, LatePolicy.SLOT, 3, 3), [1, 2, 3, 4, 5, 6]),
        (Rule(60, LatePolicy.END, 3, 3), [1, 2, 3, 4, 5, 6]),
    ],
)
def test_somebody_late_goes_in_where_the_rule_says(rule: Rule, expected: list[int]) -> None:
    others = [visit(n, promised=10 * n, came=0, seen=100 + 10 * n) for n in (1, 3, 4, 5, 6)]
    assert order([*others, visit(2, promised=20, came=50, seen=170)], rule) == expected


def test_emergencies_are_never_late_and_those_not_checked_in_neither() -> None:
    first = visit(1, promised=0, came=0, seen=60)
    for more in ({"is_first": True}, {"is_expected": False}):
        late = visit(2, promised=-90, came=50, seen=70, **more)
        assert order([first, late], Rule(0, LatePolicy.END, 0, 0)) == [2, 1]


def test_whoever_was_recalled_is_late_by_when_they_first_came() -> None:
    first_came, back = minutes(0), minutes(50)
    recalled = Visit(1, minutes(5), first_came, back, minutes(60), recalls=1)
    assert not recalled.is_late(NOW)
    others = [visit(n, promised=30 + n, came=30, seen=50 + n) for n in (2, 3)]
    assert order([recalled, *others], NOW) == [1, 2, 3]
    assert order([replace(recalled, came_at=back), *others], NOW) == [2, 3, 1]


def test_the_totals_say_who_gains_and_who_loses() -> None:
    visits = [visit(1, promised=0, came=0, seen=30), visit(2, promised=0, came=20, seen=40)]
    tried = Rule(15, LatePolicy.SLOT, 0, 3)
    day = dry_run.compare(doctor="Dr Rao", slug="dr-rao", on=NINE.date(), visits=visits, now=NOW, tried=tried)
    assert (day.before, day.after) == (dry_run.Total(2, 1, 30.0, 20.0), dry_run.Total(2, 1, 30.0, 20.0))
    tried = Rule(30, LatePolicy.AFTER, 0, 3)
    visits[1] = visit(2, promised=-5, came=20, seen=40)
    day = dry_run.compare(doctor="Dr Rao", slug="dr-rao", on=NINE.date(), visits=visits, now=NOW, tried=tried)
    assert (day.before, day.after) == (dry_run.Total(2, 1, 30.0, 20.0), dry_run.Total(2, 0, 25.0, None))
    assert [(turn.visit.number, turn.change) for turn in day.told] == [(1, 10.0), (2, -10.0)]
    assert day.alike == 2


# ── any recorded day whatever ─────────────────────────────────────────────────────────────────────────────────
@st.composite
def days(draw: Any) -> list[Visit]:
    """A day as the desk could have recorded it: everybody came before they were seen, one at a time."""
    visits = []
    for number in range(1, draw(st.integers(1, 14)) + 1):
        promised, came = draw(st.integers(0, 120)), draw(st.integers(-20, 150))
        here = came + draw(st.sampled_from([0, 0, 0, 25]))
        seen = here + draw(st.integers(0, 60))
        visits.append(
            Visit(number, minutes(promised), minutes(came), minutes(here), minutes(seen) + timedelta(seconds=number),
                  draw(st.sampled_from([False] * 5 + [True])), draw(st.booleans()))
        )  # fmt: skip
    return visits


rules = st.builds(Rule, st.integers(0, 60), st.sampled_from(list(LatePolicy)), st.integers(0, 6), st.just(3))


@settings(max_examples=300, deadline=None)
@given(days(), rules)
def test_nobody_is_called_before_they_came_and_everybody_who_was_seen_is(visits: list[Visit], rule: Rule) -> None:
    called = dry_run.run(visits, rule)
    assert {who.number for who, _ in called} == {it.number for it in visits}
    assert [moment for _, moment in called] == sorted(it.seen_at for it in visits)
    assert all(moment >= who.here_at for who, moment in called)


@settings(max_examples=100, deadline=None)
@given(days(), rules)
def test_under_the_same_rule_nothing_changes(visits: list[Visit], rule: Rule) -> None:
    day = dry_run.compare(doctor="", slug="", on=NINE.date(), visits=visits, now=rule, tried=rule)
    assert day.told == []
    assert day.before == day.after
    assert all(turn.before == turn.after for turn in day.turns)


@settings(max_examples=300, deadline=None)
@given(days(), st.integers(0, 30))
def test_at_the_end_nobody_late_goes_before_anybody_who_waited_when_they_came(visits: list[Visit], grace: int) -> None:
    rule = Rule(grace, LatePolicy.END, 3, 3)
    turn = dict(dry_run.run(visits, rule))
    came_before = {it: [other for other in visits if (other.here_at, other.number) < (it.here_at, it.number)]
                   for it in visits if it.is_late(rule)}  # fmt: skip
    for late, others in came_before.items():
        waiting = [other for other in others if turn[other] >= late.here_at]
        assert all(turn[other] < turn[late] for other in waiting)


@settings(max_examples=100, deadline=None)
@given(days(), st.integers(0, 60), st.integers(0, 6))
def test_by_their_own_time_the_grace_does_not_matter(visits: list[Visit], grace: int, after: int) -> None:
    rule = Rule(grace, LatePolicy.SLOT, after, 3)
    assert dry_run.run(visits, rule) == dry_run.run(visits, Rule(0, LatePolicy.SLOT, 0, 0))


# ── a week at the clinic ──────────────────────────────────────────────────────────────────────────────────────
def yesterday(doctor: Any, by: Any) -> Queue:
    """Four were booked for ten to half past; the first came at 10:25, when the others waited. All were seen from 11."""
    day = timezone.localdate() - timedelta(days=1)
    with clock_at(f"{day} 09:00") as clock:
        queue = cast.queue(doctor=doctor)
        for past in range(4):
            due_at = clock.now + timedelta(minutes=60 + 10 * past)
            patient = cast.patient(phone=None)
            services.issue(queue=queue, patient=patient, kind=Kind.BOOKED, due_at=due_at, by=None)
        clock.set(f"{day} 10:20")
        for number in (2, 3, 4):
            services.mark_arrived(queue=queue, number=number, by=by)
        services.mark_late(queue=queue, number=1, by=by)
        clock.set(f"{day} 10:25")
        services.mark_arrived(queue=queue, number=1, by=by)
        clock.set(f"{day} 11:00")
        for _ in range(4):
            inside = queue.tokens.consulting().first()
            services.call_next(queue=queue, by=by, seen=inside.number if inside else None)
            clock.pass_(minutes=10)
        services.complete(queue=queue, by=by, seen=1)
    return queue


def page(clinic: Any) -> str:
    return reverse("tokens:late_rule", args=[clinic.slug])


TYPED = {"doctor": "", "grace_minutes": "15", "policy": "after", "goes_after": "0", "max_recalls": "3"}


@pytest.mark.django_db
def test_last_week_is_run_under_the_rule_in_force_as_it_really_was(dr_rao: Any, lake: Any, reena: Any) -> None:
    yesterday(dr_rao, reena)
    week = try_on_last_week(clinic=lake, doctor=None, tried=NOW)
    assert (week.alike_percent, week.told, week.before.late) == (100, 0, 1)
    week = try_on_last_week(clinic=lake, doctor=None, tried=Rule(15, LatePolicy.AFTER, 0, 3))
    ((day, gain), (_, loss)) = (week.largest_gain, week.largest_loss)
    assert (day.doctor, gain.visit.number, gain.change, loss.change, week.told) == ("Dr Rao", 1, -30, 10, 4)
    assert (week.before.late_wait, week.after.late_wait) == (65, 35)


@pytest.mark.django_db
def test_the_clinics_rule_is_tried_on_those_who_go_by_it_and_a_doctors_on_theirs(
    dr_rao: Any, lake: Any, reena: Any
) -> None:
    yesterday(dr_rao, reena)
    LateRule.objects.create(clinic=lake, doctor=dr_rao, policy=LatePolicy.SLOT)
    assert try_on_last_week(clinic=lake, doctor=None, tried=NOW).days == ()
    (day,) = try_on_last_week(clinic=lake, doctor=dr_rao, tried=NOW).days
    assert [turn.visit.number for turn in day.turns] == [1, 2, 3, 4]


@pytest.mark.django_db
def test_trying_shows_what_would_have_been_and_saves_nothing(desk: Any, dr_rao: Any, lake: Any, reena: Any) -> None:
    yesterday(dr_rao, reena)
    shown = desk.get(page(lake), TYPED).content.decode()
    assert "token 1 of Dr Rao" in shown
    assert "30 min earlier" in shown
    assert "gives 100 % of the turns exactly as they were recorded" in shown
    lake.refresh_from_db()
    assert (lake.late_goes_after, AuditEvent.objects.count()) == (3, 0)
    assert "The clinic’s admin saves it." in shown


@pytest.mark.django_db
def test_a_week_without_patients_says_so(desk: Any, lake: Any) -> None:
    assert "Nobody was seen last week who goes by this rule" in desk.get(page(lake), TYPED).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("grace_minutes", "soon", "Type a whole number from 0 to 240 minutes."),
        ("grace_minutes", "-1", "Type a whole number from 0 to 240 minutes."),
        ("goes_after", "51", "Type a whole number from 0 to 50."),
        ("max_recalls", "", "Type a whole number from 0 to 20 times."),
        ("policy", "never", "Choose where they go in."),
        ("doctor", "dr-hari", "Choose a doctor of this clinic."),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field_and_kept(
    signed_in: Any, lekha: Any, lake: Any, dr_hari: Any, field: str, typed: str, said: str
) -> None:
    browser, wrong = signed_in(lekha), TYPED | {field: typed, "max_recalls": "7"} | {field: typed}
    for answer in (browser.get(page(lake), wrong), browser.post(page(lake) + "save/", wrong)):
        shown = answer.content.decode()
        assert said in shown
        assert field == "max_recalls" or 'value="7"' in shown
    lake.refresh_from_db()
    assert (lake.max_recalls, AuditEvent.objects.count()) == (3, 0)


@pytest.mark.django_db
def test_the_admin_saves_the_clinics_rule_and_every_screen_of_today_is_drawn_anew(
    signed_in: Any, lekha: Any, lake: Any, dr_rao: Any
) -> None:
    today, before = cast.queue(doctor=dr_rao), cast.queue(doctor=dr_rao).version
    old = cast.queue(doctor=dr_rao, on=lake.today() - timedelta(days=3))
    signed_in(lekha).post(page(lake) + "save/", TYPED | {"policy": "end", "grace_minutes": "20"})
    for row in (lake, today, old):
        row.refresh_from_db()
    assert (lake.late_policy, lake.grace_minutes, lake.late_goes_after) == ("end", 20, 0)
    assert (today.version, old.version) == (before + 1, 0)
    event = AuditEvent.objects.get()
    assert (event.action, event.by, event.object_id) == ("late_rule.set", lekha, str(lake.pk))
    assert (event.detail["before"]["policy"], event.detail["after"]["policy"]) == ("after", "end")


@pytest.mark.django_db
def test_a_doctor_gets_a_rule_of_their_own_and_goes_back_to_the_clinics(
    signed_in: Any, lekha: Any, lake: Any, dr_rao: Any
) -> None:
    browser, queue = signed_in(lekha), cast.queue(doctor=dr_rao)
    browser.post(page(lake) + "save/", TYPED | {"doctor": "dr-rao", "goes_after": "1"})
    assert (LateRule.objects.get(doctor=dr_rao).goes_after, Clinic.objects.get(pk=lake.pk).late_goes_after) == (1, 3)
    assert "Use the clinic’s rule" in browser.get(page(lake)).content.decode()
    assert 'name="goes_after" value="1"' in browser.get(page(lake) + "?doctor=dr-rao").content.decode()
    drop = reverse("tokens:late_rule_drop", args=[lake.slug, "dr-rao"])
    assert [browser.post(drop).status_code for _ in range(2)] == [302, 302]
    queue.refresh_from_db()
    assert (LateRule.objects.count(), queue.version, AuditEvent.objects.count()) == (0, 2, 2)


@pytest.mark.django_db
def test_reception_tries_but_does_not_save(desk: Any, lake: Any, dr_rao: Any) -> None:
    LateRule.objects.create(clinic=lake, doctor=dr_rao)
    assert desk.get(page(lake)).status_code == 200
    assert desk.post(page(lake) + "save/", TYPED).status_code == 403
    assert desk.post(reverse("tokens:late_rule_drop", args=[lake.slug, "dr-rao"])).status_code == 403
    assert (LateRule.objects.count(), AuditEvent.objects.count()) == (1, 0)


@pytest.mark.django_db
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


@pytest.mark.django_db
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
