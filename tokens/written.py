"""The table in which a power-cut sheet is entered: what was typed beside each number, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from clinics.templatetags.words import clock
from patients.phones import PhoneError, parse_mobile
from tokens.handwriting import HandwritingError, moment, parse_clock
from tokens.models import Purpose, Queue, Token
from tokens.services.afterwards import Problems, Row, midnight, since
from tokens.states import State

FIELDS = ("name", "mobile", "age", "came", "in", "out", "absent")
TYPED = re.compile(rf"([1-9]\d{{0,5}})-({'|'.join(FIELDS)})", re.ASCII)
ERRORS = ("number", *FIELDS)
MOST_TOKENS, MOST_NUMBERS = 150, 60  # in one table: a form has up to 1000 fields
AGED = range(121)  # years
ORDER = (State.CONSULTING, State.WAITING, State.BOOKED, State.LATE, State.SKIPPED)


def _empty(names: tuple[str, ...]) -> Callable[[], dict[str, str]]:
    return lambda: dict.fromkeys(names, "")


@dataclass(slots=True)
class Line:
    """One number of the table. A kept number has no token yet: `is_new`, it needs a name."""

    number: int
    token: Token | None = None
    is_new: bool = False
    typed: dict[str, str] = field(default_factory=_empty(FIELDS))
    errors: dict[str, str] = field(default_factory=_empty(ERRORS))
    row: Row | None = None

    @property
    def asks_came(self) -> bool:
        """Whether when they came is still to be written, or was."""
        return self.is_new or self.token.arrived_at is None or bool(self.typed["came"])

    @property
    def asks_in(self) -> bool:
        """Whether when they went in is still to be written, or was."""
        return self.is_new or self.token.consulting_at is None or bool(self.typed["in"])

    @property
    def asks_absent(self) -> bool:
        """Whether they may be noted as not having come."""
        return not self.is_new and (self.token.state in (State.BOOKED, State.WAITING) or bool(self.typed["absent"]))

    @property
    def wrong(self) -> list[str]:
        """Every sentence that stands against this line."""
        return [said for said in self.errors.values() if said]

    @property
    def said(self) -> str:
        """What is to be done with it, for whoever checks the table."""
        row = self.row
        if row is None or self.wrong:
            return ""
        if row.absent:
            return "did not come" if self.token.state == State.BOOKED else "was called and not there"
        came = row.came or (row.went_in if self.is_new or self.token.arrived_at is None else None)
        parts = [f"came {clock(came)}"] if came else []
        parts += [f"in {clock(row.went_in)}"] if row.went_in else []
        parts += [f"out {clock(row.went_out)}"] if row.went_out else []
        is_in = row.went_in or (not self.is_new and self.token.state == State.CONSULTING)
        return ", ".join(parts) + ("" if row.went_out else " and is still inside" if is_in else " and still waits")


def table(queue: Queue, typed: Mapping[str, Any]) -> list[Line]:
    """Those still to be seen, the one inside first, then the kept numbers; with what was typed, as far as it reads.

    A number that is in neither any more is shown as long as something is typed beside it.
    """
    found: dict[int, dict[str, str]] = {}
    for key, value in typed.items():
        if match := TYPED.fullmatch(key):
            found.setdefault(int(match[1]), {})[match[2]] = value.strip()[:80]
    lines = {line.number: line for line in _lines(queue)}
    found = {number: given for number, given in found.items() if any(given.values())}
    gone = found.keys() - lines
    tokens = {token.number: token for token in queue.tokens.filter(number__in=gone).select_related("patient")}
    for number, given in sorted(found.items()):
        token = lines[number].token if number in lines else tokens.get(number)
        lines[number] = line = Line(number, token=token, is_new=token is None or "name" in given)
        line.typed |= given
        _read(line, queue)
    return list(lines.values())


def tell(lines: list[Line], problems: Problems) -> None:
    """Write problems beside their fields; what could not be read stays first."""
    by_number = {line.number: line for line in lines}
    for (number, name), said in problems.items():
        errors = by_number[number].errors
        errors[name] = errors[name] or said


def _lines(queue: Queue) -> list[Line]:
    live = queue.tokens.live().select_related("patient").in_calling_order()
    live = sorted(live, key=lambda token: min(ORDER.index(token.state), 1) if token.state in ORDER[:3] else 2)
    kept = queue.reserved.free().filter(purpose=Purpose.POWER_CUT).order_by("number")[:MOST_NUMBERS]
    return [Line(token.number, token=token) for token in live[:MOST_TOKENS]] + [
        Line(one.number, is_new=True) for one in kept
    ]


def _read(line: Line, queue: Queue) -> None:
    """Read one line; what cannot be read is an error beside its field, and counts as not typed."""
    typed, errors = line.typed, line.errors

    def read(name: str, how: Callable[[str], Any]) -> Any:
        try:
            return how(typed[name]) if typed[name] else None
        except ValueError as error:  # PhoneError and HandwritingError say it in words for whoever typed
            known = isinstance(error, PhoneError | HandwritingError)
            errors[name] = str(error) if known else "An age is a whole number up to 120."
            return None

    def at(text: str) -> datetime:
        return moment(parse_clock(text), midnight=midnight(queue), since=since(queue), until=timezone.now())

    line.row = Row(
        number=line.number, is_new=line.is_new, name=_name(line) if line.is_new else "",
        phone=read("mobile", parse_mobile) or "", age=read("age", _age), absent=bool(typed["absent"]),
        came=read("came", at), went_in=read("in", at), went_out=read("out", at),
    )  # fmt: skip


def _name(line: Line) -> str:
    name = " ".join(line.typed["name"].split())
    if name and not any(letter.isalpha() for letter in name):
        line.errors["name"] = "Type the patient’s name in letters."
    return name


def _age(text: str) -> int:
    age = int(text)
    if age not in AGED:
        raise ValueError
    return age
