"""Proof of being there: the waiting room's screen shows a stamp that is new every minute, and only who sees it has it.

Neither stamp nor proof is kept anywhere. Each is a keyed fingerprint of the board and the minute it was made in, so it
ends by itself, and one clinic's is nothing at another's.
"""

import base64
from datetime import datetime

from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from tokens.models import Board

STAMP_MINUTES = 3  # the minute it is made in, and two more: people walk, and phones are slow
PROOF_MINUTES = 11  # its own, and ten more: for whoever fills in the form
BYTES = 6  # short, so that the QR code is coarse enough to be read from a chair


def address(board: Board, now: datetime) -> str:
    """What the screen's QR code says in this minute."""
    return reverse("tokens:here", args=[board.key, _made("screen", board, _minute(now))])


def is_seen(board: Board, stamp: str, now: datetime) -> bool:
    """Whether this stamp was on the board's screen just now."""
    return _is_fresh("screen", board, stamp, now, STAMP_MINUTES)


def proof(board: Board, now: datetime) -> str:
    """What the form carries of having seen the stamp."""
    return _made("form", board, _minute(now))


def is_proved(board: Board, given: str, now: datetime) -> bool:
    """Whether this form was opened with the board's stamp a few minutes ago."""
    return _is_fresh("form", board, given, now, PROOF_MINUTES)


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


def _made(purpose: str, board: Board, minute: int) -> str:
    mac = salted_hmac(f"tokens.presence.{purpose}", f"{board.pk}:{board.key}:{minute}", algorithm="sha256")
    return base64.urlsafe_b64encode(mac.digest()[:BYTES]).decode()


def _is_fresh(purpose: str, board: Board, given: str, now: datetime, minutes: int) -> bool:
    minute = _minute(now)
    return any(constant_time_compare(given, _made(purpose, board, minute - ago)) for ago in range(minutes))
