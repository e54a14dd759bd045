"""Writing rows by statements that are made once: new rows of several tables in one, and some columns of a row."""
# ruff: noqa: S608 - only names of tables and columns, from the models, are put into these texts

from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Model
from django.db.models.expressions import DatabaseDefault
from django.db.transaction import mark_for_rollback_on_error
from django.db.utils import DatabaseError


def insert(*rows: Model) -> None:
    """Write new rows, of any tables, in one statement: all, or none with the error the database gives.

    They may point to each other, and to rows whose keys are known: foreign keys are looked at when the statement, or
    the transaction, ends. A key that the database makes is not read back; whoever needs it uses `save`. Sends no
    signals.
    """
    through, values = connections[DEFAULT_DB_ALIAS], []
    for row in rows:
        values += [_value(row, field, through) for field in _given(type(row))]
    with mark_for_rollback_on_error(using=through.alias), through.cursor() as cursor:
        cursor.execute(_inserting(tuple(type(row) for row in rows)), values)
    for row in rows:
        row._state.adding, row._state.db = False, through.alias


def update(row: Model, *fields: str) -> None:
    """Write these columns of a row that is there; raises DatabaseError when it is not."""
    kind, through = type(row), connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(row, add=False), through) for field in _named(kind, fields)]
    with mark_for_rollback_on_error(using=through.alias), through.cursor() as cursor:
        cursor.execute(_updating(kind, fields), [*values, row.pk])
        if not cursor.rowcount:
            raise DatabaseError(f"There is no {kind._meta.verbose_name} {row.pk} to write.")


def _value(row: Model, field: Field, through: Any) -> Any:
    """What goes into a column of a new row; where that is left to the column's default, the row has it too."""
    value = field.pre_save(row, add=True)
    if isinstance(value, DatabaseDefault):
        value = value.expression.value
        setattr(row, field.attname, value)
    return field.get_db_prep_save(value, through)


@cache
def _given(kind: type[Model]) -> tuple[Field, ...]:
    """The columns that are written; a number that the database counts is not."""
    meta = kind._meta
    return tuple(it for it in meta.local_concrete_fields if it is not meta.auto_field and not it.generated)


@cache
def _named(kind: type[Model], fields: tuple[str, ...]) -> tuple[Field, ...]:
    return tuple(kind._meta.get_field(name) for name in fields)


@cache
def _inserting(kinds: tuple[type[Model], ...]) -> str:
    """INSERT for one row; for several, each but the last in a WITH of its own."""
    *first, last = (
        f"INSERT INTO {_q(kind._meta.db_table)} ({', '.join(_q(it.column) for it in _given(kind))})"
        f" VALUES ({', '.join(['%s'] * len(_given(kind)))})"
        for kind in kinds
    )
    beside = ", ".join(f"row{at} AS ({one})" for at, one in enumerate(first))
    return f"WITH {beside} {last}" if beside else last


@cache
def _updating(kind: type[Model], fields: tuple[str, ...]) -> str:
    given = ", ".join(f"{_q(it.column)} = %s" for it in _named(kind, fields))
    return f"UPDATE {_q(kind._meta.db_table)} SET {given} WHERE {_q(kind._meta.pk.column)} = %s"


def _q(name: str) -> str:
    return connection.ops.quote_name(name)
