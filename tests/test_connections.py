"""A database that went away and came back costs nobody a page."""

from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    """Which server process serves this connection."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid


def ended(pid: int) -> None:
    """The server ends that process, as it does when it restarts."""
    given = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: given[name] for name in names if given.get(name)}, autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() == (True,)


def test_a_page_after_the_server_came_back_has_a_new_connection_and_no_error(client: Client, lake: Any) -> None:
    before = backend()
    ended(before)
    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False  # as a request's start has it
    assert client.get(lake.get_absolute_url()).status_code == 200
    assert backend() != before


def test_a_connection_at_rest_is_usable_and_nothing_is_asked_for_it() -> None:
    backend()
    with connection.execute_wrapper(lambda *_: pytest.fail("a statement was sent")):
        assert connection.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("SELECT generate_series(1, 5000)")
        cursor.fetchmany(10)
    assert connection.is_usable()
    connection.close()
    assert not connection.is_usable()
