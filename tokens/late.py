"""The rule for those who come after their time, as pure arithmetic: the desk follows it, a dry run tries another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from clinics.models import Clinic, LatePolicy
from tokens.models import LateRule, Queue

SOON = timedelta(microseconds=1)


class InLine(Protocol):
    """Whatever stands in a line: a token, its picture, or one that is only tried out."""

    number: int
    due_at: datetime
    is_first: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """From when on somebody is late (minutes after the due time), where they go in, and how often they are recalled."""

    grace_minutes: int
    policy: str
    goes_after: int
    max_recalls: int

    @property
    def grace(self) -> timedelta:
        """How long after the due time nobody is late yet."""
        return timedelta(minutes=self.grace_minutes)

    @property
    def words(self) -> str:
        """Where somebody late goes in, to go on "you go in …"."""
        if self.policy == LatePolicy.END:
            return "at the end of the line"
        if self.policy == LatePolicy.SLOT:
            return "by your own time"
        return f"after the next {self.goes_after}" if self.goes_after else "next"


def rule_of(queue: Queue) -> Rule:
    """The doctor's own rule, else the clinic's: one narrow query."""
    return rule_for(queue.clinic, LateRule.objects.filter(doctor=queue.doctor_id).first())


def rule_for(clinic: Clinic, own: LateRule | None) -> Rule:
    """The rule of a doctor who has one, else of the clinic."""
    if own is not None:
        return Rule(own.grace_minutes, own.policy, own.goes_after, own.max_recalls)
    return Rule(clinic.grace_minutes, clinic.late_policy, clinic.late_goes_after, clinic.max_recalls)


def place(rule: Rule, waiting: Sequence[InLine], *, due_at: datetime, now: datetime) -> tuple[datetime, str]:
    """The due time of somebody who was due at `due_at` and comes late, now; and the sentence that says so.

    `waiting` are those who are here, in calling order. Nobody goes in before their own time.
    """
    if rule.policy == LatePolicy.SLOT:
        return due_at, "Came late: keeps the time that was booked."
    before = list(waiting if rule.policy == LatePolicy.END else waiting[: rule.goes_after])
    others = [token for token in before if not token.is_first]
    if others:
        at = others[-1].due_at + SOON
    else:  # only emergencies go before, or nobody: then next of all the others
        first = next((token for token in waiting if not token.is_first), None)
        at = first.due_at - SOON if first else now
    if rule.policy == LatePolicy.END:
        at = max(at, now)
    said = f"Came late: goes after {before[-1].number}." if before else "Came late: goes in next."
    return max(at, due_at), said
