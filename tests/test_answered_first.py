"""Whoever presses is answered before the other screens of the same server process are drawn; these wait no longer."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from websockets.protocol import State
from websockets.server import ServerProtocol

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


def press(commits: Any) -> None:
    """A time of doctor 7 is taken, and that is committed."""
    with commits(execute=True):
        live.redraw_times(7)


def test_other_screens_here_are_drawn_when_the_answer_is_out_and_once(
    loop: Any, heard: list, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(live, "AT_LATEST", 0.05)
    request_started.send(sender=None)
    press(django_capture_on_commit_callbacks)
    goes_on(loop)
    assert heard == []
    request_finished.send(sender=None)
    goes_on(loop)
    assert [it["times"] for it in heard] == [7]
    goes_on(loop, 0.06)
    assert len(heard) == 1


def test_an_answer_that_takes_long_keeps_nobody_waiting(
    loop: Any, heard: list, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(live, "AT_LATEST", 0.05)
    request_started.send(sender=None)
    press(django_capture_on_commit_callbacks)
    goes_on(loop, 0.08)
    assert len(heard) == 1
    request_finished.send(sender=None)
    goes_on(loop)
    assert len(heard) == 1


def test_what_nobody_pressed_is_drawn_at_once(loop: Any, heard: list, django_capture_on_commit_callbacks: Any) -> None:
    press(django_capture_on_commit_callbacks)
    goes_on(loop)
    assert len(heard) == 1


@pytest.mark.parametrize("html", ["<p>37</p>", "<p>നിങ്ങളുടെ ഊഴം</p>" * 40, "<p>Asha</p>" * 9000])
def test_the_frame_made_for_many_is_the_one_a_server_makes(html: str) -> None:
    server = ServerProtocol(state=State.OPEN)
    server.send_text(html.encode())
    assert hubs._framed(html)["frame"] == b"".join(server.data_to_send())
