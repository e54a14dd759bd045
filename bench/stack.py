"""The real thing to measure: embedded servers in a folder of their own, and the Procfile's web command before them."""

import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from honcho.environ import parse_procfile

from config.embedded import services

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = STOP_SECONDS = 20


@contextmanager
def database() -> Iterator[None]:
    """Servers with nothing in them but our tables, as safe as in production; gone afterwards."""
    folder = tempfile.mkdtemp(prefix="oozham-bench-")
    os.environ |= _production() | {"OOZHAM_LOCAL": folder, "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    try:
        with services():
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0, interactive=False)
            call_command("collectstatic", verbosity=0, interactive=False)
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def web(*, processes: int = 2, application: str = "config.asgi:application", **environment: str) -> Iterator[str]:
    """The web command of the Procfile on a free port, on the servers that the environment names; yields its address.

    Another `application` is ours with something around it, to count or to switch off a protection.
    """
    port = free_port()
    given = {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": str(processes), "RATELIMIT_ENABLE": "0"}
    command = _of_procfile("web").replace("config.asgi:application", application)
    with running("/bin/sh", "-c", command, **given, **environment) as server:
        _wait_for(port, server, processes)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def sender(*instead: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The Procfile's process that sends messages, or another command instead, and the cron that wakes it."""
    with (
        running("/bin/sh", "-c", _of_procfile("cron"), **environment),
        running(*(instead or ("/bin/sh", "-c", _of_procfile("sender"))), **environment) as process,
    ):
        yield process


@contextmanager
def running(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours on the servers that the environment names; it is gone afterwards, with all it has started."""
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def _of_procfile(name: str) -> str:
    return parse_procfile((ROOT / "Procfile").read_text()).processes[name]


def _production() -> dict[str, str]:
    """Production's way of working, with keys made up on the spot: DEBUG would remember every statement."""
    keys = {name: base64.b64encode(os.urandom(32)).decode() for name in ("SECRET_KEY", "INDEX_KEY", "FIELD_KEYS")}
    return keys | {"FIELD_KEYS": f"bench:{keys['FIELD_KEYS']}", "DEBUG": "0", "LOG_LEVEL": "WARNING"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _wait_for(port: int, server: subprocess.Popen[bytes], processes: int) -> None:
    """Return once every process has its door open."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        if _doors(psutil.Process(server.pid), port) == processes:
            return
        time.sleep(0.05)
    sys.exit("The web processes did not start.")


def _doors(server: psutil.Process, port: int) -> int:
    """How many of a server's processes listen at a port."""
    listening = 0
    for process in (server, *server.children(recursive=True)):
        with suppress(psutil.Error):
            sockets = process.net_connections("tcp")
            listening += any(it.status == psutil.CONN_LISTEN and it.laddr.port == port for it in sockets)
    return listening
