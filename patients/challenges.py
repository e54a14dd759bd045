"""Six-digit codes: sent to a phone, opened by the browser that asked, once, within 300 s and 5 tries."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinics.sealed import blind_index
from clinics.templatetags.words import clock
from notifications import alerts, outbox
from notifications.models import Alert, Message
from patients import limits
from patients.models import Challenge, Quota

LIFETIME = timedelta(seconds=300)
TRIES = 5
RESEND_AFTER = timedelta(seconds=30)
ROW = timedelta(minutes=15)  # codes asked for within it are one attempt to be heard: each goes the next way
_COUNTER = "or ask at the clinic’s counter for a PIN"
_PHONE = f"Several codes went to this number already. Try again at {{}}, {_COUNTER}."
_NETWORK = f"Too many codes were asked for from your network. Try again at {{}}, {_COUNTER}."
_PAUSED = f"Codes are paused until {{}}: too many were asked for. Call the clinic, {_COUNTER}."
_FULL = {
    Quota.Scope.PHONE: _PHONE,
    Quota.Scope.DEVICE: _PHONE,
    Quota.Scope.NETWORK: _NETWORK,
    Quota.Scope.PREFIX: _NETWORK,
    Quota.Scope.BUDGET: _PAUSED,
    Quota.Scope.RETURNING: _PAUSED,
}


class ChallengeError(Exception):
    """Why a code cannot be sent or does not fit, in words for the person who asked."""


def _mac(code: str, challenge: Challenge) -> bytes:
    """The only trace of a code in our tables: it opens one challenge, and nothing without SECRET_KEY."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"code:{challenge.pk}:{code}".encode(), hashlib.sha256)


def send_code(*, phone: str, browser: str, address: str | None, device: str = "") -> Challenge:
    """Send a fresh code to a phone (E.164) for one browser; the ones sent before no longer open.

    `address` is what counts as one asker, a household's whole IPv6 network for one; nothing over a local socket.
    `device` names a browser that has proved this very phone before: it has a quota of its own. Whether anybody knows
    the phone is asked nowhere here, so that known and unknown ones are answered alike.
    """
    key = blind_index(phone)
    counted = limits.limits_of(phone_key=key, address=address, device=device)
    try:
        limits.must_have_room(counted)
        _must_wait_a_moment(browser, key)
        with transaction.atomic():
            filled = limits.take(counted)
            _must_wait_a_moment(browser, key)  # once more, where requests for one phone come one by one
            challenge = _sent(phone, key, browser, address)
            for limit in filled:
                _notice(limit)
    except limits.Full as full:
        raise ChallengeError(_FULL[full.limit.scope].format(clock(full.until))) from full
    return challenge


def _must_wait_a_moment(browser: str, key: bytes) -> None:
    mine = Challenge.objects.filter(browser=browser, phone_key=key, used_at=None)
    if mine.filter(created_at__gt=timezone.now() - RESEND_AFTER).exists():
        raise ChallengeError("We have just sent a code. Give it half a minute before asking again.")


def _sent(phone: str, key: bytes, browser: str, address: str | None) -> Challenge:
    now, code = timezone.now(), f"{secrets.randbelow(10**6):06d}"
    earlier = Challenge.objects.filter(browser=browser, phone_key=key, used_at=None, created_at__gt=now - ROW)
    before = list(earlier.order_by("-created_at").values_list("nth", "message"))
    challenge = Challenge(
        phone=phone, phone_key=key, browser=browser, created_at=now, expires_at=now + LIFETIME,
        address=(address or "").partition("/")[0] or None,  # of a network, its first address
        nth=before[0][0] + 1 if before else 0,
    )  # fmt: skip
    if before:
        earlier.update(expires_at=now)
        outbox.outdate([message for _, message in before if message])
    challenge.code_mac = _mac(code, challenge)
    challenge.message = outbox.write(
        Message.Kind.CODE, to=phone, clinic=None, useful_until=challenge.expires_at, code=code,
        host=urlsplit(settings.PUBLIC_URL).hostname, rung=min(challenge.nth, max(len(outbox.ways_of_codes()) - 1, 0)),
    )  # fmt: skip
    challenge.save(force_insert=True)
    return challenge


def _notice(limit: limits.Limit) -> None:
    """The last code of a budget: until its hour is over none go out, and somebody should look why."""
    if limit.scope not in {Quota.Scope.BUDGET, Quota.Scope.RETURNING}:
        return
    began = Quota.objects.get(scope=limit.scope, key=limit.key).began_at
    until = clock(began + limits.HOUR)
    said = f"{limit.most} within an hour. {Quota.Scope(limit.scope).label}: paused until {until}."
    alerts.notice(Alert.Kind.CODES, said=said, subject=limit.scope)


def open_challenge(*, browser: str) -> Challenge | None:
    """The last code this browser asked for and has not used, expired or not."""
    mine = Challenge.objects.filter(browser=browser, used_at=None).select_related("message")
    return mine.order_by("-created_at").first()


def answer(*, challenge: Challenge, code: str, browser: str) -> str:
    """Check a typed code; returns the phone it proves (E.164). Every wrong answer costs a try."""
    fresh = Challenge.objects.filter(pk=challenge.pk, browser=browser, used_at=None, expires_at__gt=timezone.now())
    # One conditional update takes the try: fifty threads with fifty guesses get five answers between them.
    if not fresh.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        raise ChallengeError("That code has expired or was used. Ask for a new one.")
    if not hmac.compare_digest(_mac(code, challenge), bytes(challenge.code_mac)):
        left = TRIES - 1 - challenge.tries
        raise ChallengeError(
            f"That is not the code. You have {left} more {'try' if left == 1 else 'tries'}."
            if left > 0
            else "That is not the code, and it was the last try. Ask for a new one."
        )
    if not fresh.update(used_at=timezone.now()):
        raise ChallengeError("That code has been used. Ask for a new one.")
    return challenge.phone


def asks_again_in(challenge: Challenge, now: datetime) -> int:
    """Seconds until the next code may be asked for."""
    return max(0, round((challenge.created_at + RESEND_AFTER - now).total_seconds()))
