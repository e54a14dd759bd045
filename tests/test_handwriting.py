"""Times as they stand on paper, and consultations that cannot both have been so."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.handwriting import HandwritingError, Span, clashes, in_turn, moment, parse_clock

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


def at(clock: str) -> datetime:
    hour, minute = clock.split(":")
    return MIDNIGHT + timedelta(hours=int(hour), minutes=int(minute))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("935", time(9, 35)),
        ("0935", time(9, 35)),
        ("9:35", time(9, 35)),
        ("9.35", time(9, 35)),
        (" 9 : 35 ", time(9, 35)),
        ("9 35", time(9, 35)),
        ("1735", time(17, 35)),
        ("5:35 pm", time(17, 35)),
        ("535PM", time(17, 35)),
        ("12:05 a.m.", time(0, 5)),
        ("12.05pm", time(12, 5)),
        ("000", time(0, 0)),
        ("൯:൩൫", time(9, 35)),
    ],
)
def test_a_time_is_read_however_it_is_written(typed: str, meant: time) -> None:
    assert parse_clock(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "9", "93", "9:3", "9:60", "24:00", "2500", "13:00 pm", "0:30 am", "noon", "9:35:10", "-935"]
)
def test_what_is_no_time_is_said(typed: str) -> None:
    with pytest.raises(HandwritingError, match="like 935"):
        parse_clock(typed)


@given(st.times())
def test_every_time_of_day_is_read_in_all_four_spellings(meant: time) -> None:
    meant = meant.replace(second=0, microsecond=0, tzinfo=None)
    hour, minute = meant.hour, f"{meant.minute:02}"
    for typed in (f"{hour}{minute}", f"{hour:02}{minute}", f"{hour}:{minute}", f"{hour}.{minute}"):
        assert parse_clock(typed) == meant


@pytest.mark.parametrize(
    ("written", "since", "until", "meant"),
    [
        ("9:35", "9:00", "11:00", "9:35"),
        ("5:35", "16:00", "18:00", "17:35"),  # an evening's sitting
        ("9:35", "9:00", "23:00", "9:35"),  # both would do: as written
        ("0:20", "16:00", "24:40", "24:20"),  # past midnight
        ("11:30", "9:00", "11:00", "11:30"),  # still to come: as written, to be told so
        ("8:30", "9:00", "11:00", "8:30"),
    ],
)
def test_the_moment_meant_lies_in_the_day(written: str, since: str, until: str, meant: str) -> None:
    clock = at(written).time()
    assert moment(clock, midnight=MIDNIGHT, since=at(since), until=at(until)) == at(meant)


minutes = st.integers(0, 60).map(lambda minute: MIDNIGHT + timedelta(minutes=minute))


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """A few consultations of one doctor, written by hand."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        begins, ends = sorted([draw(minutes), draw(minutes)])
        made.append(Span(number, begins, draw(st.sampled_from([ends, ends, ends, None]))))
    return made


@given(spans())
def test_what_does_not_clash_can_be_called_one_after_the_other(written: list[Span]) -> None:
    """Nothing clashes exactly when each can go in once the one before, in turn, is out."""
    turns = in_turn(written)
    one_by_one = all(first.ends is not None and first.ends <= second.begins for first, second in pairwise(turns))
    assert (list(clashes(written)) == []) == one_by_one


@given(spans())
def test_a_clash_is_a_moment_with_two_inside(written: list[Span]) -> None:
    def naively(first: Span, second: Span) -> bool:
        """Minute by minute and half-minute by half-minute, of those who were inside for a while."""
        steps = (MIDNIGHT + timedelta(seconds=30 * step) for step in range(130))
        inside = lambda span, at: span.begins <= at and (span.ends is None or at < span.ends)  # noqa: E731
        return any(inside(first, at) and inside(second, at) for at in steps)

    long = [span for span in written if span.ends is None or span.ends > span.begins]
    found = {frozenset((first.number, second.number)) for first, second in clashes(long)}
    assert found == {
        frozenset((first.number, second.number))
        for first in long
        for second in long
        if first.number < second.number and naively(first, second)
    }


def test_one_who_is_still_inside_is_the_last() -> None:
    first, second = Span(1, at("9:00")), Span(2, at("9:30"), at("9:40"))
    assert list(clashes([second, first])) == [(first, second)]
    assert list(clashes([Span(1, at("9:00"), at("9:30")), second, Span(3, at("9:40"))])) == []
