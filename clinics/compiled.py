"""Compiled queries: the SQL of a small query costs Django more to write than PostgreSQL to answer, so write it once."""

from collections.abc import Callable
from inspect import signature
from threading import local
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

R = TypeVar("R")  # a row: a model, or what values_list() makes of it


class CompiledQuery(Generic[R]):
    """A queryset with some values left open, asked again and again on the hottest ways.

        LIVE = CompiledQuery(lambda browser, now: Hold.objects.live().filter(browser=browser, expires_at__gt=now))
        LIVE(browser="…", now=timezone.now())

    Answers with the same rows as the queryset would. The open values are the parameters of the function; each must
    stand in a place where SQL takes any value (not None, not a list), and is given as the driver takes it (a UUID,
    not its text). Nothing may be prefetched.
    """

    def __init__(self, queryset: Callable[..., QuerySet[R]]) -> None:
        self._queryset = queryset
        self._kept = local()  # a compiler belongs to the connection of its thread

    def __call__(self, **given: Any) -> list[R]:
        """The rows for these values."""
        try:
            queryset, compiler = self._kept.compiled
        except AttributeError:
            queryset, compiler = self._kept.compiled = self._compile()
        compiler.given = given
        return list(queryset._iterable_class(queryset))

    def first(self, **given: Any) -> R | None:
        """The first of these rows, or None. Order by nothing where there can be but one."""
        return next(iter(self(**given)), None)

    def get(self, **given: Any) -> R:
        """The first of these rows; raises the model's DoesNotExist when there is none."""
        found = self.first(**given)
        if found is None:
            raise self._kept.compiled[0].model.DoesNotExist
        return found

    def _compile(self) -> tuple[QuerySet[R], "_Compiler"]:
        queryset = self._queryset(**{name: _Open(name) for name in signature(self._queryset).parameters})
        compiler = _Compiler(queryset.query, connection, queryset.db)
        queryset.query.get_compiler = lambda *_, **__: compiler
        return queryset, compiler


class _Open(Expression):
    """A value that is given later."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: object) -> tuple[str, list["_Open"]]:
        return "%s", [self]


class _Compiler(SQLCompiler):
    """Django's, but for SQL and converters, which are made once."""

    given: dict[str, Any]
    _sql: str | None = None
    _converters: dict[int, Any] | None = None

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        if self._sql is None:
            self._sql, self._params = super().as_sql(*args, **kwargs)
        elif self.query.select_for_update and self.connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        return self._sql, tuple(self.given[it.name] if isinstance(it, _Open) else it for it in self._params)

    def get_converters(self, expressions: Any) -> dict[int, Any]:
        if self._converters is None:
            self._converters = super().get_converters(expressions)
        return self._converters
