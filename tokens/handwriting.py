"""Times as they are written on paper, and whether what was written can have been so: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import combinations

WRITTEN = re.compile(r"(\d{1,2})\s*[:.,h ]\s*(\d{2})|(\d{1,2})(\d{2})", re.IGNORECASE)
HALF_A_DAY = timedelta(hours=12)


class HandwritingError(ValueError):
    """What was typed is no time, in words for the person who typed it."""


def parse_clock(text: str) -> time:
    """A time of day typed as 935, 0935, 9:35 or 9.35, with or without am or pm; Malayalam digits too."""
    text = text.strip().lower()
    half = next((half for half in ("am", "pm") if text.endswith((half, f"{half[0]}.m."))), "")
    found = WRITTEN.fullmatch(re.sub(r"\s*[ap]\.?m\.?$", "", text))
    if found is None:
        raise HandwritingError("Type a time like 935 or 9:35.")
    hour, minute = (int(part) for part in found.groups() if part is not None)
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        raise HandwritingError("There is no such time. Type it like 935 or 9:35.")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute)


def moment(clock: time, *, midnight: datetime, since: datetime, until: datetime) -> datetime:
    """The moment of a day that was meant: the first that lies between two moments, as written where none does.

    A 5:35 of an evening is 17:35 when the day had not begun at 5:35; a 0:20 may be past the midnight that ends the day.
    """
    written = midnight + timedelta(hours=clock.hour, minutes=clock.minute)
    later = [written + HALF_A_DAY] if clock.hour < 12 else []
    for meant in (written, *later, written + 2 * HALF_A_DAY):
        if since <= meant <= until:
            return meant
    return written


@dataclass(frozen=True, slots=True)
class Span:
    """A consultation: whose (the token's number), from when, until when (None: it goes on)."""

    number: int
    begins: datetime
    ends: datetime | None = None

    def overlaps(self, other: Span) -> bool:
        """Whether there was a moment at which both were inside."""
        return (other.ends is None or self.begins < other.ends) and (self.ends is None or other.begins < self.ends)


def clashes(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    """Every two consultations that cannot both have been so, the one that began first coming first."""
    for first, second in combinations(in_turn(spans), 2):
        if first.overlaps(second):
            yield first, second


def in_turn(spans: Iterable[Span]) -> list[Span]:
    """Consultations in the order they were in; of two that began at once, the one that was over at once first."""
    return sorted(spans, key=lambda span: (span.begins, span.ends is None, span.ends or span.begins, span.number))
