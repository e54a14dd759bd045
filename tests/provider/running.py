"""Running the provider in a process of its own, and speaking with it: for tests and for load runs."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parent.parent.parent
SID, TOKEN = "AC00000000000000000000000000000001", "secret"
STARTS_WITHIN = 30.0  # seconds
_open = build_opener(ProxyHandler({})).open


@dataclass(frozen=True)
class At:
    """A provider that runs, at its address."""

    address: str

    def behave(self, **rule: Any) -> None:
        """From now on treat messages so (see behaviour.py)."""
        self._ask("/behave", rule)

    def forget(self) -> None:
        """Begin anew: no rules, nothing taken."""
        self._ask("/forget", {})

    def knows(self, sid: str, token: str) -> None:
        """Give it one more account."""
        self._ask("/accounts", {sid: token})

    def count(self) -> dict[str, Any]:
        """How many messages it has: total, distinct, most of one text to one phone, asked, receipts by status."""
        return self._ask("/accepted?brief=1")

    def accepted(self) -> list[dict[str, Any]]:
        """Every message it has."""
        return self._ask("/accepted")["messages"]

    def wait_until_told(self, seconds: float = 30.0) -> dict[str, Any]:
        """Wait until all receipts are out; returns the count."""
        until = time.monotonic() + seconds
        while (count := self.count())["telling"] and time.monotonic() < until:
            time.sleep(0.02)
        return count

    def _ask(self, path: str, said: dict[str, Any] | None = None) -> Any:
        data = None if said is None else json.dumps(said).encode()
        with _open(self.address + path, data, timeout=30) as answer:
            return json.loads(answer.read())


@contextmanager
def running(*, port: int = 0, callbacks: str = "") -> Iterator[At]:
    """The provider on a free port; its account is SID with TOKEN."""
    port = port or _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.provider", "--quiet", "--port", str(port), "--account", f"{SID}:{TOKEN}",
         "--callbacks", callbacks],
        cwd=ROOT,
    )  # fmt: skip
    try:
        until = time.monotonic() + STARTS_WITHIN
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("The provider did not start.")
            time.sleep(0.05)
        yield At(f"http://127.0.0.1:{port}")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
