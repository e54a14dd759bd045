"""Filling tables quickly: COPY instead of INSERT, and what the database checks row by row checked once at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

Say = Callable[[str], None]


def copy_in(model: type[models.Model], names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows, each in the order of `names` (attribute names); a column that is not named gets its default."""
    named = [field for name in names for field in model._meta.concrete_fields if field.attname == name]
    if len(named) != len(names):
        raise ValueError(f"{model.__name__} has no such columns: {sorted(set(names) - {f.attname for f in named})}")
    by_itself = (f for f in model._meta.concrete_fields if isinstance(f, models.AutoField) or f.has_db_default())
    known = {*named, *by_itself}
    rest = [field for field in model._meta.concrete_fields if field not in known]
    same = tuple(field.get_default() for field in rest)
    columns = ", ".join(connection.ops.quote_name(field.column) for field in [*named, *rest])
    with connection.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row + same)


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """So many primary keys of a table, taken from its sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def checked_at_the_end(*tables: type[models.Model]) -> Iterator[None]:
    """Take foreign keys and exclusions off large tables while they are filled; putting them back checks every row.

    Within the caller's transaction: whoever interrupts it has lost no constraint.
    """
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype IN ('f', 'x') AND conrelid = ANY(%s::regclass[]) ORDER BY oid",
            [names],
        )
        keys = cursor.fetchall()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name, _ in keys:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        for table, name, definition in keys:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
