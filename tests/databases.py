"""The tables are made once, while the workers collect the tests; each worker's database is a copy of that one."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

# Migrating makes thousands of classes that stay: to look them through for litter took a third of its time.
MIGRATE = "import gc, manage; gc.set_threshold(50_000, 20, 20); manage.main()"
MIGRATED = "OOZHAM_TESTS_MIGRATED"  # in the workers' environment: the name of the database to copy

MIGRATING = pytest.StashKey[subprocess.Popen[bytes]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to migrate, in a process of its own that holds a lock until it ends."""
    if "PYTEST_XDIST_WORKER" in os.environ or not config.getoption("numprocesses", None):
        return
    address = os.environ["DATABASE_URL"]
    os.environ[MIGRATED] = name = f"oozham_migrated_{os.getpid()}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    there = {"DATABASE_URL": urlsplit(address)._replace(path=f"/{name}").geturl(), "DEBUG": "1"}
    with open(_lock(), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        config.stash[MIGRATING] = subprocess.Popen(
            [sys.executable, "-c", MIGRATE, "migrate", "--no-input", "--verbosity=0"],
            cwd=Path(__file__).parent.parent, env=os.environ | there, pass_fds=[lock.fileno()],
        )  # fmt: skip


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever lent us a server gets it back as it was."""
    if migrating := config.stash.get(MIGRATING, None):
        migrating.kill()
        migrating.wait()
        name = os.environ.pop(MIGRATED)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Have this worker's database copied. Django then migrates what is missing: nothing, or what went wrong before."""
    if name := os.environ.get(MIGRATED):
        from django.conf import settings

        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = name
        with open(_lock()) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)


def _lock() -> Path:
    return Path(os.environ["OOZHAM_LOCAL"]) / "migrating"
