"""P3: one hold, its confirm sent 20 times at once over 20 connections: one booking, the same token in all answers.

Seen to fail with the protection off: OOZHAM_UNPROTECTED=1 serves the pages without row locks, and some of the 20 break.
"""

import asyncio
import os
from collections import Counter

import uvloop

from bench import data
from bench.client import Browser, Unexpected
from bench.stack import web

TIMES, ROUNDS = 20, 25


def run() -> tuple[bool, str]:
    """Whether it holds, and the figures."""
    from scheduling.models import Appointment

    practices, patients = data.practices(30, capacity=10), data.proved(ROUNDS)
    off = os.environ.get("OOZHAM_UNPROTECTED")
    with web(application="bench.unprotected:application" if off else "config.asgi:application") as address:
        answers = uvloop.run(_all(address, practices, patients))
    alike = sum(len(said) == 1 and next(iter(said)).startswith("/t/") for said in answers)
    most = max(
        Appointment.objects.filter(patient=one.patient, doctor=practice.doctor).count()
        for one, practice in zip(patients, practices, strict=False)
    )
    made = Appointment.objects.filter(patient__in=[one.patient for one in patients]).count()
    wrong = data.wrong([practice.queue for practice in practices])
    figure = (
        f"{ROUNDS} × {TIMES} confirms: {made} bookings, at most {most} each, all answers alike in {alike} of {ROUNDS}"
    )
    return made == alike == ROUNDS and most == 1 and not any(wrong.values()), figure


async def _all(address: str, practices: list[data.Practice], patients: list[data.Proved]) -> list[Counter[str]]:
    return [await _round(address, *pair) for pair in zip(practices, patients, strict=False)]


async def _round(address: str, practice: data.Practice, who: data.Proved) -> Counter[str]:
    """Where each of the answers leads."""
    browsers = [Browser(address, who.cookies) for _ in range(TIMES)]
    await asyncio.gather(*(browser.connect() for browser in browsers))
    held = await browsers[0].post(f"{practice.path}hold/", {"slot": str(practice.slot(0))})

    async def confirm(browser: Browser) -> str:
        try:
            return (await browser.post(f"{held.location}confirm/", {"who": str(who.patient)})).location
        except Unexpected as error:
            return str(error)[:60]

    said = Counter(await asyncio.gather(*(confirm(browser) for browser in browsers)))
    await asyncio.gather(*(browser.close() for browser in browsers))
    return said
