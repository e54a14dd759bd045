"""A real PostgreSQL and a real Valkey from wheels, for whoever has not set DATABASE_URL and REDIS_URL."""

import fcntl
import hashlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config.embedded_servers import Postgres, ServerError, Valkey

SERVERS = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}
LONGEST_SOCKET_PATH = 100  # bytes; the kernels allow 103 (macOS) and 107 (Linux)


@contextmanager
def services(*, throwaway: bool = False) -> Iterator[None]:
    """Put a working DATABASE_URL and REDIS_URL in the environment while the caller runs.

    What is set stays as it is. What is not is served from `.local/` (or OOZHAM_LOCAL); the first to come starts
    a server, others share it, the last to leave stops it. `throwaway` gives up safety on a power cut for speed.
    """
    missing = {name: server for name, server in SERVERS.items() if not os.environ.get(name)}
    if not missing:
        yield
        return
    with ExitStack() as stack:
        stack.enter_context(_stopping_on_sigterm())
        try:
            local = _local_folder()
            for name, server in missing.items():
                url = _shared(server(local, _socket_folder(local), throwaway=throwaway))
                os.environ[name] = stack.enter_context(url)
                stack.callback(os.environ.pop, name, None)
        except (ServerError, OSError) as error:
            sys.exit(f"{error}\nTo use servers of your own instead, set {' and '.join(missing)}, e.g.\n{_EXAMPLE}")
        yield


_EXAMPLE = "  DATABASE_URL=postgres://user:password@127.0.0.1:5432/oozham  REDIS_URL=redis://127.0.0.1:6379/0"


def _local_folder() -> Path:
    """The folder that holds the servers' data: private to us."""
    local = Path(os.environ.get("OOZHAM_LOCAL") or Path(__file__).resolve().parent.parent / ".local").resolve()
    local.mkdir(parents=True, exist_ok=True)
    return local


def _socket_folder(local: Path) -> Path:
    """Where the servers' sockets live: beside the data, or in /tmp where that path would be too long for a socket."""
    folder = local / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
        name = hashlib.sha256(os.fsencode(local)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"oozham-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.getuid(), Postgres.account().uid}:
        raise ServerError(f"{folder} belongs to somebody else; please remove it.")
    return folder


@contextmanager
def _shared(server: Postgres | Valkey) -> Iterator[str]:
    """Use a server together with other processes: the kernel's file locks say who still does, even after kill -9."""
    with open(server.folder.with_suffix(".users"), "a") as users:
        with _one_at_a_time(server.folder):
            if not server.is_running():
                server.start()
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield server.url
        finally:
            with _one_at_a_time(server.folder):
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # somebody else still uses it
                else:
                    server.stop()


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Only one process at a time starts or stops the server of a folder."""
    with open(folder.with_suffix(".lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _stopping_on_sigterm() -> Iterator[None]:
    """Leave on SIGTERM as on Ctrl-C, through every `finally`, so that no server is left behind."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
