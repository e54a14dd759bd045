"""Another time of day: business time comes from `timezone.now()` alone, so a test can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from unittest.mock import patch
from zoneinfo import ZoneInfo

from django.utils import timezone

IST = ZoneInfo("Asia/Kolkata")


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, moment: datetime) -> None:
        self.now = moment

    def pass_(self, **span: float) -> None:
        """Let some time go by: `clock.pass_(minutes=11)`."""
        self.now += timedelta(**span)

    def set(self, text: str) -> None:
        """Put the clock at a moment in Kerala."""
        self.now = ist(text)


def ist(text: str) -> datetime:
    """A moment on the wall clocks of Kerala: `ist("2026-11-24 09:30")`."""
    return datetime.fromisoformat(text).replace(tzinfo=IST)


def in_days(days: int, at: str = "10:00") -> datetime:
    """A moment of the wall clocks some days ahead, whatever the hour is now: `in_days(3, "09:30")`."""
    return ist(f"{timezone.localdate() + timedelta(days=days)} {at}")


@contextmanager
def clock_at(moment: datetime | str) -> Iterator[Clock]:
    """Stand still at a moment. Django's own `now` reads this clock, so whoever imported it, however, sees it too."""
    clock = Clock(ist(moment) if isinstance(moment, str) else moment)

    class AnyDatetime(type(datetime)):  # type: ignore[misc]
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class Moved(datetime, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return clock.now.astimezone(tz or UTC)

    with patch.object(timezone, "datetime", Moved):
        yield clock
