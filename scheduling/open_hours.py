"""When a doctor is there, and why not: seven sources, and one rule for which of them counts.

Pure: everything it needs is handed in. Moments are naive, on the clinic's own wall clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from itertools import pairwise

WEEK_ONE = date(2024, 1, 1)  # a Monday: the weeks A and B are counted from it, through every year's end


class Source(IntEnum):
    """Where hours, or their absence, come from: of two at the same moment, the higher counts."""

    WEEKLY = 1
    OVERRIDE = 2
    HOLIDAY = 3
    LEAVE = 4
    EMERGENCY = 5
    MAINTENANCE = 6
    FORCED = 7


@dataclass(frozen=True, slots=True, order=True)
class Terms:
    """What a sitting offers: where, how long a time is, and for how many."""

    branch_id: int
    room_id: int = 0  # none
    slot_minutes: int = 10
    buffer_minutes: int = 0
    capacity: int = 1
    tele_capacity: int = 0
    home_capacity: int = 0
    equipment_id: int = 0  # none that it cannot do without


@dataclass(frozen=True, slots=True)
class Weekly:
    """A sitting of every week, or of every other one (`weeks` 1: A, 2: B)."""

    weekday: int
    starts: time
    ends: time
    terms: Terms
    weeks: int = 0
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, on: date) -> bool:
        """Whether it is on this date."""
        return (
            self.weekday == on.weekday()
            and (not self.weeks or self.weeks == week_of_two(on))
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )


@dataclass(frozen=True, slots=True)
class Override:
    """A sitting on one date, `replaces_day` instead of the usual ones."""

    date: date
    starts: time
    ends: time
    terms: Terms
    replaces_day: bool = True


@dataclass(frozen=True, slots=True, order=True)
class Maintained:
    """What is out of use: a room, a piece of equipment, or both; 0 is none.

    At the branch `usual_at` the room is the doctor's usual one, in which sittings are that name none.
    """

    room_id: int = 0
    usual_at: int = 0
    equipment_id: int = 0

    def closes(self, terms: Terms) -> bool:
        """Whether a sitting cannot take place meanwhile."""
        has_room_out = terms.room_id == self.room_id if terms.room_id else terms.branch_id == self.usual_at
        return has_room_out or (self.equipment_id != 0 and self.equipment_id == terms.equipment_id)


@dataclass(frozen=True, slots=True)
class Closure:
    """A time at which a doctor is away; `ends` None is until further notice, `branch_id` only closes that branch.

    With `out` it closes the sittings that need what is out of use, and says nothing of any other time.
    """

    source: Source
    starts: datetime
    ends: datetime | None
    why: str = ""
    branch_id: int | None = None
    out: Maintained | None = None


@dataclass(frozen=True)
class Sources:
    """All that is known of one doctor's hours."""

    weekly: tuple[Weekly, ...] = ()
    overrides: tuple[Override, ...] = ()
    closures: tuple[Closure, ...] = ()
    _by_weekday: dict[int, tuple[Weekly, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        days = {day: tuple(it for it in self.weekly if it.weekday == day) for day in range(7)}
        object.__setattr__(self, "_by_weekday", days)

    def claims(self, on: date) -> list[Claim]:
        """What each source says of a date."""
        overrides = [it for it in self.overrides if it.date == on]
        usual = () if any(it.replaces_day for it in overrides) else self._by_weekday[on.weekday()]
        said = [Claim(Source.WEEKLY, *_span(on, it), it.terms) for it in usual if it.holds_on(on)]
        said += [Claim(Source.OVERRIDE, *_span(on, it), it.terms) for it in overrides]
        if self.closures:
            midnight = datetime.combine(on, time())
            next_midnight = midnight + timedelta(days=1)
            for it in self.closures:
                starts, ends = max(it.starts, midnight), min(it.ends or next_midnight, next_midnight)
                if starts < ends:
                    said.append(Claim(it.source, starts, ends, None, it.why, it.branch_id, it.out))
        return said


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says of a stretch of a day: open on these terms, or closed (no terms)."""

    source: Source
    starts: datetime
    ends: datetime
    terms: Terms | None
    why: str = ""
    branch_id: int | None = None
    out: Maintained | None = None

    @property
    def rank(self) -> tuple[object, ...]:
        """Of two at the same moment the greater counts; equal sources in an order that entry does not change."""
        return (
            self.source, self.starts, self.ends, self.terms or Terms(0), self.branch_id or 0, self.why,
            self.out or Maintained(),
        )  # fmt: skip

    def speaks_of(self, sitting: Terms | None) -> bool:
        """Whether it counts where the doctor would sit on these terms, or not at all."""
        if self.out is not None:
            return sitting is not None and self.out.closes(sitting)
        return self.branch_id is None or sitting is None or self.branch_id == sitting.branch_id


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a day in which one claim counts."""

    starts: datetime
    ends: datetime
    claim: Claim

    @property
    def source(self) -> Source:
        """Whose word it is."""
        return self.claim.source

    @property
    def terms(self) -> Terms | None:
        """On which terms the doctor sits; None when away."""
        return self.claim.terms

    @property
    def grid_from(self) -> datetime:
        """Where the times begin to be counted: the sitting's own start, whatever has been cut off."""
        return self.claim.starts


def week_of_two(on: date) -> int:
    """1 in the weeks A, 2 in the weeks B."""
    return (on - WEEK_ONE).days // 7 % 2 + 1


def open_hours(sources: Sources, on: date) -> list[Stretch]:
    """The stretches of a date in which the doctor sits, in order, each with the source that opened it."""
    return [stretch for stretch in the_day(sources, on) if stretch.terms is not None]


def the_day(sources: Sources, on: date) -> list[Stretch]:
    """Every stretch of a date of which some source speaks, open or closed, in order."""
    claims = sources.claims(on)
    if len(claims) <= 1:
        return [Stretch(it.starts, it.ends, it) for it in claims if it.speaks_of(it.terms)]
    edges = sorted({edge for claim in claims for edge in (claim.starts, claim.ends)})
    stretches: list[Stretch] = []
    for starts, ends in pairwise(edges):
        claim = _counts([it for it in claims if it.starts <= starts and it.ends >= ends])
        if claim is None:
            continue
        last = stretches[-1] if stretches else None
        if last is not None and last.claim == claim and last.ends == starts:
            stretches[-1] = Stretch(last.starts, ends, claim)
        else:
            stretches.append(Stretch(starts, ends, claim))
    return stretches


def _counts(claims: Iterable[Claim]) -> Claim | None:
    """The claim that counts: the highest that speaks of the sitting there would be; closures may be of a part alone."""
    claims = sorted(claims, key=lambda claim: claim.rank, reverse=True)
    sitting = next((it.terms for it in claims if it.terms is not None), None)
    return next((it for it in claims if it.speaks_of(sitting)), None)


def _span(on: date, sitting: Weekly | Override) -> tuple[datetime, datetime]:
    return datetime.combine(on, sitting.starts), datetime.combine(on, sitting.ends)
