"""A day under another rule for late arrivals: who would have been called when, on paper."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinics.models import LatePolicy
from tests.last_week import NOW
from tokens import dry_run
from tokens.dry_run import Visit
from tokens.late import Rule

NINE = datetime(2026, 11, 16, 3, 30, tzinfo=UTC)


def minutes(count: float) -> datetime:
    return NINE + timedelta(minutes=count)


def visit(number: int, *, promised: int, came: int, seen: int, **more: Any) -> Visit:
    return Visit(number, minutes(promised), minutes(came), minutes(came), minutes(seen), **more)


def order(visits: list[Visit], rule: Rule) -> list[int]:
    return [who.number for who, _ in dry_run.run(visits, rule)]


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
