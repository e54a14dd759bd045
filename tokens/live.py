"""Saying that a queue has changed: after the commit, to every server process, with no personal data."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from tokens.hub import GROUP, News, Paper, hub
from tokens.models import Queue

logger = logging.getLogger(__name__)


PATIENCE = 2.0  # seconds
AT_LATEST = 0.2  # seconds: whoever pressed is answered first, but so long nobody else waits
TOGETHER = 0.01  # seconds after something was told, in which what comes is gathered: on a busy evening most of it

_server_loop: asyncio.AbstractEventLoop | None = None
_own: ContextVar[list["_Held"] | None] = ContextVar("what this request has changed", default=None)


class _Held:
    """News for this process's own screens: heard once, on the server's loop."""

    def __init__(self, news: News) -> None:
        self.news: News | None = news

    def tell(self) -> None:
        """Have it heard now, unless it was."""
        if self.news is not None:
            hub.hear(self.news)
            self.news = None


def serve_on(loop: asyncio.AbstractEventLoop | None) -> None:
    """Let this process send through its server's own loop: no thread waits for Redis."""
    global _server_loop, _outward
    _server_loop, _outward = loop, _Outward()


@contextmanager
def answering() -> Iterator[None]:
    """On the loop, around one request: what it changes is heard here when whoever pressed has their answer.

    That leaves the picture, and often the fragment, for all others of this process.
    """
    news: list[_Held] = []
    before = _own.set(news)
    try:
        yield
    finally:
        _own.reset(before)
        for held in news:
            held.tell()


def redraw(queue: Queue) -> None:
    """Book the redraw of a queue's screens for after the commit; a dead Redis never fails what was saved."""
    _tell_after_commit(News(queue=queue.pk, clinic=queue.clinic_id, version=queue.version, times=queue.doctor_id))


def redraw_times(doctor_id: int) -> None:
    """Book the redraw of a doctor's free times: one has been held, given back, or made."""
    _tell_after_commit(News(times=doctor_id))


def _tell_after_commit(news: News) -> None:
    # A nested def: Django's robust hooks crash while logging a failed functools.partial (ticket 36487).
    def announce() -> None:
        if _server_loop is None:
            _publish(news)
            return
        held, own = _Held(news), _own.get()
        if own is not None:
            own.append(held)
        _server_loop.call_soon_threadsafe(_outward.tell, held, news, AT_LATEST if own is not None else 0)

    transaction.on_commit(announce, robust=True)


class _Outward:
    """News on its way to the other processes, on the server's loop: the first at once, what comes with it together."""

    def __init__(self) -> None:
        self._waiting: list[News] = []
        self._sending: asyncio.Task[None] | None = None

    def tell(self, held: _Held, news: News, seconds: float) -> None:
        """Tell the other processes through the channel layer, and this one's own screens within so many seconds."""
        asyncio.get_running_loop().call_later(seconds, held.tell)
        self._waiting.append(news)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            try:
                async with asyncio.timeout(PATIENCE):  # a Redis that hangs must not gather a crowd here
                    await get_channel_layer().group_send(GROUP, Paper(type="news", by=hub.name, news=together))
            except (redis.RedisError, OSError) as error:
                logger.warning("Redis is away (%s): other processes' screens will poll", error or "no answer")
            await asyncio.sleep(TOGETHER)


_outward = _Outward()


@cache
def _redis() -> redis.Redis:
    """A job's or a command's own way to Redis, opened once."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)


def _publish(news: News) -> None:
    """Tell the server processes from a job or a command, which have no loop to send from."""
    paper = Paper(type="news", by="", news=[news])
    try:
        _redis().publish(f"{settings.LAYER_PREFIX}__group__{GROUP}", get_channel_layer().serialize(paper))
    except redis.RedisError as error:
        logger.warning("Redis is away (%s): screens will poll", error)
