"""Bookings through the real stack: 64 patients at once, spread over 1,000 doctors and all at one; pgbench beside them.

Each patient has proved the phone before, is booked once, and sends what a browser sends: the tap on a time, then the
confirm. The limit is pgbench with the same statements (their own parameters filled in) on the same server; ours and
the limit take turns, and medians are told. Every answer is checked, and the tables afterwards.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import psutil
import uvloop

from bench import data, pgbench
from bench.client import Browser, Unexpected, closed_loop, open_loop, percentile
from bench.data import Practice, Proved
from bench.stack import web

CLIENTS, EACH, REPEATS = 64, 20, 3
ANSWER_WITHIN = 500.0  # ms


@dataclass
class Run:
    """What one run of many bookings gave; times in ms."""

    holds: list[float] = field(default_factory=list)
    confirms: list[float] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    rate: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)


def run() -> Iterator[dict]:
    """Bookings a second, and how long a patient waits for each step."""
    spread, hot = data.practices(1000, capacity=100), data.practices(10, capacity=1000)[:1]
    script = pgbench.statements(spread[0], data.proved(1)[0])
    statements = sum(line not in ("BEGIN;", "COMMIT;") for line in script)
    with web() as address:
        # Both processes have read their templates and have their connections.
        uvloop.run(_closed(address, _jobs(spread, CLIENTS * 5)))
        measured = ("spread over 1,000 doctors", spread, 150, 0.10), ("at one doctor", hot, None, 0.20)
        for name, among, least, share in measured:
            runs, limits = [], []
            for _ in range(REPEATS):
                jobs, before = _jobs(among, CLIENTS * EACH), _cpu()
                runs.append(uvloop.run(_closed(address, jobs)))
                runs[-1].cpu = {who: (now - before[who]) * 1000 / len(jobs) for who, now in _cpu().items()}
                limits.append(pgbench.run(script, among))
            yield from _told(name, runs, limits, least, share)
            yield from _open(address, name, among, median(one.rate for one in runs) / 2)
        wrong = data.wrong(practice.queue for practice in [*spread, *hot])
    appointments, messages, audited = data.bookings()
    wrong |= {"messages": appointments - messages, "audit rows": appointments - audited}
    yield {"name": "bookings, wrong rows", "value": sum(map(abs, wrong.values())), "unit": "rows", "target": 0,
           "ok": not any(wrong.values()), "appointments": appointments, "statements_a_booking": statements,
           **wrong}  # fmt: skip


def _told(name: str, runs: Sequence[Run], limits: Sequence[float], least: float | None, share: float) -> Iterator[dict]:
    rate, limit = median(one.rate for one in runs), median(limits)
    target = f"ratio ≥ {share:.2f}" + (f", ≥ {least}/s" if least else "")
    yield {"name": f"bookings {name}", "value": round(rate, 1), "unit": "bookings/s", "limit": round(limit),
           "ratio": round(rate / limit, 3), "target": target, "ok": rate / limit >= share and rate >= (least or 0),
           "runs": [round(one.rate, 1) for one in runs], "limits": [round(one) for one in limits],
           "cpu_ms_a_booking": {who: round(median(one.cpu[who] for one in runs), 2) for who in runs[0].cpu},
           }  # fmt: skip
    for step in ("holds", "confirms"):
        tails = [percentile(getattr(one, step), 0.99) for one in runs]
        halves = [percentile(getattr(one, step), 0.50) for one in runs]
        worst = median(tails)
        yield {"name": f"bookings {name}, p99 of {step} with {CLIENTS} at once", "value": round(worst), "unit": "ms",
               "target": ANSWER_WITHIN if least else None, "ok": worst <= ANSWER_WITHIN if least else None,
               "p50": round(median(halves)), "runs": [round(one) for one in tails]}  # fmt: skip


def _cpu() -> dict[str, float]:
    """Processor seconds so far of the web processes, of PostgreSQL's, and of ourselves."""
    from django.db import connection

    connection.ensure_connection()
    postmaster = psutil.Process(connection.connection.info.backend_pid).parent()
    ended = postmaster.cpu_times()  # those of its children that have ended are added to it
    ourselves = psutil.Process()
    return {
        "web": sum(sum(one.cpu_times()[:2]) for one in ourselves.children(recursive=True)),
        "postgres": sum(sum(one.cpu_times()[:2]) for one in postmaster.children())
        + ended.children_user
        + ended.children_system,
        "client": sum(ourselves.cpu_times()[:2]),
    }


def _open(address: str, name: str, among: Sequence[Practice], rate: float) -> Iterator[dict]:
    """At half of the peak, begun at a steady rate: what a patient waits on a busy evening."""
    one = uvloop.run(at_a_rate(address, _jobs(among, int(rate * 5)), rate))
    yield {"name": f"bookings {name}, p99 of confirms at {rate:.0f} bookings/s", "unit": "ms",
           "value": round(percentile(one.confirms, 0.99)), "p50": round(percentile(one.confirms, 0.5), 1),
           "p99_of_holds": round(percentile(one.holds, 0.99))}  # fmt: skip


def _jobs(among: Sequence[Practice], many: int) -> list[tuple[Proved, Practice]]:
    return [(who, random.choice(among)) for who in data.proved(many)]


async def _closed(address: str, jobs: Sequence[tuple[Proved, Practice]]) -> Run:
    browsers, result = [Browser(address) for _ in range(CLIENTS)], Run()
    await asyncio.gather(*(browser.connect() for browser in browsers))

    async def do(client: int, job: tuple[Proved, Practice]) -> None:
        await _book(browsers[client], *job, result)

    seconds = await closed_loop(CLIENTS, jobs, do)
    result.rate = len(jobs) / seconds
    await asyncio.gather(*(browser.close() for browser in browsers))
    return _whole(result, len(jobs))


async def at_a_rate(address: str, jobs: Sequence[tuple[Proved, Practice]], rate: float) -> Run:
    """Bookings begun at a steady rate a second, each by a browser of its own."""
    result = Run()

    async def do(_: int, job: tuple[Proved, Practice]) -> None:
        browser = Browser(address)
        await _book(browser, *job, result)
        await browser.close()

    await open_loop(rate, jobs, do)
    return _whole(result, len(jobs))


async def _book(browser: Browser, who: Proved, practice: Practice, result: Run) -> None:
    browser.cookies |= who.cookies
    held = await browser.post(f"{practice.path}hold/", {"slot": str(practice.slot(random.randrange(32)))})
    if not held.location.startswith("/book/"):
        raise Unexpected(f"A hold led to {held.location}")
    booked = await browser.post(f"{held.location}confirm/", {"who": str(who.patient)})
    if not booked.location.startswith("/t/"):
        raise Unexpected(f"A confirm led to {booked.location}")
    result.holds.append(held.seconds * 1000)
    result.confirms.append(booked.seconds * 1000)
    result.tokens.add(booked.location)


def _whole(result: Run, many: int) -> Run:
    if len(result.tokens) != many:
        raise Unexpected(f"{many} bookings gave {len(result.tokens)} tokens")
    return result
