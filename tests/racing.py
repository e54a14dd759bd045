"""Several people at once: threads that start together, each with a database connection of its own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

PATIENCE = 30.0  # seconds for all of them: beyond that they wait for each other for ever


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all of these at the same moment; what each returned or raised, in their order."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(at: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE)
            results[at] = works[at]()
        except Exception as error:
            results[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[at], daemon=True) for at in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other for ever"
    return results


def split(results: Sequence[Any]) -> tuple[list[Any], list[Exception]]:
    """Those who got something, and those who were refused."""
    errors = [result for result in results if isinstance(result, Exception)]
    return [result for result in results if not isinstance(result, Exception)], errors


def meeting(people: int, *, wait: float = 1.0) -> Callable[[], None]:
    """A place where so many meet before they go on: the worst moment for a race. Where a lock lets only one in at a
    time, they give up after a moment and go on one by one."""
    barrier = threading.Barrier(people)

    def meet() -> None:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(wait)

    return meet


def meet_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, people: int, *, wait: float = 1.0) -> None:
    """Let everybody be at the same place at once: where this function of this module returns."""
    function, meet = getattr(module, name), meeting(people, wait=wait)

    def met(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        meet()
        return result

    monkeypatch.setattr(module, name, met)


def no_lock(rows: QuerySet[Any], *args: Any, **kwargs: Any) -> QuerySet[Any]:
    """`select_for_update` switched off."""
    return rows._chain()


@contextmanager
def without_constraint(table: str, name: str) -> Iterator[None]:
    """The database's own rule switched off; whatever broke it meanwhile is thrown away with the table's rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s UNION ALL "
            "SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name, name]
        )  # fmt: skip
        definition = cursor.fetchone()[0]
        is_index = definition.startswith("CREATE")
        cursor.execute(f"DROP INDEX {name}" if is_index else f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(definition if is_index else f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
