"""Moments as whole microseconds, and keys that follow from a seed instead of from the clock."""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
_MICROSECOND = timedelta(microseconds=1)


def since_epoch(moment: datetime) -> int:
    """A moment as microseconds: exact, and quick to compare."""
    return (moment - EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The moment of so many microseconds."""
    return EPOCH + timedelta(microseconds=microseconds)


def uuid_at(when: datetime | int, rng: random.Random) -> UUID:
    """A UUID of version 7 (RFC 9562) for a moment, its random part drawn from `rng`."""
    at = when if isinstance(when, int) else since_epoch(when)
    bits = rng.getrandbits(74)
    return UUID(int=(at // 1000) << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1)


def code(rng: random.Random) -> str:
    """The secret part of a token's address, as long as a real one: 12 characters."""
    return base64.urlsafe_b64encode(rng.randbytes(9)).decode()
