"""How long until somebody's turn: a range, from the doctor's own last consultations. Pure arithmetic, in minutes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

LAST = 30  # consultations remembered
ENOUGH = 5  # below this the profile's minutes stand in for what was measured
USUAL_SPREAD = 0.5  # of a consultation, where too few were measured: short visits and long ones differ by about half
WIDTH = 1.28  # standard deviations: eight of ten waits fall inside, were they normally distributed
STEP = 5  # a range is said in steps of five minutes: more would be a lie


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a doctor works: mean and standard deviation of one consultation, in minutes."""

    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait in whole minutes, from `low` to `high`."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low}–{self.high} min" if self.low else f"up to {self.high} min"


def pace(durations: Sequence[float], *, profile_minutes: float) -> Pace:
    """The pace of a doctor from the last completed consultations (minutes, newest first)."""
    last = [max(0.0, minutes) for minutes in durations[:LAST]]
    if len(last) < ENOUGH:
        return Pace(mean=float(profile_minutes), spread=USUAL_SPREAD * profile_minutes)
    return Pace(mean=fmean(last), spread=stdev(last))


def wait(pace: Pace, *, ahead: int, elapsed: float | None, delay: float = 0.0) -> Wait:
    """The wait of somebody with `ahead` people before them in line.

    delay + mean × ahead + max(mean − elapsed, 0), where `elapsed` is how long the current consultation has lasted, None
    when nobody is inside, and `delay` how long the doctor will not be there yet. The range is that ± 1.28 standard
    deviations of the sum: spread × √(consultations still to come), the current one counted, taking consultations as
    independent.
    """
    remaining = 0.0 if elapsed is None else max(pace.mean - elapsed, 0.0)
    middle = delay + pace.mean * ahead + remaining
    consultations = ahead + (elapsed is not None)
    margin = WIDTH * pace.spread * math.sqrt(consultations)
    low = STEP * math.floor(max(middle - margin, 0.0) / STEP)
    high = STEP * math.ceil((middle + margin) / STEP)
    return Wait(low=low, high=max(high, low + STEP))
