"""Six-digit codes: sent to a phone, opened by the browser that asked, once, within 300 s and 5 tries."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from clinics.sealed import blind_index
from notifications import outbox
from notifications.models import Message
from patients.models import Challenge

LIFETIME = timedelta(seconds=300)
TRIES = 5
RESEND_AFTER = timedelta(seconds=30)
WINDOW = timedelta(hours=1)
PER_PHONE = 5  # codes an hour to one phone, counted exactly
PER_ADDRESS = 60  # codes an hour from one network address: many patients share one behind a mobile operator


class ChallengeError(Exception):
    """Why a code cannot be sent or does not fit, in words for the person who asked."""


def _mac(code: str, challenge: Challenge) -> bytes:
    """The only trace of a code in our tables: it opens one challenge, and nothing without SECRET_KEY."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"code:{challenge.pk}:{code}".encode(), hashlib.sha256)


def send_code(*, phone: str, browser: str, address: str | None) -> Challenge:
    """Send a fresh code to a phone (E.164) for one browser; the ones sent before no longer open.

    `address` is what counts as one asker, a household's whole IPv6 network for one; nothing over a local socket.
    """
    now = timezone.now()
    asker = (address or "").partition("/")[0] or None  # of a network, its first address
    with transaction.atomic():
        key = blind_index(phone)
        _one_at_a_time(key)
        recent = Challenge.objects.filter(created_at__gt=now - WINDOW)
        mine = recent.filter(phone_key=key)
        if mine.filter(browser=browser, created_at__gt=now - RESEND_AFTER, used_at=None).exists():
            raise ChallengeError("We have just sent a code. Give it half a minute before asking again.")
        if mine.count() >= PER_PHONE:
            raise ChallengeError("Several codes went to this number already. Try again in an hour, or call the clinic.")
        if asker and recent.filter(address=asker).count() >= PER_ADDRESS:
            raise ChallengeError("Too many codes were asked for from your network. Try again in an hour.")
        mine.filter(browser=browser, used_at=None).update(expires_at=now)
        code = f"{secrets.randbelow(10**6):06d}"
        challenge = Challenge(
            phone=phone, phone_key=key, browser=browser, address=asker, created_at=now, expires_at=now + LIFETIME
        )
        challenge.code_mac = _mac(code, challenge)
        challenge.save()
        outbox.write(
            Message.Kind.CODE, to=phone, clinic=None, useful_until=challenge.expires_at, code=code,
            host=urlsplit(settings.PUBLIC_URL).hostname,
        )  # fmt: skip
    return challenge


def _one_at_a_time(key: bytes) -> None:
    """Requests for one phone queue up here until commit, so that the count above is exact."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key[:8], "big", signed=True)])


def open_challenge(*, browser: str) -> Challenge | None:
    """The last code this browser asked for and has not used, expired or not."""
    return Challenge.objects.filter(browser=browser, used_at=None).order_by("-created_at").first()


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
