"""Whoever presses is answered before the other screens of the same server process are drawn; these wait no longer."""

import asyncio
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import pytest
from websockets.protocol import State
from websockets.server import ServerProtocol

from config import asgi
from tokens import hub as hubs
from tokens import live

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """What this process's own screens have been told."""
    said: list[dict[str, int]] = []
    monkeypatch.setattr(live.hub, "hear", said.append)
    return said


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A server's loop, which goes on when the test says so."""
    loop = asyncio.new_event_loop()
    live.serve_on(loop)
    yield loop
    live.serve_on(None)
    loop.close()


def goes_on(loop: asyncio.AbstractEventLoop, seconds: float = 0.02) -> None:
    loop.run_until_complete(asyncio.sleep(seconds))


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Any) -> Callable[[], None]:
    """A time of doctor 7 is taken, and that is committed."""

    def press() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            live.redraw_times(7)

    return press


@pytest.fixture
def pressing(loop: Any, commit: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Event]:
    """A request that is being answered: its thread has committed; the answer is out when the event is set."""
    monkeypatch.setattr(live, "AT_LATEST", 0.05)
    answer, contexts = asyncio.Event(), []

    async def request() -> None:
        with live.answering():
            contexts.append(copy_context())
            await answer.wait()

    task = loop.create_task(request())
    goes_on(loop, 0)
    contexts[0].run(commit)  # as the bridge runs Django: beside the loop, in the request's own context
    yield answer
    answer.set()
    loop.run_until_complete(task)


def test_other_screens_here_are_drawn_when_the_answer_is_out_and_once(
    loop: Any, heard: list, pressing: asyncio.Event
) -> None:
    goes_on(loop)
    assert heard == []
    pressing.set()
    goes_on(loop)
    assert [it["times"] for it in heard] == [7]
    goes_on(loop, 0.06)
    assert len(heard) == 1


def test_an_answer_that_takes_long_keeps_nobody_waiting(loop: Any, heard: list, pressing: asyncio.Event) -> None:
    goes_on(loop, 0.08)
    assert len(heard) == 1
    pressing.set()
    goes_on(loop)
    assert len(heard) == 1


def test_every_page_is_answered_so(loop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def pages(*_: Any) -> None:
        seen.append(live._own.get())

    monkeypatch.setattr(asgi, "_pages", pages)
    loop.run_until_complete(asgi.application({"type": "http"}, None, None))
    assert seen == [[]]


def test_what_nobody_pressed_is_drawn_at_once(loop: Any, heard: list, commit: Callable[[], None]) -> None:
    commit()
    goes_on(loop)
    assert len(heard) == 1


@pytest.mark.parametrize("html", ["<p>37</p>", "<p>നിങ്ങളുടെ ഊഴം</p>" * 40, "<p>Asha</p>" * 9000])
def test_the_frame_made_for_many_is_the_one_a_server_makes(html: str) -> None:
    server = ServerProtocol(state=State.OPEN)
    server.send_text(html.encode())
    assert hubs._framed(html)["frame"] == b"".join(server.data_to_send())
