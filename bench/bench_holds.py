"""A slot for five: 200 browsers tap it at once; five hold it, 195 are told so, and what is next, which is really free.

None of them has been here before. Beside it stand as many browsers that each tap a time nobody else wants: that is
quicker, since whoever is told no is told what is next.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import uvloop

from bench import data
from bench.client import Answer, Browser, Unexpected
from bench.stack import web

CROWD, PLACES = 200, 5
SENTENCE = re.compile(r"That time has just been taken; (\d+:\d\d) is next\.")
BUTTON = re.compile(r'<button[^>]* name="slot"[^>]*><b>(\d+:\d\d)</b>')


def run() -> Iterator[dict]:
    """Seconds until everybody has a clear answer."""
    practices = data.practices(60, capacity=PLACES)
    apart = [(it, it.slot(n)) for it in practices[20:40] for n in range(CROWD // 20)]
    with web() as address:
        for practice in practices[:20]:  # both processes have read their templates and have their connections
            uvloop.run(_rush(address, [(practice, practice.slot(0))] * 16))
        limit, _, alone = uvloop.run(_rush(address, apart))
        if alone != {"held": CROWD}:
            raise Unexpected(f"of {CROWD} who want different times: {dict(alone)}")
        seconds, read, said = uvloop.run(_rush(address, [(practices[59], practices[59].slot(0))] * CROWD))
        _, _, then = uvloop.run(_rush(address, [(practices[59], practices[59].slot(1))]))
    target = f"{PLACES} held, {CROWD - PLACES} told what is next and free"
    fair = then == {"held": 1} and said == {"held": PLACES, "told": CROWD - PLACES} and _held(practices[59]) == PLACES
    yield {"name": f"holds: {CROWD} at {PLACES} places", "value": round(seconds, 2), "unit": "s",
           "limit": round(limit, 2), "ratio": round(seconds / limit, 2), "target": target,
           "ok": fair, "read_on_after": round(read, 2), **said}  # fmt: skip


async def _rush(address: str, taps: Sequence[tuple[data.Practice, int]]) -> tuple[float, float, Counter[str]]:
    """Seconds until all are answered, seconds until all have read on, and what they were told."""
    browsers = [Browser(address) for _ in taps]
    for browser in browsers:
        await browser.connect()
    began = time.monotonic()
    answers = await asyncio.gather(*(
        browser.post(f"{practice.path}hold/", {"slot": str(slot)})
        for browser, (practice, slot) in zip(browsers, taps, strict=True)
    ))  # fmt: skip
    answered = time.monotonic() - began
    said = Counter(await asyncio.gather(*map(_outcome, browsers, answers)))
    read = time.monotonic() - began
    await asyncio.gather(*(browser.close() for browser in browsers))
    return answered, read, said


async def _outcome(browser: Browser, answer: Answer) -> str:
    """What this browser was told; anything unclear fails the run, and so does a time that is said but not free."""
    page = (await browser.get(answer.headers["location"])).text
    if answer.location.startswith("/book/"):
        if "data-countdown" not in page:
            raise Unexpected(f"{answer.location} is not the page of a booking")
        return "held"
    said = SENTENCE.search(page)
    if said is None:
        raise Unexpected(f"{answer.headers['location']} does not say what is next")
    return "told" if said[1] in BUTTON.findall(page) else "told what is not free"


def _held(practice: data.Practice) -> int:
    """How many places of the slot are held, by its own counter and by the holds in it: they must agree."""
    from scheduling.models import Hold, Slot

    counted = Slot.objects.get(pk=practice.slot(0)).held
    holds = Hold.objects.live().filter(slot=practice.slot(0)).count()
    return counted if counted == holds else -1
