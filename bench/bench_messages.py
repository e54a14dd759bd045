"""Messages through one process to a provider over real HTTP: how many a second, how soon, and what a slow one costs.

Beside it stands what a bare client gets out of the same provider, with as many requests at a time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import uvloop

from bench import bench_bookings, data, told
from bench.client import percentile
from bench.stack import sender, web
from tests.provider.running import SID, TOKEN, At, running

MANY, AT_A_TIME = 10_000, 16
A_SECOND, SECONDS = 20, 30
BOOKINGS = 10  # a second, for ten seconds
SLOW = 10.0  # seconds a provider takes to answer


def run() -> Iterator[dict[str, Any]]:
    """Messages a second, and seconds from the booking's commit to the provider."""
    clinic = told.clinic()
    with running() as provider:
        limit = _bare(provider)
        yield _many(provider, clinic, limit)
        yield _steady(provider, clinic)
        yield _bookings_beside(provider, clinic)


def _bare(provider: At) -> float:
    """Requests a second of a client that does nothing else."""
    import requests

    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=AT_A_TIME))
    session.auth = (SID, TOKEN)
    address = f"{provider.address}/2010-04-01/Accounts/{SID}/Messages.json"
    text = urlencode({"From": "OOZHAM", "Body": "Token 13 with Dr Rao at Lake Clinic today."})

    def one(number: int) -> None:
        body = f"{text}&To=%2B9170{number:08d}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        session.post(address, body, headers=headers, timeout=10).raise_for_status()

    began = time.monotonic()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(one, range(1000)))
    return 1000 / (time.monotonic() - began)


def _many(provider: At, clinic: object, limit: float) -> dict[str, Any]:
    """All at once."""
    phones = told.phones(MANY, begin=0)
    told.write(clinic, phones)
    with sender(**told.environment(provider)):
        told.wait_until_all_are_told(600)
    ours = [it for it in provider.accepted() if it["to"].startswith("+9198")]
    seconds = max(it["at"] for it in ours) - min(it["at"] for it in ours)
    rate = len(ours) / seconds
    once = len({it["to"] for it in ours}) == len(ours) == MANY
    return {"name": f"messages: {MANY} through one process", "value": round(rate, 1), "unit": "/s",
            "limit": round(limit, 1), "ratio": round(rate / limit, 2), "target": ">= 100/s, each once",
            "ok": rate >= 100 and once, "each_once": once, "at_a_time": AT_A_TIME}  # fmt: skip


def _steady(provider: At, clinic: object) -> dict[str, Any]:
    """So many a second, each written in a transaction of its own, as bookings are."""
    from notifications import outbox

    phones = told.phones(A_SECOND * SECONDS, begin=MANY)
    written: dict[str, float] = {}
    with sender(**told.environment(provider)):
        time.sleep(5)
        began = time.monotonic()
        for number, phone in enumerate(phones):
            time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
            written[phone] = time.time()
            outbox.write("added", to=phone, clinic=clinic, **told.WORDS)
        told.wait_until_all_are_told(60)
    taken = {it["to"]: it["at"] for it in provider.accepted()}
    waits = sorted(taken[phone] - at for phone, at in written.items())
    p95 = waits[int(len(waits) * 0.95)]
    return {"name": f"messages: written to taken, {A_SECOND}/s", "value": round(p95, 2), "unit": "s p95",
            "limit": round(statistics.median(waits), 3), "ratio": round(p95 / statistics.median(waits), 1),
            "target": "<= 5 s", "ok": p95 <= 5 and len(waits) == len(phones), "p50": round(statistics.median(waits), 3),
            "worst": round(waits[-1], 2)}  # fmt: skip


def _bookings_beside(provider: At, clinic: object) -> dict[str, Any]:
    """What patients wait for their confirms while messages are sent, the provider quick, then slow."""
    practices, waits = data.practices(100, capacity=20), {}
    with web() as address, sender(**told.environment(provider)):
        for name, delay in (("warm", 0.0), ("quick", 0.0), ("slow", SLOW)):
            provider.behave(delay=delay)
            told.write(clinic, told.phones(200, begin=MANY * 2 + len(waits) * 1000))
            jobs = [(who, practices[number % 100]) for number, who in enumerate(data.proved(10 * BOOKINGS))]
            waits[name] = uvloop.run(bench_bookings.at_a_rate(address, jobs, BOOKINGS)).confirms
        provider.behave()
        told.wait_until_all_are_told(120)
    quick, slow = (statistics.median(waits[name]) for name in ("quick", "slow"))
    tails = {name: round(percentile(waits[name], 0.95), 1) for name in ("quick", "slow")}
    return {"name": f"messages: confirm of a booking, provider takes {SLOW:.0f} s", "value": round(slow, 1),
            "unit": "ms p50", "limit": round(quick, 1), "ratio": round(slow / quick, 2),
            "target": "<= 1.25 of a quick one", "ok": slow <= quick * 1.25, "p95": tails}  # fmt: skip
