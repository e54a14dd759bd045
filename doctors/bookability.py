"""May this doctor be booked? Ten facts in; a score, three levels, and a reason for each fact that is missing out.

Nothing here reads the database. The levels are nested: whom patients may book, search shows; whom search shows,
reception may book. Ten points for each fact, so a hundred means that patients may book now.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The ten preconditions, as they stand for one doctor."""

    profile_complete: bool = False
    licence_verified: bool = False
    fees_set: bool = False
    has_branch: bool = False
    has_specialty: bool = False
    has_hours: bool = False
    has_free_slots: bool = False  # in the next 90 days
    verification_failed: bool = False
    is_active: bool = False
    has_forced_block: bool = False  # now


class Fix(StrEnum):
    """Where a reason is put right."""

    PROFILE = "profile"
    CREDENTIALS = "credentials"
    LICENCE = "licence"
    FEES = "fees"
    SPECIALTY = "specialty"
    DEPARTMENTS = "departments"
    BRANCHES = "branches"
    HOURS = "hours"
    SLOTS = "slots"
    ROOM = "room"
    BLOCKS = "blocks"
    STATUS = "status"
    CLINIC = "clinic"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in the way: its code is the name of the fact."""

    code: str
    says: str
    fix: Fix


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason("profile_complete", "The profile says no qualifications or no languages yet.", Fix.PROFILE),
        Reason("licence_verified", "The licence has not been verified.", Fix.LICENCE),
        Reason("fees_set", "No consultation fee is set, and the doctor is not said to see patients free.", Fix.FEES),
        Reason("has_branch", "The doctor belongs to no branch of the clinic.", Fix.BRANCHES),
        Reason("has_specialty", "No specialty is chosen.", Fix.SPECIALTY),
        Reason("has_hours", "There are no weekly hours.", Fix.HOURS),
        Reason("has_free_slots", "No time is free in the next 90 days.", Fix.SLOTS),
        Reason("verification_failed", "The check of the licence failed.", Fix.LICENCE),
        Reason("is_active", "The doctor is not active.", Fix.STATUS),
        Reason("has_forced_block", "A block that nothing overrules is on now.", Fix.BLOCKS),
    )
}
IN_THE_WAY_WHEN_TRUE = frozenset({"verification_failed", "has_forced_block"})
FOR_THE_DESK = frozenset({"is_active", "verification_failed"})
FOR_THE_SEARCH = FOR_THE_DESK | {"has_specialty", "has_branch"}
OF_THE_CALENDAR = frozenset({"has_hours", "has_free_slots"})  # whoever holds a free time in hand needs neither


@dataclass(frozen=True, slots=True)
class Bookability:
    """What may be done with a doctor. `is_open_online`: patients may book as soon as there is a free time."""

    score: int
    is_shown: bool
    is_bookable_online: bool
    is_bookable_at_desk: bool
    is_open_online: bool
    reasons: tuple[Reason, ...]

    @property
    def missing(self) -> list[str]:
        """The codes of the reasons."""
        return [reason.code for reason in self.reasons]


def evaluate(facts: Facts) -> Bookability:
    """What these facts allow."""
    missing = {
        field.name for field in fields(facts) if getattr(facts, field.name) == (field.name in IN_THE_WAY_WHEN_TRUE)
    }
    return Bookability(
        score=100 - 10 * len(missing),
        is_shown=not missing & FOR_THE_SEARCH,
        is_bookable_online=not missing,
        is_bookable_at_desk=not missing & FOR_THE_DESK,
        is_open_online=missing <= OF_THE_CALENDAR,
        reasons=tuple(reason for code, reason in REASONS.items() if code in missing),
    )
