"""P1: 64 people press everything a clinic presses, ten queues, two web processes, three of which are killed meanwhile.

Every operation is recorded as asked for and as answered; afterwards the history is held against the tables.
Seen to fail with the protection off: OOZHAM_UNPROTECTED=1 serves the pages without row locks.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import unescape
from typing import TypeVar

import psutil
import uvloop
from uuid6 import uuid7

from bench import data, tables
from bench.client import Browser, Unexpected
from bench.history import FAILED, OK, UNKNOWN, Op, Recorder, check
from bench.stack import web
from config.simulation.http_desk import NUMBER, SAID

CLIENTS, OPERATIONS, KILLS, CLOSED = 64, 3200, 3, 3
AT_THE_DESK = 44  # of the clients; the others book, and move what they have booked
SHARES = {
    "walkin": 20, "phone": 10, "emergency": 3, "arrive": 12, "call": 24, "skip": 8, "recall": 8, "cancel": 8,
    "complete": 7,
}  # fmt: skip
T = TypeVar("T")
AGAIN = 20  # tries of a client whose server has just been killed, half a second apart


@dataclass
class Line:
    """A queue as the clients know it from what they were told."""

    practice: data.Practice
    numbers: list[int] = field(default_factory=list)
    inside: int | None = None

    @property
    def queue(self) -> int:
        """Its key."""
        return self.practice.queue

    @property
    def path(self) -> str:
        """Its desk."""
        return f"/desk/{self.practice.path[3:]}"


@dataclass
class Run:
    """All that the clients share."""

    address: str
    lines: list[Line]
    told: Recorder = field(default_factory=Recorder)
    troubles: Counter[str] = field(default_factory=Counter)

    @property
    def is_over(self) -> bool:
        """Enough was asked for."""
        return len(self.told.ops) >= OPERATIONS


def run() -> tuple[bool, str]:
    """Whether it holds, and the figures."""
    practices = data.practices(10, capacity=2, days_ahead=0)
    tables.let_slots_be_ahead(practices)
    staff = data.receptionists(practices[0], AT_THE_DESK)
    patients = data.proved(OPERATIONS)
    off = os.environ.get("OOZHAM_UNPROTECTED")
    began = time.monotonic()
    with web(application="bench.unprotected:application" if off else "config.asgi:application") as address:
        one = Run(address, [Line(practice) for practice in practices])
        killed = uvloop.run(_all(one, staff, patients))
    seconds = time.monotonic() - began
    found = tables.read([practice.queue for practice in practices])
    wrong = check(one.told.ops, found)
    appointments, messages, audited = data.bookings()
    wrong += ["a booking without its message"] * abs(appointments - messages)
    wrong += ["a booking without its audit row"] * abs(appointments - audited)
    outcomes, kinds = one.told.outcomes(), Counter(sentence.split(":")[0][:20] for sentence in wrong)
    figure = (
        f"{len(one.told.ops)} operations of {CLIENTS} clients in {seconds:.0f} s: {outcomes[OK]} ok, "
        f"{outcomes[FAILED]} refused in words, {outcomes[UNKNOWN]} unanswered in {killed} kills; "
        f"{len(found.tokens)} tokens, {len(found.visits)} visits, {len(wrong)} wrong"
    )
    if wrong:
        figure += f" ({dict(kinds)}, the first: {wrong[0]})"
    if one.troubles:
        figure += f"; errors: {dict(one.troubles.most_common(3))}"
    enough = min(Counter(op.verb for op in one.told.ops if op.outcome == OK)[verb] for verb in _VERBS) > 0
    return not wrong and not one.troubles and enough and killed == KILLS and len(one.told.ops) >= OPERATIONS, figure


_VERBS = ("add", "issue", "arrive", "call", "skip", "recall", "cancel", "complete", "move", "close")


async def _all(one: Run, staff: list[tuple[object, dict[str, str]]], patients: list[data.Proved]) -> int:
    left = iter(patients)
    async with asyncio.TaskGroup() as group:
        killing = group.create_task(_kill(one))
        group.create_task(_close(one))
        for by, cookies in staff:
            group.create_task(_receptionist(one, by, Browser(one.address, cookies)))
        for _ in range(CLIENTS - len(staff)):
            group.create_task(_family(one, left))
    return killing.result()


async def _kill(one: Run) -> int:
    """A quarter, half and three quarters of the way through, one of the web processes is gone without a word."""
    killed = 0
    while killed < KILLS and not one.is_over:
        if len(one.told.ops) > OPERATIONS * (killed + 1) / (KILLS + 1):
            workers = [
                worker
                for server in psutil.Process().children()
                for worker in server.children()
                if "spawn_main" in " ".join(worker.cmdline())
            ]
            random.choice(workers).kill()
            killed += 1
        await asyncio.sleep(0.05)
    return killed


async def _close(one: Run) -> None:
    """Late in the day, some days are closed while everybody presses on."""
    while len(one.told.ops) < OPERATIONS * 0.85:
        await asyncio.sleep(0.05)
    for line in one.lines[:CLOSED]:
        op = one.told.invoke(None, "close", line.queue)
        await asyncio.to_thread(_close_day, line.queue)
        op.outcome = OK


def _close_day(queue: int) -> None:
    from django.db import connection

    from tokens import services
    from tokens.models import Queue

    services.close_day(queue=Queue.objects.get(pk=queue), by=None)
    connection.close()


# ── at the desk ───────────────────────────────────────────────────────────────────────────────────────────────
async def _receptionist(one: Run, by: object, browser: Browser) -> None:
    while not one.is_over:
        line = random.choice(one.lines)
        press = random.choices(list(SHARES), list(SHARES.values()))[0]
        if press in ("walkin", "phone", "emergency"):
            await _add(one, by, browser, line, press)
        elif press in ("call", "complete"):
            await _call(one, by, browser, line, press)
        elif line.numbers:
            number = random.choice(line.numbers)
            if press == "skip" and random.random() < 0.7:
                number = line.inside or number
            await _one(one, by, browser, line, press, number)


async def _add(one: Run, by: object, browser: Browser, line: Line, kind: str) -> None:
    once = uuid7()
    op = one.told.invoke(by, "add", line.queue, patient=once)
    fields = {"once": str(once), "name": "Anjali Menon"}
    if kind == "emergency":
        path, fields = "emergency/", fields | {"why": "chest pain"}
    else:
        phone = f"9{once.int % 10**9:09d}" if kind == "phone" else ""
        path, fields = "add/", fields | {"kind": kind, "phone": phone, "age": "40"}
    await _press(one, op, browser, line.path + path, fields)
    if op.outcome == OK:
        op.number = int(NUMBER.search(op.said)[1])
        line.numbers.append(op.number)


async def _call(one: Run, by: object, browser: Browser, line: Line, press: str) -> None:
    op = one.told.invoke(by, press, line.queue)
    button = "call-next" if press == "call" else press
    await _press(one, op, browser, f"{line.path}{button}/?seen={line.inside or ''}", {})
    found = NUMBER.search(op.said)
    if op.outcome == OK:
        op.number = int(found[1])
        line.inside = op.number if press == "call" else None
    elif "just called" in op.said:
        line.inside = int(op.said.rstrip(".").rsplit(" ", 1)[1])
    elif "just been finished" in op.said:
        line.inside = None


async def _one(one: Run, by: object, browser: Browser, line: Line, press: str, number: int) -> None:
    op = one.told.invoke(by, press, line.queue, number=number)
    button = {"arrive": "arrived"}.get(press, press)
    await _press(one, op, browser, f"{line.path}{number}/{button}/", {"why": "Called off"})
    if op.outcome == OK and press == "skip" and line.inside == number:
        line.inside = None


async def _press(one: Run, op: Op, browser: Browser, path: str, fields: dict[str, str]) -> None:
    """Press as HTMX does; the operation knows then what was said. Where it leads elsewhere, it is said there."""

    async def ask() -> str:
        status = 302 if path.endswith("/cancel/") else 200
        answer = await browser.post(path, fields, expect=status, HX_Request="true")
        if status == 200:
            return answer.text
        return (await _patiently(lambda: browser.get(answer.location), browser)).text

    text = await _answer(one, op, browser, ask)
    if text is not None and (said := SAID.findall(text)):
        level, op.said = said[-1][0], unescape(said[-1][1].strip())
        op.outcome = OK if level == "success" else FAILED
    elif text is not None:
        one.troubles[f"{op.verb}: no word"] += 1


# ── at home ───────────────────────────────────────────────────────────────────────────────────────────────────
async def _family(one: Run, left: object) -> None:
    """One after the other books a place, some of them another one then."""
    browser = Browser(one.address)
    while not one.is_over and (who := next(left, None)) is not None:
        browser.cookies |= who.cookies
        line = random.choice(one.lines)
        op = await _book(one, browser, who, line)
        if op.outcome == OK and line not in one.lines[:CLOSED] and random.random() < 0.5:
            await _move(one, browser, who, line, op)


async def _book(one: Run, browser: Browser, who: data.Proved, line: Line) -> Op:
    slot = line.practice.slot(random.randrange(data.SLOTS_A_DOCTOR))
    op = one.told.invoke(data.numbered(1, who.number), "issue", line.queue, patient=who.patient, slot=slot)

    async def ask() -> str:
        held = await browser.post(f"{line.practice.path}hold/", {"slot": str(slot)})
        if not held.location.startswith("/book/"):
            return held.location
        return (await browser.post(f"{held.location}confirm/", {"who": str(who.patient)})).location

    where = await _answer(one, op, browser, ask)
    if where is not None:
        op.outcome, op.said = OK if where.startswith("/t/") else FAILED, where
    return op


async def _move(one: Run, browser: Browser, who: data.Proved, line: Line, booked: Op) -> None:
    slot = line.practice.slot(booked.slot - line.practice.slot(0) + random.randrange(1, data.SLOTS_A_DOCTOR))
    op = one.told.invoke(booked.by, "move", line.queue, patient=who.patient, slot=slot)

    async def ask() -> str:
        return (await browser.post(f"{booked.said}move/", {"slot": str(slot)})).location

    where = await _answer(one, op, browser, ask)
    if where is not None:
        op.outcome, op.said = OK if where.startswith("/t/") else FAILED, where


# ── answers that do not come ──────────────────────────────────────────────────────────────────────────────────
async def _answer(one: Run, op: Op, browser: Browser, ask: Callable[[], Awaitable[str]]) -> str | None:
    """What came back; None when the server was gone before it came. Any other answer is trouble."""
    try:
        await _patiently(browser.connect, browser)
        return await ask()
    except Unexpected as error:
        if ": 200, not 302" in str(error):  # the page again, with a sentence
            return ""
        await browser.close()
        if not isinstance(error.__cause__, (asyncio.IncompleteReadError, OSError)):
            one.troubles[f"{op.verb}: {str(error).split(': ', 1)[-1][:60]}"] += 1
        return None


async def _patiently(ask: Callable[[], Awaitable[T]], browser: Browser) -> T:
    """Ask again where asking twice does no harm, until a server is there."""
    for _ in range(AGAIN):
        try:
            return await ask()
        except (OSError, Unexpected) as error:
            gone = error
            await browser.close()
            await asyncio.sleep(0.5)
    raise Unexpected("no server for 10 s") from gone
