"""What there is to tell: each kind of message with its wording, its variables, and when it may be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices

VARIABLE = re.compile(r"\{(\w+)\}")


class Kind(TextChoices):
    """What a message is about."""

    CODE = "code", "Sign-in code"
    BOOKED = "booked", "Booking confirmed"
    TOGETHER = "together", "Booking of a family confirmed"
    TO_PAY = "to_pay", "Booking to be paid for"
    ADDED = "added", "Token given at the desk"
    MOVED = "moved", "Visit moved"
    CANCELLED = "cancelled", "Visit cancelled"
    AFFECTED = "affected", "Doctor away at the time"
    DELAYED = "delayed", "Doctor late or away"
    OFFERED = "offered", "A freed place offered"
    EVENING = "evening", "Reminder the evening before"
    SOON = "soon", "Reminder two hours before"
    NEAR = "near", "Your turn is near"
    CALLED = "called", "Called in"
    LATE = "late", "Marked late"
    FOLLOW_UP = "follow_up", "Follow-up is due"
    THANKS = "thanks", "Thank you, and how was it"
    ALERT = "alert", "Alert to staff"


class Category(TextChoices):
    """What the operators take a message for: it decides when they let it through, and what it costs."""

    CODE = "code", "One-time code"
    SERVICE = "service", "About something the patient did"
    CONSENT = "consent", "Agreed to beforehand"


class Type(TextChoices):
    """What may stand in place of a variable; the value is the operators' own word for it."""

    NUMBER = "numeric", "Digits"
    WORDS = "alphanumeric", "Words"
    LINK = "url", "Link"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a template: its type, and the most characters it may have."""

    type: Type
    longest: int


VARIABLES = {
    "code": Variable(Type.NUMBER, 6),
    "token": Variable(Type.NUMBER, 5),
    "ahead": Variable(Type.NUMBER, 3),
    "tokens": Variable(Type.WORDS, 14),
    "host": Variable(Type.WORDS, 80),
    "doctor": Variable(Type.WORDS, 40),
    "place": Variable(Type.WORDS, 60),
    "day": Variable(Type.WORDS, 14),
    "time": Variable(Type.WORDS, 10),
    "until": Variable(Type.WORDS, 24),
    "about": Variable(Type.WORDS, 30),
    "where": Variable(Type.WORDS, 50),
    "why": Variable(Type.WORDS, 160),
    "said": Variable(Type.WORDS, 160),
    "what": Variable(Type.WORDS, 300),
    **dict.fromkeys(["link", "wait", "move", "cancel"], Variable(Type.LINK, 300)),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """A kind's wording as we ship it, and its rules.

    `essential`: sent also to a patient who has stopped all that can be stopped. `wakes`: sent in quiet hours too.
    `by_choice`: a clinic sends it only when it has said so. `urgency`: of what is due, the lowest goes out first.
    `useful`: for how many minutes after its time it still helps, where the writer does not say until when.
    """

    wording: str
    category: Category = Category.SERVICE
    essential: bool = False
    wakes: bool = False
    by_choice: bool = False
    urgency: int = 2
    useful: int = 24 * 60

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of its variables, in the order of the wording."""
        return variables_of(self.wording)


def variables_of(wording: str) -> tuple[str, ...]:
    """The names of the variables of a wording, each once, in their order."""
    return tuple(dict.fromkeys(VARIABLE.findall(wording)))


def _today(wording: str, **more: Any) -> Rules:
    """About a visit of this very hour: it may wake somebody, and goes before what can wait."""
    return Rules(wording, wakes=True, urgency=1, **({"useful": 60} | more))


VISIT = "{token} with {doctor} at {place}, {day}"
KINDS: dict[str, Rules] = {
    Kind.CODE: Rules(
        "{code} is your Oozham code. It works for 5 minutes. Nobody from Oozham will ask you for it.\n\n"
        "@{host} #{code}",  # the last line is what a browser reads to fill the code in by itself (Web OTP)
        category=Category.CODE, essential=True, wakes=True, urgency=0, useful=5,
    ),
    Kind.BOOKED: Rules(f"Token {VISIT}, near {{time}}. See when to come: {{link}}", essential=True),
    Kind.TOGETHER: Rules(
        "Tokens {tokens} with {doctor} at {place}, {day}, near {time}. See them all: {link}", essential=True
    ),
    Kind.TO_PAY: Rules(
        "Pay by {until} to keep token {token} with {doctor}, {day}, near {time}, {place}: {link}",
        essential=True, wakes=True, urgency=1,
    ),
    Kind.ADDED: _today("Token {token} with {doctor} at {place} today. Watch the line: {link}", essential=True),
    Kind.MOVED: Rules(f"Moved: token {VISIT}, near {{time}}. {{link}}", essential=True),
    Kind.CANCELLED: Rules(f"Cancelled: token {VISIT}. Book again: {{link}}", essential=True),
    Kind.AFFECTED: Rules(
        "{why}: token {token} at {place}, {day}, near {time}. Move, wait or cancel: {link}", essential=True
    ),
    Kind.DELAYED: _today(
        "{said}: token {token}, {place}. Wait: {wait} Another day: {move} Cancel: {cancel}", essential=True, useful=240
    ),
    Kind.OFFERED: Rules(
        "A place is free: {doctor}, {day} {time}, {place}. Yours until {until}: {link}", urgency=1,
        category=Category.CONSENT,
    ),
    Kind.EVENING: Rules(f"Tomorrow: token {VISIT}, near {{time}}. Not coming? Cancel or move: {{link}}"),
    Kind.SOON: Rules("Today near {time}: token {token} with {doctor} at {place}. See when to leave: {link}"),
    Kind.NEAR: _today("Your turn is near: token {token}, {doctor}, {place}. {ahead} ahead of you. {link}"),
    Kind.CALLED: _today("Token {token}, please go in now: {where}, {place}. {link}", by_choice=True, useful=10),
    Kind.LATE: _today("Token {token}, {place}: you are marked late. Come, and you go in {why}. {link}", by_choice=True),
    Kind.FOLLOW_UP: Rules(
        "{doctor} asked to see you again about {day}. Book at {place}: {link}", category=Category.CONSENT,
        useful=3 * 24 * 60,
    ),
    Kind.THANKS: Rules(
        "Thank you for coming to {place}. How was it with {doctor}? One tap: {link}", category=Category.CONSENT,
        by_choice=True,
    ),
    Kind.ALERT: Rules("{what}", essential=True, wakes=True, useful=7 * 24 * 60),
}  # fmt: skip
CLINICS = tuple(kind for kind in Kind if kind not in {Kind.CODE, Kind.ALERT})  # those a clinic chooses among
