"""The last place: 500 browsers tap the same time at once; one holds it, 499 are sent to the doctor's page and told so.

None of them has been here before, so each is given its session on the way. The figure is when the last tap was
answered; afterwards each of the others opens the page it was sent to, which must say that the time is taken.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import uvloop

from bench import data
from bench.client import Answer, Browser, Unexpected
from bench.stack import web

CROWD, WITHIN = 500, 2.0
SENTENCE = "has just been taken"


def run() -> Iterator[dict]:
    """Seconds until everybody has a clear answer."""
    practices = data.practices(30, capacity=1)
    with web() as address:
        for practice in practices[:20]:  # both processes have read their templates and have their connections
            uvloop.run(_rush(address, practice, 16))
        seconds, read, said = uvloop.run(_rush(address, practices[29], CROWD))
    fair = said == {"held": 1, "told": CROWD - 1}
    yield {"name": f"stampede: {CROWD} at the last place", "value": round(seconds, 2), "unit": "s", "target": WITHIN,
           "ok": fair and seconds <= WITHIN, "read_on_after": round(read, 2), **said}  # fmt: skip


async def _rush(address: str, practice: data.Practice, many: int) -> tuple[float, float, Counter[str]]:
    """Seconds until all are answered, seconds until all have read on, and what they were told."""
    browsers = [Browser(address) for _ in range(many)]
    for browser in browsers:
        await browser.connect()
    tap = {"slot": str(practice.slot(0))}
    began = time.monotonic()
    answers = await asyncio.gather(*(browser.post(f"{practice.path}hold/", tap) for browser in browsers))
    answered = time.monotonic() - began
    said = Counter(await asyncio.gather(*map(_outcome, browsers, answers)))
    read = time.monotonic() - began
    await asyncio.gather(*(browser.close() for browser in browsers))
    return answered, read, said


async def _outcome(browser: Browser, answer: Answer) -> str:
    """What this browser was told; anything unclear fails the run."""
    if answer.location.startswith("/book/"):
        return "held"
    page = await browser.get(answer.headers["location"])
    if SENTENCE not in page.text:
        raise Unexpected(f"{answer.headers['location']} does not say that the time is taken")
    return "told"
