"""Writing rows by statements that are made once: new rows of several tables, and some columns of a row, in one."""
# ruff: noqa: S608 - only names of tables and columns, from the models, are put into these texts

from collections.abc import Sequence
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
    _write(rows)


def update(row: Model, *fields: str, new: Sequence[Model] = ()) -> None:
    """Write these columns of a row that is there, and `new` rows as `insert` does, in one statement.

    Raises DatabaseError when the row is not there.
    """
    if not _write(new, row, fields):
        raise DatabaseError(f"There is no {type(row)._meta.verbose_name} {row.pk} to write.")


def _write(new: Sequence[Model], changed: Model | None = None, fields: tuple[str, ...] = ()) -> int:
    """Returns how many rows the last part of the statement has met: the change, where there is one."""
    through, values = connections[DEFAULT_DB_ALIAS], []
    for row in new:
        values += [_value(row, field, through) for field in _given(type(row))]
    if changed is not None:
        for field in _named(type(changed), fields):
            values.append(field.get_db_prep_save(field.pre_save(changed, add=False), through))
        values.append(changed.pk)
    statement = _statement(tuple(type(row) for row in new), None if changed is None else type(changed), fields)
    with mark_for_rollback_on_error(using=through.alias), through.cursor() as cursor:
        cursor.execute(statement, values)
        met = cursor.rowcount
    for row in new:
        row._state.adding, row._state.db = False, through.alias
    return met


def _value(row: Model, field: Field, through: Any) -> Any:
    """What goes into a column of a new row; where that is left to the column's default, the row has it too."""
    value = field.pre_save(row, add=True)
    if value is None:
        return None
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
def _statement(new: tuple[type[Model], ...], changed: type[Model] | None, fields: tuple[str, ...]) -> str:
    """One part for each new row, then the change; each but the last in a WITH of its own."""
    parts = [_inserting(kind) for kind in new]
    if changed is not None:
        given = ", ".join(f"{_q(it.column)} = %s" for it in _named(changed, fields))
        parts.append(f"UPDATE {_q(changed._meta.db_table)} SET {given} WHERE {_q(changed._meta.pk.column)} = %s")
    *first, last = parts
    beside = ", ".join(f"row{at} AS ({one})" for at, one in enumerate(first))
    return f"WITH {beside} {last}" if beside else last


def _inserting(kind: type[Model]) -> str:
    columns = ", ".join(_q(it.column) for it in _given(kind))
    values = ", ".join(["%s"] * len(_given(kind)))
    return f"INSERT INTO {_q(kind._meta.db_table)} ({columns}) VALUES ({values})"


def _q(name: str) -> str:
    return connection.ops.quote_name(name)
