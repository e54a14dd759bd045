"""A day in a few figures, as the desk reads them when it closes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median

from tokens.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of tokens, clock times, and minutes; None where there was nothing to measure."""

    seen: int
    missed: int
    cancelled: int
    first_call: datetime | None
    last_end: datetime | None
    mean_visit: int | None
    median_wait: int | None
    longest_wait: int | None


def summary(picture: Snapshot) -> Summary:
    """What became of a queue's day."""
    done = picture.done
    missed = [place for place in picture.cancelled if place.was_missed or place.was_not_seen]
    waits = [place.waited_minutes for place in done if place.waited_minutes is not None]
    visits = [(place.ended_at - place.consulting_at).total_seconds() / 60 for place in done]
    return Summary(
        seen=len(done), missed=len(missed), cancelled=len(picture.cancelled) - len(missed),
        first_call=min((place.consulting_at for place in done), default=None),
        last_end=max((place.ended_at for place in done), default=None),
        mean_visit=round(fmean(visits)) if visits else None,
        median_wait=round(median(waits)) if waits else None,
        longest_wait=max(waits, default=None),
    )  # fmt: skip
