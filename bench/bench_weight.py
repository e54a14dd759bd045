"""What a patient's page weighs on the wire: HTML, style sheets and scripts, gzipped as the server sends them."""

import re
from collections.abc import Iterator

import uvloop

from bench import data
from bench.client import Browser
from bench.stack import web

MOST = 60 * 1024
PARTS = (re.compile(r'<link rel="stylesheet" href="([^"]+)"'), re.compile(r'<script[^>]* src="([^"]+)"'))


def run() -> Iterator[dict]:
    """The doctor's page, the booking's step and the token's page."""
    practice, who = data.practices(10, capacity=2)[9], data.proved(1)[0]
    with web() as address:
        weights = uvloop.run(_weigh(address, practice, who))
    for page, parts in weights.items():
        total = sum(parts.values())
        yield {"name": f"weight of the {page} page", "value": round(total / 1024, 1), "unit": "KB gzipped",
               "target": MOST / 1024, "ok": total <= MOST, "bytes": parts}  # fmt: skip


async def _weigh(address: str, practice: data.Practice, who: data.Proved) -> dict[str, dict[str, int]]:
    browser = Browser(address, who.cookies)
    weights = {"doctor's": await _page(browser, practice.path)}
    held = await browser.post(f"{practice.path}hold/", {"slot": str(practice.slot(31))})
    weights["booking"] = await _page(browser, held.location)
    booked = await browser.post(f"{held.location}confirm/", {"who": str(who.patient)})
    weights["token"] = await _page(browser, booked.location)
    await browser.close()
    return weights


async def _page(browser: Browser, path: str) -> dict[str, int]:
    """Bytes by part."""
    page = await browser.get(path, Accept_Encoding="gzip")
    parts = {"HTML": len(page.body)}
    for pattern in PARTS:
        for source in pattern.findall(page.text):
            name = re.sub(r"\.[0-9a-f]{12}\.", ".", source.rsplit("/", 1)[-1])
            parts[name] = len((await browser.get(source, Accept_Encoding="gzip")).body)
    return parts
