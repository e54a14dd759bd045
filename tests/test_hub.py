"""The hub of a server process: many sockets are served in a row, and a slow one keeps nobody waiting."""

import asyncio
from typing import Any

import pytest

from tokens import hub as hubs
from tokens.hub import Fragment, Hub, Watcher
from tokens.screens import Screen

SCREEN = Screen("ticket", ("queue", 1))


def drawing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is drawn next: the last of these."""
    drawn = ["first"]
    monkeypatch.setattr(hubs, "_read_and_draw", lambda topic, screens, viewers: ({SCREEN: drawn[-1]}, set()))
    return drawn


class Socket:
    """A phone: what it was sent, and whether the way to it is free."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.got: list[str] = []
        self.is_free, self.breaks = asyncio.Event(), breaks
        self.is_free.set()

    async def send(self, fragment: Fragment) -> None:
        """As the server does: it waits only where the way is not free."""
        if self.breaks:
            raise ConnectionError
        if not self.is_free.is_set():
            await self.is_free.wait()
        self.got.append(fragment["text"])

    async def close(self) -> None:
        """Not looked at any more."""


async def shown(hub: Hub, *sockets: Socket) -> None:
    """They look at a queue, and are shown it."""
    for socket in sockets:
        hub.watch(Watcher(SCREEN, None, socket.send, socket.close))
    while not all(socket.got for socket in sockets if not socket.breaks):
        await asyncio.sleep(0.01)


def test_a_phone_in_a_tunnel_keeps_nobody_waiting_and_then_reads_the_newest(monkeypatch: Any) -> None:
    async def day() -> None:
        drawn, hub = drawing(monkeypatch), Hub()
        before, tunnel, after = Socket(), Socket(), Socket()
        await shown(hub, before, tunnel, after)
        tunnel.is_free.clear()
        for news in ("second", "third", "fourth"):
            drawn.append(news)
            await hub._draw(SCREEN.topic, tuple(hub._topics[SCREEN.topic]))
        assert before.got == after.got == ["first", "second", "third", "fourth"]
        assert tunnel.got == ["first"]
        tunnel.is_free.set()
        while len(tunnel.got) < 3:
            await asyncio.sleep(0)
        assert tunnel.got == ["first", "second", "fourth"]
        await hub.stop()

    asyncio.run(asyncio.wait_for(day(), 10))


def test_a_phone_that_went_away_takes_nobody_along(monkeypatch: Any) -> None:
    async def day() -> None:
        drawing(monkeypatch)
        hub, phones = Hub(), [Socket(), Socket(breaks=True), Socket()]
        await shown(hub, *phones)
        assert [phone.got for phone in phones] == [["first"], [], ["first"]]
        await hub.stop()

    asyncio.run(asyncio.wait_for(day(), 10))


def test_a_thousand_phones_take_one_task(monkeypatch: Any) -> None:
    async def day() -> None:
        drawn, hub = drawing(monkeypatch), Hub()
        phones = [Socket() for _ in range(1000)]
        await shown(hub, *phones)
        drawn.append("second")
        spawned = []
        monkeypatch.setattr(hub, "_spawn", lambda work: spawned.append(1) or Hub._spawn(hub, work))
        await hub._draw(SCREEN.topic, tuple(hub._topics[SCREEN.topic]))
        assert {phone.got[-1] for phone in phones} == {"second"}
        assert len(spawned) == 1
        await hub.stop()

    asyncio.run(asyncio.wait_for(day(), 10))


class Post:
    """What the other processes send, in the place of the channel layer."""

    def __init__(self, *papers: dict[str, Any]) -> None:
        self.papers = list(papers)

    async def new_channel(self) -> str:
        """Ours."""
        return "mine"

    async def group_add(self, group: str, channel: str) -> None:
        """We listen."""

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next one, or nothing for a long time."""
        return self.papers.pop(0) if self.papers else await asyncio.Event().wait()


def test_another_releases_news_stops_nobody_listening_and_ones_own_is_passed_over(monkeypatch: Any) -> None:
    async def day() -> None:
        hub, heard = Hub(), []
        monkeypatch.setattr(hub, "hear", heard.append)
        of_before = {"type": "queue.changed", "queue": 1, "clinic": 1, "version": 4, "times": 2}
        own = {"type": "news", "by": hub.name, "news": [{"queue": 1}]}
        others = {"type": "news", "by": "another", "news": [{"queue": 1, "version": 5}, {"times": 2}]}
        monkeypatch.setattr(hubs, "get_channel_layer", lambda: Post(of_before, own, others))
        hub.start()
        while len(heard) < 2:
            await asyncio.sleep(0)
        assert heard == others["news"]
        await hub.stop()

    asyncio.run(asyncio.wait_for(day(), 10))
