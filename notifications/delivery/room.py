"""How many messages of each channel are in the air: a provider is never asked for more at a time than it may be."""

from __future__ import annotations

from collections import Counter

USUAL = 16  # of a channel nothing is in the air of yet


class Room:
    """What one process has handed over and not heard of yet, by channel."""

    def __init__(self) -> None:
        self._flying: Counter[str] = Counter()
        self._most: dict[str, int] = {}

    def take(self, channel: str, most: int) -> bool:
        """Count one more message in the air, unless that is more than the channel may have."""
        self._most[channel] = most
        if self._flying[channel] >= most:
            return False
        self._flying[channel] += 1
        return True

    def give_back(self, channel: str) -> None:
        """One has landed."""
        self._flying[channel] -= 1

    def full(self) -> list[str]:
        """The channels that take no more just now."""
        return [channel for channel, most in self._most.items() if self._flying[channel] >= most]

    def left(self) -> int:
        """How many it is worth while to claim now: not many more than will find room."""
        free = [most - self._flying[channel] for channel, most in self._most.items() if self._flying[channel] < most]
        return min(free, default=USUAL)
