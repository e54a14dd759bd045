"""When a patient's turn will come: the arithmetic at its edges."""

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.estimate import ENOUGH, LAST, STEP, Pace, Wait, pace, wait

minutes = st.floats(min_value=0, max_value=240)
paces = st.builds(Pace, mean=st.floats(min_value=0.5, max_value=120), spread=st.floats(min_value=0, max_value=120))
people = st.integers(min_value=0, max_value=200)
elapsed = st.none() | st.floats(min_value=0, max_value=600)


def test_a_doctor_of_whom_nothing_is_known_works_as_the_profile_says() -> None:
    assert pace([], profile_minutes=12) == Pace(mean=12, spread=6)


def test_four_consultations_are_too_few_and_five_are_enough() -> None:
    assert pace([3.0] * (ENOUGH - 1), profile_minutes=12).mean == 12
    assert pace([3.0] * ENOUGH, profile_minutes=12) == Pace(mean=3, spread=0)


def test_only_the_last_thirty_consultations_count() -> None:
    assert pace([5.0] * LAST + [500.0] * 100, profile_minutes=12).mean == 5


def test_a_clock_that_ran_backwards_gives_no_negative_consultation() -> None:
    assert pace([-10.0] * ENOUGH, profile_minutes=12).mean == 0


@given(st.lists(minutes, min_size=ENOUGH, max_size=60))
def test_the_pace_is_the_mean_of_what_was_measured(durations: list[float]) -> None:
    measured = pace(durations, profile_minutes=1000)
    assert measured.mean == pytest.approx(fmean(durations[:LAST]))
    assert measured.spread >= 0


@given(st.lists(minutes, max_size=ENOUGH - 1), st.integers(min_value=1, max_value=120))
def test_with_fewer_the_profile_decides_alone(durations: list[float], profile: int) -> None:
    assert pace(durations, profile_minutes=profile) == pace([], profile_minutes=profile)


def test_three_people_of_ten_minutes_are_half_an_hour() -> None:
    assert wait(Pace(mean=10, spread=0), ahead=3, elapsed=None) == Wait(low=30, high=35)


def test_what_remains_of_the_one_inside_is_added() -> None:
    steady = Pace(mean=10, spread=0)
    assert wait(steady, ahead=0, elapsed=0).low == 10
    assert wait(steady, ahead=0, elapsed=4.9).low == 5
    assert wait(steady, ahead=3, elapsed=None).low < wait(steady, ahead=3, elapsed=0).low


def test_a_consultation_longer_than_usual_may_end_at_any_moment() -> None:
    steady = Pace(mean=10, spread=0)
    assert wait(steady, ahead=0, elapsed=10) == wait(steady, ahead=0, elapsed=500) == Wait(low=0, high=STEP)


def test_nobody_ahead_and_nobody_inside_is_now() -> None:
    assert str(wait(Pace(mean=10, spread=5), ahead=0, elapsed=None)) == "up to 5 min"


def test_a_wait_is_said_as_a_range() -> None:
    assert str(Wait(low=25, high=40)) == "25–40 min"


def test_a_less_steady_doctor_gives_a_wider_range() -> None:
    steady, hasty = wait(Pace(10, 1), ahead=6, elapsed=None), wait(Pace(10, 8), ahead=6, elapsed=None)
    assert hasty.low < steady.low < 60 < steady.high < hasty.high


@given(paces, people, elapsed)
def test_a_range_is_never_negative_never_empty_and_in_steps_of_five(pace: Pace, ahead: int, elapsed: float) -> None:
    it = wait(pace, ahead=ahead, elapsed=elapsed)
    assert 0 <= it.low < it.high
    assert it.low % STEP == it.high % STEP == 0


@given(paces, people, elapsed)
def test_the_mean_lies_inside_the_range(pace: Pace, ahead: int, elapsed: float) -> None:
    it = wait(pace, ahead=ahead, elapsed=elapsed)
    middle = pace.mean * ahead + (0 if elapsed is None else max(pace.mean - elapsed, 0))
    assert it.low <= middle <= it.high


@given(paces, people, elapsed)
def test_one_more_person_ahead_never_makes_the_wait_shorter(pace: Pace, ahead: int, elapsed: float) -> None:
    fewer, more = wait(pace, ahead=ahead, elapsed=elapsed), wait(pace, ahead=ahead + 1, elapsed=elapsed)
    assert fewer.low <= more.low
    assert fewer.high <= more.high


@given(paces, people, st.lists(st.floats(min_value=0, max_value=600), min_size=2, max_size=2))
def test_time_passing_never_makes_the_wait_longer(pace: Pace, ahead: int, moments: list[float]) -> None:
    sooner, later = (wait(pace, ahead=ahead, elapsed=moment) for moment in sorted(moments))
    assert later.low <= sooner.low
    assert later.high <= sooner.high
