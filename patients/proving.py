"""Proving a phone: by the code that came to it, or by a PIN from a clinic's counter, which counts at that clinic."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from notifications import outbox
from notifications.models import Message
from patients import challenges, pins
from patients.challenges import ChallengeError
from patients.models import Challenge
from patients.phones import masked

WAYS = {"sms": "SMS", "whatsapp": "WhatsApp"}
State = Message.State


@dataclass(frozen=True, slots=True)
class Proof:
    """A phone (E.164) that has proved itself; `only_clinic` when by a PIN of that clinic."""

    phone: str
    only_clinic: int | None = None


def by_code(*, challenge: Challenge, code: str, browser: str) -> Proof:
    """Check what was typed into the form for the code: the code itself, or a PIN for the same phone."""
    try:
        return Proof(challenges.answer(challenge=challenge, code=code, browser=browser))
    except ChallengeError:
        if proof := by_pin(phone=challenge.phone, code=code):
            return proof
        raise


def by_pin(*, phone: str, code: str) -> Proof | None:
    """Check a PIN from the counter."""
    pin = pins.use(phone=phone, code=code)
    return Proof(phone, pin.clinic_id) if pin else None


@dataclass(frozen=True, slots=True)
class Sending:
    """What the page says of a code on its way: the same for everybody's phone, known to us or not."""

    to: str
    way: str  # "by SMS"; nothing where there are no names for it
    is_out: bool
    has_failed: bool
    seconds_left: int
    again_in: int
    again_by: str  # "by WhatsApp", where the next one goes another way
    was_repeated: bool


def sending(challenge: Challenge) -> Sending:
    """How far a code is, and what can be done when it does not come."""
    ways, message = outbox.ways_of_codes(), challenge.message
    state = message.state if message else State.SENT
    own = min(message.rung if message else challenge.nth, len(ways) - 1)
    following = min(challenge.nth + 1, len(ways) - 1)
    way = (message.channel if message else "") or (ways[own] if ways else "")
    return Sending(
        to=masked(challenge.phone), way=_by(way), is_out=state in {State.AWAITED, State.SENT, State.DELIVERED},
        has_failed=state in {State.FAILED, State.DROPPED}, seconds_left=challenge.seconds_left,
        again_in=challenges.asks_again_in(challenge, timezone.now()), was_repeated=challenge.nth > 0,
        again_by=_by(ways[following]) if ways and ways[following] != way else "",
    )  # fmt: skip


def _by(way: str) -> str:
    return f"by {WAYS[way]}" if way in WAYS else ""
