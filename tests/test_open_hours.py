"""One rule for when a doctor is there: of two sources that speak of the same moment, the higher counts."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.open_hours import (
    Closure,
    Maintained,
    Override,
    Source,
    Sources,
    Terms,
    Weekly,
    open_hours,
    the_day,
    week_of_two,
)

MONDAY = date(2026, 11, 23)
ROOM_1, ROOM_2 = Terms(branch_id=1, room_id=1), Terms(branch_id=2, room_id=2)


def at(hour: int, minute: int = 0, on: date = MONDAY) -> datetime:
    """A moment of that Monday."""
    return datetime.combine(on, time(hour, minute))


def mornings(terms: Terms = ROOM_1, **more: Any) -> Weekly:
    """Mondays from nine to twelve."""
    return Weekly(0, time(9), time(12), terms, **more)


def away(source: Source, starts: datetime, ends: datetime | None, **more: Any) -> Closure:
    """A time the doctor is not there."""
    return Closure(source, starts, ends, **more)


def said(sources: Sources, on: date = MONDAY) -> list[tuple[str, str, str]]:
    """The open stretches, as a person reads them."""
    return [(f"{it.starts:%H:%M}", f"{it.ends:%H:%M}", it.source.name) for it in open_hours(sources, on)]


def test_a_doctor_with_weekly_hours_sits_on_that_weekday_alone() -> None:
    known = Sources(weekly=(mornings(),))
    assert said(known) == [("09:00", "12:00", "WEEKLY")]
    assert said(known, MONDAY + timedelta(days=1)) == []


def test_hours_of_every_other_week_alternate_even_across_the_end_of_a_year() -> None:
    known = Sources(weekly=(mornings(weeks=1),))
    days = [MONDAY + timedelta(weeks=n) for n in range(10)]
    assert [bool(said(known, day)) for day in days] == [week_of_two(MONDAY) == 1, week_of_two(MONDAY) == 2] * 5


def test_a_leave_in_the_middle_leaves_both_ends_and_the_same_times_after_it() -> None:
    known = Sources(weekly=(mornings(),), closures=(away(Source.LEAVE, at(10), at(10, 45)),))
    assert said(known) == [("09:00", "10:00", "WEEKLY"), ("10:45", "12:00", "WEEKLY")]
    assert {it.grid_from for it in open_hours(known, MONDAY)} == {at(9)}


def test_an_extra_sitting_stands_beside_the_usual_ones_and_a_replacement_alone() -> None:
    evening = Override(MONDAY, time(17), time(19), ROOM_2, replaces_day=False)
    assert said(Sources(weekly=(mornings(),), overrides=(evening,))) == [
        ("09:00", "12:00", "WEEKLY"), ("17:00", "19:00", "OVERRIDE"),
    ]  # fmt: skip
    instead = Override(MONDAY, time(17), time(19), ROOM_2)
    assert said(Sources(weekly=(mornings(),), overrides=(instead,))) == [("17:00", "19:00", "OVERRIDE")]


def test_an_extra_sitting_counts_where_it_overlaps_the_usual_one() -> None:
    late = Override(MONDAY, time(11), time(13), ROOM_2, replaces_day=False)
    assert said(Sources(weekly=(mornings(),), overrides=(late,))) == [
        ("09:00", "11:00", "WEEKLY"), ("11:00", "13:00", "OVERRIDE"),
    ]  # fmt: skip


def test_a_holiday_closes_an_extra_sitting_too() -> None:
    extra = Override(MONDAY, time(9), time(12), ROOM_1)
    onam = away(Source.HOLIDAY, at(0), at(0, on=MONDAY + timedelta(days=1)), why="Thiruvonam")
    assert said(Sources(overrides=(extra,), closures=(onam,))) == []


def test_a_holiday_of_one_branch_leaves_the_other_open() -> None:
    both = (mornings(), Weekly(0, time(16), time(18), ROOM_2))
    onam = away(Source.HOLIDAY, at(0), at(0, on=MONDAY + timedelta(days=1)), branch_id=1)
    assert said(Sources(weekly=both, closures=(onam,))) == [("16:00", "18:00", "WEEKLY")]


def test_a_block_until_further_notice_has_no_end() -> None:
    known = Sources(weekly=(mornings(),), closures=(away(Source.FORCED, at(10), None),))
    assert said(known) == [("09:00", "10:00", "WEEKLY")]
    assert said(known, MONDAY + timedelta(weeks=40)) == []


def test_the_day_says_who_closed_it() -> None:
    closures = (
        away(Source.LEAVE, at(8), at(13)),
        away(Source.FORCED, at(9, 30), at(10), why="The theatre is being repaired"),
    )
    told = [(it.source.name, it.claim.why) for it in the_day(Sources(weekly=(mornings(),), closures=closures), MONDAY)]
    assert told == [("LEAVE", ""), ("FORCED", "The theatre is being repaired"), ("LEAVE", "")]


def test_a_room_out_of_use_closes_the_sittings_in_it_and_no_other() -> None:
    both = (mornings(), Weekly(0, time(16), time(18), ROOM_2))
    painting = away(Source.MAINTENANCE, at(11), at(17), out=Maintained(room_id=1))
    told = the_day(Sources(weekly=both, closures=(painting,)), MONDAY)
    assert [(f"{it.starts:%H}", f"{it.ends:%H}", it.source.name) for it in told] == [
        ("09", "11", "WEEKLY"), ("11", "12", "MAINTENANCE"), ("16", "18", "WEEKLY"),
    ]  # fmt: skip


def test_a_sitting_that_names_no_room_is_in_the_usual_one_at_its_branch() -> None:
    both = (mornings(Terms(branch_id=1)), Weekly(0, time(16), time(18), Terms(branch_id=2)))
    painting = away(Source.MAINTENANCE, at(0), at(23), out=Maintained(room_id=1, usual_at=1))
    assert said(Sources(weekly=both, closures=(painting,))) == [("16:00", "18:00", "WEEKLY")]


def test_equipment_out_of_use_closes_the_sittings_that_need_it() -> None:
    scans = Weekly(0, time(16), time(18), Terms(branch_id=1, room_id=1, equipment_id=5))
    service = away(Source.MAINTENANCE, at(0), at(23), out=Maintained(equipment_id=5))
    assert said(Sources(weekly=(mornings(), scans), closures=(service,))) == [("09:00", "12:00", "WEEKLY")]


def test_a_block_counts_before_maintenance_and_maintenance_before_the_rest() -> None:
    closures = (
        away(Source.LEAVE, at(9), at(12)),
        away(Source.EMERGENCY, at(9), at(12)),
        away(Source.MAINTENANCE, at(10), at(12), out=Maintained(room_id=1)),
        away(Source.FORCED, at(11), at(12)),
    )
    told = [it.source.name for it in the_day(Sources(weekly=(mornings(),), closures=closures), MONDAY)]
    assert told == ["EMERGENCY", "MAINTENANCE", "FORCED"]


# ── whatever is entered ───────────────────────────────────────────────────────────────────────────────────────
TIMES = st.integers(0, 24 * 4 - 1).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
SPANS = st.tuples(TIMES, TIMES).filter(lambda span: span[0] < span[1])
TERMS = st.builds(Terms, branch_id=st.integers(1, 2), room_id=st.integers(0, 2), equipment_id=st.integers(0, 1))
MOMENTS = st.integers(-4 * 24, 4 * 48).map(lambda quarter: at(0) + timedelta(minutes=15 * quarter))
WEEKLY = st.builds(
    lambda day, span, terms, weeks: Weekly(day, *span, terms, weeks), st.integers(0, 1), SPANS, TERMS, st.integers(0, 2)
)
OVERRIDES = st.builds(lambda span, terms, instead: Override(MONDAY, *span, terms, instead), SPANS, TERMS, st.booleans())
CLOSURES = st.builds(
    lambda source, starts, quarters, branch: Closure(
        source, starts, starts + timedelta(minutes=15 * quarters) if quarters else None, "", branch
    ),
    st.sampled_from([Source.HOLIDAY, Source.LEAVE, Source.EMERGENCY, Source.FORCED]),
    MOMENTS,
    st.integers(0, 100),
    st.none(),
)
OUT = st.builds(Maintained, st.integers(0, 2), st.integers(0, 2), st.integers(0, 1))
MAINTENANCE = st.builds(
    lambda starts, quarters, out: Closure(
        Source.MAINTENANCE, starts, starts + timedelta(minutes=15 * quarters), "", None, out
    ),
    MOMENTS,
    st.integers(1, 100),
    OUT,
)
SOURCES = st.builds(
    Sources,
    st.lists(WEEKLY, max_size=4).map(tuple),
    st.lists(OVERRIDES, max_size=3).map(tuple),
    st.lists(CLOSURES | MAINTENANCE, max_size=4).map(tuple),
)
QUARTERS = [at(0) + timedelta(minutes=15 * n) for n in range(96)]


@given(SOURCES)
def test_at_every_moment_the_highest_source_that_speaks_of_it_counts(sources: Sources) -> None:
    claims, told = sources.claims(MONDAY), the_day(sources, MONDAY)
    for moment in QUARTERS:
        here = [it for it in claims if it.starts <= moment < it.ends]
        top = max((it for it in here if it.terms), key=lambda it: it.rank, default=None)
        speaking = [it.source for it in here if it.out is None or (top is not None and it.out.closes(top.terms))]
        counting = [it.source for it in told if it.starts <= moment < it.ends]
        assert counting == ([max(speaking)] if speaking else [])


@given(SOURCES)
def test_no_stretch_goes_beyond_its_own_source_and_none_overlap(sources: Sources) -> None:
    told = the_day(sources, MONDAY)
    assert all(it.claim.starts <= it.starts < it.ends <= it.claim.ends for it in told)
    assert all(one.ends <= other.starts for one, other in pairwise(told))


@given(SOURCES, st.randoms())
def test_the_order_of_entry_does_not_matter(sources: Sources, dice: Any) -> None:
    mixed = [dice.sample(it, len(it)) for it in (sources.weekly, sources.overrides, sources.closures)]
    assert the_day(Sources(*map(tuple, mixed)), MONDAY) == the_day(sources, MONDAY)


@given(SOURCES, CLOSURES | MAINTENANCE)
def test_closing_more_never_opens_anything(sources: Sources, closure: Closure) -> None:
    def open_at(known: Sources) -> set[datetime]:
        return {at for at in QUARTERS for it in open_hours(known, MONDAY) if it.starts <= at < it.ends}

    more = Sources(sources.weekly, sources.overrides, (*sources.closures, closure))
    assert open_at(more) <= open_at(sources)


@pytest.mark.parametrize("source", [Source.HOLIDAY, Source.LEAVE, Source.EMERGENCY, Source.FORCED])
def test_a_closure_that_ends_at_midnight_leaves_the_next_day(source: Source) -> None:
    sunday = away(source, at(0) - timedelta(days=1), at(0))
    assert said(Sources(weekly=(mornings(),), closures=(sunday,))) == [("09:00", "12:00", "WEEKLY")]
