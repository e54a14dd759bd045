"""Before the first test: servers of our own, no way out of this machine, and a browser."""

import asyncio
import atexit
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.conf import settings

from config.embedded import services

# Half a million objects stay to the end, the tests and what they import: to look them all through for litter again and
# again took an eighth of the processor's time.
gc.set_threshold(50_000, 20, 20)

# ── Servers: one pair a run, started before Django reads its settings; each xdist worker has its own databases ──
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # "gw0", or nothing in the process that starts the workers


def _start_servers() -> None:
    """Start throwaway servers for whichever of DATABASE_URL and REDIS_URL is not set; stop them at exit."""
    stack = ExitStack()
    atexit.register(stack.close)
    os.environ["OOZHAM_LOCAL"] = folder = tempfile.mkdtemp(prefix="oozham-tests-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    stack.enter_context(services(throwaway=True))


def _own_redis_database(url: str) -> str:
    """The same Redis or Valkey, but a numbered database that no other worker uses."""
    base, _, query = url.partition("?")
    number = int(WORKER.removeprefix("gw")) + 1
    return f"{base}?{urlencode(dict(parse_qsl(query)) | {'db': number})}"


if WORKER:
    os.environ["REDIS_URL"] = _own_redis_database(os.environ["REDIS_URL"])
else:
    _start_servers()
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
settings.INSTALLED_APPS  # noqa: B018
# Read now; were they named in the environment, pytest-django would read them before this file is, in the workers.
del os.environ["DJANGO_SETTINGS_MODULE"]


pytest_plugins = [
    "tests.databases", "tests.emptying", "tests.fixtures", "tests.fixtures_of_a_day", "tests.fixtures_of_messages",
    "tests.fixtures_of_times", "tests.providing", "tests.server",
]  # fmt: skip


# ── No test reaches beyond this machine ────────────────────────────────────────────────────────────────────────
HERE = {"127.0.0.1", "::1", "localhost", "", None, b"127.0.0.1", b"localhost"}


def _stay_here(event: str, args: tuple[Any, ...]) -> None:
    """Refuse every connection and every look-up that is not this machine's own."""
    if event in {"socket.connect", "socket.sendto"} and isinstance(args[1], tuple) and args[1][0] not in HERE:
        raise AssertionError(f"a test tried to reach {args[1]}")
    if event == "socket.getaddrinfo" and args[0] not in HERE:
        raise AssertionError(f"a test tried to look up {args[0]}")


sys.addaudithook(_stay_here)

# ── The browser ────────────────────────────────────────────────────────────────────────────────────────────────
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
_browsers_loop: asyncio.AbstractEventLoop | None = None


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's own Chromium."""
    return {"executable_path": CHROMIUM, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Pages are asked for by their whole address; the plugin's own fixture is written in a way pytest warns of."""


@pytest.fixture(scope="session")
def browser(launch_browser: Callable[[], Any]) -> Iterator[Any]:
    """One Chromium a process; a new context for every test."""
    global _browsers_loop  # noqa: PLW0603
    browser = launch_browser()
    _browsers_loop = asyncio._get_running_loop()
    yield browser
    asyncio._set_running_loop(_browsers_loop)
    browser.close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Show Playwright's event loop, which lives in this thread, to browser tests only.

    Other tests would take themselves to be inside a coroutine: asyncio ones could not start, Django would refuse the
    database. A browser test is no coroutine either, so there Django is told not to mind.
    """
    in_browser = "browser" in getattr(item, "fixturenames", ())
    asyncio._set_running_loop(_browsers_loop if in_browser else None)
    if in_browser:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        return (yield)
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser tests where there is no Chromium, except where that would go unnoticed."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason="there is no Chromium here: apt-get install chromium"))
