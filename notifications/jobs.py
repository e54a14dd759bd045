"""The doors by which workers come in: each takes an id, or nothing, and may run any number of times."""

import logging
import time
from collections.abc import Callable
from functools import cache
from uuid import UUID

import django_rq
from django.conf import settings
from redis.exceptions import RedisError
from rq import Queue

from notifications.delivery import hand_over

logger = logging.getLogger(__name__)

PAUSE = 10.0  # seconds without asking a Redis that did not answer: no second patient waits for it
TTL = {"messages": 30}  # seconds a job waits to be taken: by then a sweep has done its work, and it is none
BELL = f"{settings.LAYER_PREFIX}:bell"
RUNG = 2  # seconds after which a job that nobody has begun is believed lost, and the next message calls again
_tries_again_at = 0.0


@cache
def _queue(name: str) -> Queue:
    """A queue with its pool of connections: django-rq makes a new one, and connects, at every call."""
    return django_rq.get_queue(name)


def enqueue_job(
    job: Callable[..., object] | str, *args: str, queue: str = "messages", seconds: int | None = None
) -> None:  # fmt: skip
    """Put a job, or its name, in a queue; a Redis that is away costs a log line, never the answer.

    `seconds` is how long it may take, where not as long as all others.
    """
    global _tries_again_at  # noqa: PLW0603
    if time.monotonic() < _tries_again_at:
        return
    try:
        if job is deliver and not _ring(*args):
            return
        _queue(queue).enqueue(job, *args, job_timeout=seconds, ttl=TTL.get(queue), result_ttl=0, failure_ttl=3600)
    except (RedisError, OSError) as error:
        _tries_again_at = time.monotonic() + PAUSE
        logger.warning("Redis is away (%s): for %s s the sweepers find what there is", error, PAUSE)


def deliver(message_id: str) -> None:
    """Send one message, unless somebody else has it or it is sent; and whatever else is due by then."""
    _answer()
    hand_over(UUID(message_id))


def _ring(message_id: str) -> bool:
    """Whether a sender has to be called. One who was called and has not begun finds what is written meanwhile, too."""
    return bool(_queue("messages").connection.set(BELL, message_id, nx=True, ex=RUNG))


def _answer() -> None:
    """Before anything is read: what is written from now on rings again."""
    try:
        _queue("messages").connection.delete(BELL)
    except (RedisError, OSError) as error:
        logger.warning("Redis is away (%s): the bell goes silent by itself", error)


def sweep() -> int:
    """Do what is due and was not done: a job was lost, a worker died, a receipt did not come. Returns how many went."""
    return hand_over()
