"""After a test that commits, its rows go; what every database has from its migrations stays, as does the connection.

Django truncates a hundred tables and makes content types and permissions anew: 0.2 s for each of hundreds of tests. It
also connects anew, so that PostgreSQL reads its catalogue and plans every statement again: another 0.05 s.
"""

import asyncio
from typing import Any

import pytest

STAY = {"django_content_type", "auth_permission"}  # no test changes them


@pytest.fixture(autouse=True, scope="session")
def _emptied_quickly() -> None:
    """Put our way of emptying the database in place of Django's `flush`."""
    from django.test import TransactionTestCase

    TransactionTestCase._fixture_teardown = _empty
    TransactionTestCase._should_reload_connections = _is_spoilt


def _empty(_: Any) -> None:
    from django.db import connection, transaction

    from notifications.templates import make_missing

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_statement())
    make_missing()


def _is_spoilt(_: Any) -> bool:
    """Whether a test has lost the connection. All that is set or locked on one is so until its transaction ends.

    Beside a browser's loop Django has another connection, which nobody would close before the database is dropped.
    """
    from django.db import connection

    return asyncio._get_running_loop() is not None or not connection.is_usable()


_statements: list[str] = []


def _statement() -> str:
    """One statement for all: rows are deleted, but for those of tables that refuse it."""
    if not _statements:
        from django.db import connection

        found = connection.introspection.django_table_names(only_existing=True, include_views=False)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 8 > 0"
            )
            kept = {name for (name,) in cursor.fetchall()}  # by a trigger before DELETE; nothing refers to them
        steps = [f'DELETE FROM "{it}"' for it in sorted(set(found) - STAY - kept)]
        steps += [f"TRUNCATE {', '.join(sorted(kept))}"]
        _statements.append(f"DO $$ BEGIN SET CONSTRAINTS ALL DEFERRED; {'; '.join(steps)}; END $$")
    return _statements[0]
