"""P6: the process that sends messages is killed at eight points of its work; 10,000 messages, none lost, none twice.

The provider's own count is the judge. Redis is emptied once on the way. Seen to fail with the protection off:
OOZHAM_UNPROTECTED=1 takes what a dead process had begun for not sent, and sends it again without asking.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass

from bench import told
from bench.killed_sender import POINTS
from bench.stack import sender
from tests.provider.running import At, running

EACH, PATIENCE, RESUMED = 1250, 180.0, 30.0
TIMEOUTS = 8  # requests that the provider takes and does not answer, where a process is to die while asking


@dataclass(frozen=True)
class Ended:
    """A process that was killed at a point."""

    was_killed: bool
    resumed: float  # seconds until all that it had in its hands had met their fate


def run() -> tuple[bool, str]:
    """Whether it holds, and the figures."""
    clinic = told.clinic()
    asked: list[str] = []
    with running() as provider:
        ended = []
        for at, point in enumerate(POINTS):
            phones = told.phones(EACH, begin=at * EACH)
            asked += phones
            ended.append(_round(point, provider, clinic, phones))
        count = told.times_told(provider)
    missing = [phone for phone in asked if not count[phone]]
    twice = sum(count[phone] - 1 for phone in asked if count[phone] > 1)
    slowest = max(it.resumed for it in ended)
    killed = sum(it.was_killed for it in ended)
    kept = killed == len(POINTS) and not missing and twice <= TIMEOUTS and slowest <= RESUMED and not _unsettled()
    figure = (
        f"{len(asked)} messages, {killed} of {len(POINTS)} kills, Redis emptied once: {len(missing)} missing, "
        f"{twice} twice, resumed within {slowest:.0f} s"
    )
    return kept, figure


def _round(point: str, provider: At, clinic: object, phones: list[str]) -> Ended:
    """Messages, a process that dies at the point, Redis emptied at one of them, and one that goes on."""
    if point == "asking":
        provider.behave(channel="sms", do="hang", times=TIMEOUTS)
    told.write(clinic, phones)
    with sender(sys.executable, "-m", "bench.killed_sender", point, **told.environment(provider)) as victim:
        code = victim.wait(PATIENCE)
    killed_at, in_hand = time.monotonic(), _in_hand()
    if point == "handed over":
        _flush()
    instead = (sys.executable, "-m", "bench.killed_sender", "unasked") if os.environ.get("OOZHAM_UNPROTECTED") else ()
    with sender(*instead, **told.environment(provider)):
        while set(in_hand) & set(_in_hand()) and time.monotonic() < killed_at + PATIENCE:
            time.sleep(0.25)
        resumed = time.monotonic() - killed_at
        told.wait_until_all_are_told(PATIENCE)
    return Ended(code == -signal.SIGKILL, resumed)


def _in_hand() -> list[str]:
    """What a process had begun."""
    from notifications.models import Message

    return [str(pk) for pk in Message.objects.filter(state__in=["sending", "unknown"]).values_list("pk", flat=True)]


def _unsettled() -> Counter[str]:
    """Messages whose fate is not that they were sent."""
    from notifications.models import Message

    ours = Message.objects.filter(kind="added").exclude(state__in=["sent", "delivered"])
    return Counter(ours.values_list("state", flat=True))


def _flush() -> None:
    """Redis forgets everything."""
    import django_rq

    django_rq.get_connection("messages").flushall()
