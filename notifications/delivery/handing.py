"""Handing messages over, several at a time: each channel has threads of its own, so that a slow one slows no other.

Threads only talk to providers. Claiming and recording stay with whoever called, in order.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from uuid import UUID

from notifications.channels import Channel, Outcome, Unsure, channel_named
from notifications.delivery.claiming import Taken, claim
from notifications.delivery.recording import record
from notifications.delivery.room import Room

logger = logging.getLogger(__name__)

SECONDS = 20.0  # a job takes nothing new after so long: the next one goes on
LOOK_AGAIN = 0.25  # seconds without any answer, before other messages are looked for
BREATH = 0.02  # seconds to gather answers in, once one has come: they are written down together


def hand_over(*first: UUID, seconds: float = SECONDS) -> int:
    """Send what is due, `first` before all others, until nothing is or the time is over; returns how many went out."""
    until = time.monotonic() + seconds
    room, flying, sent = Room(), {}, 0
    flying |= _start(claim(len(first), room, only=first)) if first else {}
    while True:
        if time.monotonic() < until:
            flying |= _start(claim(room.left(), room, until=0.0 if flying else until))
        if not flying:
            return sent
        landed = [(flying.pop(future), future.result()) for future in _some(flying)]
        for taken, _ in landed:
            if not taken.asks:
                room.give_back(taken.handover.channel)
        sent += record(landed)


def _start(taken: Collection[Taken]) -> dict[Future[Outcome], Taken]:
    """Each to a thread of its channel."""
    return {_thread(one).submit(_ask_or_send, one): one for one in taken}


def _thread(one: Taken) -> ThreadPoolExecutor:
    channel = _channel(one)
    return _threads(channel.name, channel.concurrency)


@cache
def _threads(name: str, concurrency: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(concurrency, thread_name_prefix=f"messages-{name}")


def _ask_or_send(one: Taken) -> Outcome:
    """What the channel says; a channel that breaks leaves us unsure of the message, and holds up no other."""
    channel = _channel(one)
    try:
        return channel.ask(one.handover) if one.asks else channel.send(one.handover)
    except Exception as error:
        logger.exception("Message %s broke its channel", one.handover.message)
        return Unsure(f"{type(error).__name__}: {error}")


def _channel(one: Taken) -> Channel:
    return channel_named(one.handover.channel, one.handover.account.provider)


def _some(flying: Collection[Future[Outcome]]) -> Collection[Future[Outcome]]:
    """Those that have landed, once one has and a moment has passed; none where all are slow: others may be due."""
    done = wait(flying, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED).done
    if not done or len(done) == len(flying):
        return done
    time.sleep(BREATH)
    return [future for future in flying if future.done()]
