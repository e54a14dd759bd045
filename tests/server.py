"""The real server beside the tests: uvicorn with sockets and pages, on this run's own database and Valkey."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 30.0  # seconds, on a machine busy with the other half of the tests


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def _server(django_db_setup: None) -> Iterator[str]:
    """One server a process, for all its tests; it serves whatever they commit."""
    port = _free_port()
    url = urlsplit(os.environ["DATABASE_URL"])
    environment = os.environ | {
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}")),
        "REDIS_URL": settings.REDIS_URL,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DEBUG": "1",
        "LOG_LEVEL": "WARNING",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port),
         "--ws", "config.sockets:Protocol", "--ws-per-message-deflate", "false",
         "--timeout-graceful-shutdown", "1", "--log-level", "warning"],
        cwd=ROOT, env=environment,
    )  # fmt: skip
    try:
        _wait_for(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    """Return once the server accepts; fail when it ends or takes too long."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the server did not start")


@pytest.fixture
def served(transactional_db: None, _server: str) -> str:
    """The address of the running server; what the test saves is there for it to show."""
    return _server


def _is_trouble(said: ConsoleMessage) -> bool:
    """An error, other than a request that was on its way when somebody went on to the next page."""
    return said.type == "error" and not said.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))


@pytest.fixture
def windows(browser: Browser, served: str) -> Iterator[Callable[..., Page]]:
    """Opens windows, each of its own person, signed in where one is named; an error in any console fails the test."""
    from django.test import Client

    troubles: list[str] = []
    contexts = []

    def window(*, size: dict[str, int], javascript: bool = True, who: Any = None) -> Page:
        context = browser.new_context(viewport=size, java_script_enabled=javascript)
        contexts.append(context)
        if who is not None:
            client = Client()
            client.force_login(who)
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": served}])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if _is_trouble(said) else None)
        return page

    yield window
    for context in contexts:
        for page in context.pages:  # to close what is on its way to another page has kept Chromium waiting for ever
            page.wait_for_load_state()
        context.close()
    assert not troubles
