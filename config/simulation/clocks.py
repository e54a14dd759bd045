"""The pace of a simulated day. Moments of the day are seconds since it began."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from django.utils import timezone


class Clock(Protocol):
    """What a stage looks at."""

    def until(self, at: float) -> None:
        """Return when it is that moment."""

    def real(self, at: float) -> datetime:
        """The timestamp that this moment has in the tables."""

    def acting(self) -> "contextmanager[None]":
        """Around everything that is done at a moment: nobody acts while the day is held."""


class RealClock:
    """Sleeps: `speed` seconds of the day in each real one. Many threads may look at it, and be held for a moment."""

    def __init__(self, speed: float) -> None:
        self.speed, self.began, self.held_for = speed, time.monotonic(), 0.0
        self._gate = threading.Condition()
        self._acting, self._is_held = 0, False

    @property
    def now(self) -> float:
        """The moment of the day."""
        return (time.monotonic() - self.began - self.held_for) * self.speed

    def until(self, at: float) -> None:
        """Sleep; the day may be held meanwhile, and then it is later."""
        while (left := at - self.now) > 0:
            time.sleep(left / self.speed)

    def real(self, at: float) -> datetime:
        """The real time at which it is, or was, that moment."""
        return timezone.now() + timedelta(seconds=(at - self.now) / self.speed)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Wait while the day is held, then act."""
        with self._gate:
            self._gate.wait_for(lambda: not self._is_held)
            self._acting += 1
        try:
            yield
        finally:
            with self._gate:
                self._acting -= 1
                self._gate.notify_all()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the day: everybody finishes what they are doing, and no time passes until this is over."""
        with self._gate:
            self._is_held = True
            self._gate.wait_for(lambda: not self._acting)
        began = time.monotonic()
        try:
            yield
        finally:
            with self._gate:
                self.held_for += time.monotonic() - began
                self._is_held = False
                self._gate.notify_all()


class SteppedClock:
    """Moves on at once, and has `move` put the wall clock there: a day in a second, with its true times."""

    def __init__(self, start: datetime, move: Callable[[datetime], None]) -> None:
        self.start, self.move = start, move

    def until(self, at: float) -> None:
        """Be there."""
        self.move(self.real(at))

    def real(self, at: float) -> datetime:
        """As on the wall."""
        return self.start + timedelta(seconds=at)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Nobody holds this day."""
        yield
