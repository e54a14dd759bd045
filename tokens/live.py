"""Saying that a queue has changed: after the commit, to every server process, with no personal data."""

import asyncio
import logging
from functools import cache
from typing import TypedDict

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from tokens.hub import GROUP, hub
from tokens.models import Queue

logger = logging.getLogger(__name__)


PATIENCE = 2.0  # seconds
HEAD_START = 0.04  # seconds: whoever pressed is answered first, and leaves picture and fragment for the others


class News(TypedDict, total=False):
    """What travels: which queue of which clinic is at which version, and whose times have changed."""

    type: str
    queue: int
    clinic: int
    version: int
    times: int


_server_loop: asyncio.AbstractEventLoop | None = None


def serve_on(loop: asyncio.AbstractEventLoop | None) -> None:
    """Let this process send through its server's own loop: no thread waits for Redis."""
    global _server_loop  # noqa: PLW0603
    _server_loop = loop


def redraw(queue: Queue) -> None:
    """Book the redraw of a queue's screens for after the commit; a dead Redis never fails what was saved."""
    _tell_after_commit(
        News(
            type="queue.changed", queue=queue.pk, clinic=queue.clinic_id, version=queue.version, times=queue.doctor_id
        )
    )  # fmt: skip


def redraw_times(doctor_id: int) -> None:
    """Book the redraw of a doctor's free times: one has been held, given back, or made."""
    _tell_after_commit(News(type="times.changed", times=doctor_id))


def _tell_after_commit(news: News) -> None:
    # A nested def: Django's robust hooks crash while logging a failed functools.partial (ticket 36487).
    def announce() -> None:
        if _server_loop is not None:
            asyncio.run_coroutine_threadsafe(_send(news), _server_loop)
        else:
            _publish(news)

    transaction.on_commit(announce, robust=True)


async def _send(news: News) -> None:
    """Tell this process's own screens at once, and the other processes through the channel layer."""
    asyncio.get_running_loop().call_later(HEAD_START, hub.hear, news)
    try:
        async with asyncio.timeout(PATIENCE):  # a Redis that hangs must not gather a crowd here
            await get_channel_layer().group_send(GROUP, news)
    except (redis.RedisError, OSError) as error:
        logger.warning("Redis is away (%s): other processes' screens will poll", error or "no answer")


@cache
def _redis() -> redis.Redis:
    """A job's or a command's own way to Redis, opened once."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)


def _publish(news: News) -> None:
    """Tell the server processes from a job or a command, which have no loop to send from."""
    try:
        _redis().publish(f"{settings.LAYER_PREFIX}__group__{GROUP}", get_channel_layer().serialize(news))
    except redis.RedisError as error:
        logger.warning("Redis is away (%s): screens will poll", error)
