"""What the tests of a power cut have in common: rows as written on paper, and what came of them."""

from datetime import datetime
from typing import Any

from tests.clock import ist
from tokens.models import Queue, Token
from tokens.services import afterwards
from tokens.services.afterwards import Row


def at(clock: str) -> datetime:
    """A moment of that Monday."""
    return ist(f"2026-11-23 {clock:0>5}")


def row(number: int, came: str = "", went_in: str = "", went_out: str = "", **fields: Any) -> Row:
    """A row as written."""
    times = {"came": came, "went_in": went_in, "went_out": went_out}
    if number > 2:
        fields = {"is_new": True, "name": f"Patient {number}"} | fields
    return Row(number=number, **{name: at(text) for name, text in times.items() if text}, **fields)


def enter(queue: Queue, *rows: Row, by: Any = None) -> int:
    """The rows are entered; how many they are."""
    return afterwards.enter(queue=queue, rows=rows, by=by)


def number(queue: Queue, which: int) -> Token:
    """The token of a number."""
    return queue.tokens.select_related("patient").get(number=which)


def times(token: Token) -> list[datetime | None]:
    """When they came, went in and went out."""
    return [token.arrived_at, token.consulting_at, token.ended_at]


MORNING = (
    row(1, went_out="9:35"),
    row(2, "9:25", "9:50", "10:05"),
    row(3, "9:20", "9:35", "9:50", phone="+919847000445", age=41),
    row(4, "9:40", "10:05"),
    row(5, "10:10"),
)
