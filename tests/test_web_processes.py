"""The web processes share a port, and visitors are dealt out evenly; a port that somebody else has is left alone."""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds
VISITORS = 64


def web(port: int) -> subprocess.Popen[bytes]:
    """Two web processes on the tests' own servers."""
    url = os.environ["DATABASE_URL"].replace("/oozham?", f"/{connection.settings_dict['NAME']}?")
    given = {"PORT": str(port), "HOST": "127.0.0.1", "WEB_CONCURRENCY": "2", "DATABASE_URL": url, "DEBUG": "1"}
    command = [sys.executable, "-m", "config.web", "config.asgi:application"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | given, stderr=subprocess.PIPE)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def doors(port: int, django_db_setup: None) -> Iterator[dict[int, psutil.Process]]:
    """The processes that listen at the port, by their number."""
    server = web(port)
    until, found = time.monotonic() + PATIENCE, {}
    while len(found) < 2 and time.monotonic() < until and server.poll() is None:
        processes = psutil.Process(server.pid).children(recursive=True)
        found = {it.pid: it for it in processes if at(it, port, psutil.CONN_LISTEN)}
    yield found
    server.terminate()
    server.communicate(timeout=PATIENCE)


def at(process: psutil.Process, port: int, state: str) -> int:
    """How many sockets of a process are at a port in this state."""
    try:
        return sum(it.status == state and it.laddr.port == port for it in process.net_connections("tcp"))
    except psutil.Error:
        return 0


def test_visitors_who_come_together_are_dealt_out_to_both_processes(
    doors: dict[int, psutil.Process], port: int
) -> None:
    assert len(doors) == 2
    visitors = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(VISITORS)]
    try:
        for visitor in visitors:
            visitor.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answers = Counter(visitor.recv(15) for visitor in visitors)
        seen = [at(process, port, psutil.CONN_ESTABLISHED) for process in doors.values()]
    finally:
        for visitor in visitors:
            visitor.close()
    assert answers == {b"HTTP/1.1 200 OK": VISITORS}
    assert sum(seen) == VISITORS
    assert min(seen) >= VISITORS // 5  # by chance it is fewer once in ten million times


def test_a_port_that_somebody_else_has_is_not_shared_with_them(doors: dict[int, psutil.Process], port: int) -> None:
    second = web(port)
    _, said = second.communicate(timeout=PATIENCE)
    assert second.returncode
    assert b"Address already in use" in said
