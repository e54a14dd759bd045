"""The moments at which tests stand still: for tests that use one, or modules that are marked to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def _standing_at(moment: Any) -> Iterator[Any]:
    from tests.clock import clock_at

    with clock_at(moment) as clock:
        yield clock


@pytest.fixture
def sunday_noon() -> Any:
    """The day before the first Monday of the calendars."""
    with _standing_at("2026-11-22 12:00") as clock:
        yield clock


@pytest.fixture
def monday_nine() -> Any:
    """Monday, nine in the morning: sittings are just beginning."""
    with _standing_at("2026-11-23 09:00") as clock:
        yield clock


@pytest.fixture
def clock() -> Any:
    """Monday, ten in the morning."""
    with _standing_at("2026-11-23 10:00") as clock:
        yield clock


@pytest.fixture
def tuesday() -> Any:
    """Tuesday, ten in the morning and some seconds."""
    with _standing_at("2026-11-24 10:00:40") as clock:
        yield clock


@pytest.fixture
def tuesday_noon() -> Any:
    """Tuesday, twelve o'clock."""
    with _standing_at("2026-11-24 12:00") as clock:
        yield clock


@pytest.fixture
def noon() -> Any:
    """Twelve o'clock of the day on which the tests run."""
    from tests.clock import in_days

    with _standing_at(in_days(0, "12:00")) as clock:
        yield clock
