"""One ear for each server process: hears which queues changed, draws each fragment once, hands it to the sockets.

A thousand sockets on one queue cost one read and one rendering of each fragment they show. Nothing here waits for a
slow client: the newest fragment replaces the one it has not taken yet.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypedDict
from uuid import uuid4

import redis
from channels.layers import get_channel_layer
from django.db import close_old_connections
from websockets.frames import Frame, Opcode

from tokens.admission import Viewer, still_welcome
from tokens.screens import Screen, Topic, draw_all

logger = logging.getLogger(__name__)


class News(TypedDict, total=False):
    """What is heard: which queue of which clinic is at which version, and whose times have changed."""

    queue: int
    clinic: int
    version: int
    times: int


class Paper(TypedDict):
    """What travels between processes: news, and which process they are of; no personal data."""

    type: str
    by: str
    news: list[News]


Fragment = dict[str, Any]  # what is sent to every socket that shows it: one ASGI message
GROUP = "queues"
PAUSE = 0.05  # seconds between two drawings of one topic: changes in between share the second
TICK = 30.0  # seconds after which estimates are drawn afresh, and a lost piece of news is made good


class Watcher:
    """One socket: what it shows, who looks, and how to send; holds at most one fragment not yet taken."""

    __slots__ = ("_busy", "_send", "_waiting", "close", "screen", "shown", "viewer")

    def __init__(
        self,
        screen: Screen,
        viewer: Viewer | None,
        send: Callable[[Fragment], Coroutine[Any, Any, None]],
        close: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self.screen, self.viewer, self._send, self.close = screen, viewer, send, close
        self.shown: str | None = None
        self._waiting: Fragment | None = None
        self._busy = False

    async def show(self, fragment: Fragment) -> None:
        """Send a fragment, unless it is what the socket shows; while one is on its way the newest waits alone."""
        self._waiting = fragment
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting is not None and self._waiting["text"] != self.shown:
                newest, self._waiting = self._waiting, None
                self.shown = newest["text"]
                await self._send(newest)
        except Exception:  # the socket went away; its consumer cleans up
            logger.debug("A socket went away while being shown a fragment", exc_info=True)
        finally:
            self._busy = False


class Hub:
    """The sockets of this process by what they watch."""

    def __init__(self) -> None:
        self._topics: defaultdict[Topic, set[Watcher]] = defaultdict(set)
        self._stale: set[Topic] = set()
        self._drawing: set[Topic] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="screens")
        self.name = uuid4().hex  # this process among the others
        self.drawn = 0  # fragments drawn since the start: what tests and benchmarks count

    def start(self) -> None:
        """Begin to listen and to tick, on the running loop."""
        self._spawn(self._listen())
        self._spawn(self._tick())

    async def stop(self) -> None:
        """Stop listening; the sockets are closed by the server."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:  # with an end: the channel layer can swallow a cancellation, and shutting down would wait for ever
            await asyncio.wait(tasks, timeout=1)

    def watch(self, watcher: Watcher) -> None:
        """A socket has opened: it is shown its fragment at once, in case something changed since its page was read."""
        self._topics[watcher.screen.topic].add(watcher)
        self._spawn(self._greet(watcher))

    def unwatch(self, watcher: Watcher) -> None:
        """A socket has closed."""
        watchers = self._topics[watcher.screen.topic]
        watchers.discard(watcher)
        if not watchers:
            del self._topics[watcher.screen.topic]

    def read(self, paper: Paper) -> None:
        """What another process tells; our own news has been heard here already, or will be in a moment."""
        if paper["by"] != self.name:
            for news in paper["news"]:
                self.hear(news)

    def hear(self, news: News) -> None:
        """Something has changed: redraw what is watched of the queue, of its clinic, and of the doctor's times."""
        for kind in ("queue", "clinic", "times"):
            if kind in news:
                self._redraw((kind, news[kind]))

    def _redraw(self, topic: Topic) -> None:
        if topic not in self._topics:
            return
        self._stale.add(topic)
        if topic not in self._drawing:
            self._drawing.add(topic)
            self._spawn(self._draw_until_fresh(topic))

    async def _draw_until_fresh(self, topic: Topic) -> None:
        """Draw a topic at once; what changes meanwhile is drawn together a moment later."""
        try:
            while topic in self._stale:
                self._stale.discard(topic)
                await self._draw(topic, tuple(self._topics.get(topic, ())))
                await asyncio.sleep(PAUSE)
        finally:
            self._drawing.discard(topic)

    async def _greet(self, watcher: Watcher) -> None:
        await self._draw(watcher.screen.topic, (watcher,))

    async def _draw(self, topic: Topic, watchers: tuple[Watcher, ...]) -> None:
        """Ask once who may still look, draw each different fragment once, and show it to all who watch it."""
        if not watchers:
            return
        by_screen: defaultdict[Screen, list[Watcher]] = defaultdict(list)
        for watcher in watchers:
            by_screen[watcher.screen].append(watcher)
        viewers = {watcher.viewer for watcher in watchers if watcher.viewer is not None}
        loop = asyncio.get_running_loop()
        try:
            drawn, welcome = await loop.run_in_executor(self._threads, _read_and_draw, topic, set(by_screen), viewers)
        except Exception:
            logger.exception("Could not draw %s %s; its screens will poll", *topic)
            return
        self.drawn += len(drawn)
        fragments = {screen: _framed(html) for screen, html in drawn.items()}
        await self._send(
            watcher.show(fragments[screen])
            if screen in drawn and (watcher.viewer is None or watcher.viewer in welcome)
            else watcher.close()
            for screen, looking in by_screen.items()
            for watcher in looking
        )

    async def _send(self, works: Iterator[Coroutine[Any, Any, None]]) -> None:
        """Send to one after the other in one task: nearly no socket has to be waited for. Where one has, that task
        stays with it, and another goes on with the rest."""

        async def go_on() -> None:
            for work in works:
                try:
                    await work
                except Exception:  # a socket that went away
                    logger.debug("A socket could not be closed", exc_info=True)

        while True:
            task = self._spawn(go_on())
            await asyncio.sleep(0)  # it runs now, to its end or until it has to wait
            if task.done():
                return

    async def _listen(self) -> None:
        """Hear the other processes, through one subscription for all sockets of this one."""
        layer = get_channel_layer()
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                while True:
                    paper = await layer.receive(channel)
                    try:
                        self.read(paper)
                    except (KeyError, TypeError):  # of another release, while this one takes its place
                        logger.warning("News of another kind: %s", sorted(paper))
            except (redis.RedisError, OSError) as error:
                logger.warning("Redis is away (%s): listening again in a second", error)
                await asyncio.sleep(1)

    async def _tick(self) -> None:
        """Time passes on the screens too; the topics take turns, so that none waits for all."""
        while True:
            await asyncio.sleep(TICK)
            for topic in tuple(self._topics):
                self._redraw(topic)
                await asyncio.sleep(0)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _framed(html: str) -> Fragment:
    """A fragment with its frame made once: config/sockets.py writes it as it is, any other server makes its own."""
    return {"type": "websocket.send", "text": html, "frame": Frame(Opcode.TEXT, html.encode()).serialize(mask=False)}


def _read_and_draw(
    topic: Topic, screens: set[Screen], viewers: set[Viewer]
) -> tuple[Mapping[Screen, str], set[Viewer]]:
    """In a thread with a database connection: the fragments, and which staff may still look."""
    close_old_connections()
    try:
        return draw_all(topic, screens), still_welcome(viewers)
    finally:
        close_old_connections()


hub = Hub()
