"""P1, a whole day: eight hours of twenty doctors and two thousand patients, played over HTTP by four receptionists and
the doctors themselves, while desks, boards and token pages are open.

Each simulated half hour everybody stops for a moment, and what each open page was last pushed must be what a fresh
load shows. At the end everybody stands as the day went, and the tables hold by themselves.
Seen to fail with half of the news unheard: OOZHAM_UNPROTECTED=1. (Two who press at one queue at once: P1.)
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from websockets.asyncio.client import connect

from bench import data, tables
from bench.history import sound
from bench.stack import web
from config.simulation.clocks import RealClock
from config.simulation.desks import ServiceDesk
from config.simulation.http_desk import HttpDesk, Reception, Session
from config.simulation.script import BOOKED, HOUR, DoctorsDay, Room, Script, Ways
from config.simulation.stage import Stage, play

DOCTORS, PATIENTS, RECEPTIONISTS, TICKETS, HOURS, MEAN = 20, 2000, 4, 40, 8, 4
SPEED = 100  # seconds of the day in each real one
LONGEST = 900  # real seconds
QUIET = 5.0  # seconds for a push to come while nobody presses
TRIES = 4  # a comparison that a minute's end fell into is made again
VERSION = re.compile(r'data-version="(\d+)"')


@dataclass
class Page:
    """A page somebody has open: its socket, the address of the same fragment, the queue it shows (None: the whole
    day, by its clinic's version), and what it was shown last."""

    socket: str
    fragment: str
    queue: int | None
    cookies: dict[str, str] = field(default_factory=dict)
    shown: str = ""

    @property
    def version(self) -> str:
        """Of what is shown."""
        found = VERSION.search(self.shown)
        return found[1] if found else "none"


def run() -> tuple[bool, str]:
    """Whether it holds, and the figures."""
    from clinics.models import Role

    clinic, doctors = _clinic()
    rooms = [Room(doctor.slug, mean=MEAN, patients=PATIENTS // DOCTORS) for doctor in doctors]
    script = Script.write(1, rooms, Ways(hours=HOURS, transfers=0))
    desk_staff = [_sign_in(clinic, Role.RECEPTIONIST, f"desk-{n}") for n in range(RECEPTIONISTS + 1)]
    days, queues = _booked(script, doctors, desk_staff[0][0])
    pages = _pages(clinic, queues, desk_staff[0][1])
    began, off = time.monotonic(), os.environ.get("OOZHAM_UNPROTECTED")
    ours = web(application="bench.unheard:application" if off else "config.asgi:application")
    with ours as address, _open(address, pages):
        reception = Reception([Session(address, cookies) for _, cookies in desk_staff[1:]])
        clock, stages = RealClock(SPEED), []
        for doctor, day in zip(doctors, days, strict=True):
            own = Session(address, data.signed_in(doctor.user))
            stages.append(Stage(day, HttpDesk(clinic.slug, doctor.slug, reception=reception, own=own), clock))
        compared, stale = _play(stages, clock, pages, queues, Session(address, desk_staff[0][1]))
    seconds = time.monotonic() - began
    return _told(stages, queues, compared, stale, seconds)


def _told(stages: Sequence[Stage], queues: Sequence[Any], compared: int, stale: list[str], seconds: float) -> Any:
    from tokens.models import Token

    found: dict[int, dict[int, str]] = {queue.pk: {} for queue in queues}
    for queue, number, state in Token.objects.filter(queue__in=queues).values_list("queue", "number", "state"):
        found[queue][number] = state
    wrong = [
        f"{number} of {stage.day.doctor} is {found[queue.pk].get(number)}, not {state}"
        for stage, queue in zip(stages, queues, strict=True)
        for number, state in stage.states.items()
        if found[queue.pk].get(number) != state
    ]
    wrong += sound(tables.read([queue.pk for queue in queues]))
    refused = [f"{stage.day.doctor}: {said}" for stage in stages for said in stage.refused]
    patients, presses = sum(len(stage.states) for stage in stages), sum(stage.presses for stage in stages)
    figure = (
        f"{HOURS} h of {DOCTORS} doctors and {patients} patients in {seconds:.0f} s: {presses} presses, "
        f"{len(refused)} refused, {len(wrong)} wrong, {compared} pages compared, {len(stale)} not as a fresh load"
    )
    if trouble := [*wrong, *refused, *stale]:
        figure += f" (the first: {trouble[0][:200]})"
    whole = all(stage.is_over for stage in stages) and compared >= HOURS * len(stages)
    return whole and not trouble, figure


# ── before the day ────────────────────────────────────────────────────────────────────────────────────────────
def _clinic() -> tuple[Any, list[Any]]:
    """A clinic with two boards and twenty doctors who sign in."""
    from clinics.models import Branch, City, Clinic, District, Role
    from doctors.models import Doctor, Specialty
    from tokens.models import Board

    district = District.objects.create(slug="whole", name="Whole")
    city = City.objects.create(slug="whole", name="Whole", district=district)
    specialty = Specialty.objects.create(slug="whole", name="Whole", clinical_name="Whole")
    clinic = Clinic.objects.create(name="Whole Day Clinic", slug="whole-day", status=Clinic.Status.APPROVED)
    Branch.objects.create(clinic=clinic, city=city, locality="Kaloor")
    doctors = []
    for number in range(DOCTORS):
        user, _ = _sign_in(clinic, Role.DOCTOR, f"doctor-{number}")
        doctors.append(
            Doctor.objects.create(
                clinic=clinic, name=f"Kavitha Rao {number}", slug=f"dr-{number}", specialty=specialty, user=user,
                status=Doctor.Status.ACTIVE, fee_paise=30000, is_shown=True, is_open_online=True,
                is_bookable_at_desk=True, qualifications="MBBS", registration_number=str(number), languages=["English"],
            )
        )  # fmt: skip
    boards = [Board.objects.create(clinic=clinic, name=f"Board {number}") for number in range(2)]
    boards[1].doctors.set(doctors[: DOCTORS // 2])
    return clinic, doctors


def _sign_in(clinic: Any, role: str, name: str) -> tuple[Any, dict[str, str]]:
    from clinics.models import Membership, User

    user = User.objects.create(email=f"{name}@whole.example", name="Reena Thomas", password="!")
    Membership.objects.create(clinic=clinic, user=user, role=role)
    return user, data.signed_in(user)


def _booked(script: Script, doctors: Sequence[Any], by: Any) -> tuple[list[DoctorsDay], list[Any]]:
    """Whoever has booked has a number before the day begins."""
    from django.utils import timezone

    from tokens import services

    days, queues, start = [], [], timezone.now()
    for doctor, day in zip(doctors, script.days, strict=True):
        queue = services.queue_for(doctor, doctor.clinic.today())
        desk, visits = ServiceDesk(queue, by=by), []
        for visit in day.visits:
            due_at = start + timedelta(seconds=visit.due / SPEED)
            visits.append(replace(visit, number=desk.book(visit, due_at)) if visit.kind == BOOKED else visit)
        days.append(replace(day, visits=tuple(visits)))
        queues.append(queue)
    return days, queues


def _pages(clinic: Any, queues: Sequence[Any], cookies: dict[str, str]) -> list[Page]:
    """The desk of each doctor, that of all, the boards, and the tokens of some."""
    from tokens.models import Token

    desk = f"/desk/{clinic.slug}/"
    found = [Page(f"/ws{desk}{queue.pk}/", f"{desk}{queue.doctor.slug}/", queue.pk, cookies) for queue in queues]
    found.append(Page(f"/ws{desk}", desk, None, cookies))
    found += [Page(f"/ws/board/{board.key}/", f"/board/{board.key}/", None) for board in clinic.boards.all()]
    each = TICKETS // len(queues)
    for queue in queues:
        codes = list(Token.objects.filter(queue=queue).order_by("number").values_list("code", flat=True))
        found += [Page(f"/ws/t/{code}/", f"/t/{code}/", queue.pk) for code in codes[:: len(codes) // each][:each]]
    return found


@contextmanager
def _open(address: str, pages: Sequence[Page]) -> Iterator[None]:
    """All pages are open, in a thread of their own."""
    ready, over = threading.Event(), threading.Event()

    async def keep(page: Page) -> None:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in page.cookies.items())}
        where = address.replace("http", "ws", 1) + page.socket
        socket = connect(
            where, origin=address, additional_headers=headers, compression=None, max_size=None, ping_interval=None
        )
        async with socket as messages:
            async for message in messages:
                page.shown = str(message)

    async def main() -> None:
        tasks = [asyncio.create_task(keep(page)) for page in pages]
        while not all(page.shown for page in pages):
            await asyncio.sleep(0.1)
        ready.set()
        await asyncio.to_thread(over.wait)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=asyncio.run, args=[main()], daemon=True)
    thread.start()
    if not ready.wait(60):
        raise TimeoutError("The pages did not open")
    try:
        yield
    finally:
        over.set()
        thread.join(30)


# ── the day ───────────────────────────────────────────────────────────────────────────────────────────────────
def _play(
    stages: Sequence[Stage], clock: RealClock, pages: Sequence[Page], queues: Sequence[Any], eye: Session
) -> tuple[int, list[str]]:
    """Every doctor's day in a thread; how many pages were compared meanwhile, and which were not as a fresh load."""
    threads = [threading.Thread(target=play, args=[[stage]], daemon=True) for stage in stages]
    for thread in threads:
        thread.start()
    compared, stale, half, until = 0, [], 1, time.monotonic() + LONGEST
    while any(thread.is_alive() for thread in threads) and time.monotonic() < until:
        if clock.now >= half * HOUR / 2:
            with clock.held():
                stale += _compare(pages, queues, eye)
            compared, half = compared + len(pages), half + 1
        time.sleep(0.1)
    return compared, stale


def _compare(pages: Sequence[Page], queues: Sequence[Any], eye: Session) -> list[str]:
    """The pages that do not show what a fresh load shows, while nobody presses anything."""
    until, newest = time.monotonic() + QUIET, _versions(queues)
    while (behind := [page for page in pages if page.version != newest[page.queue]]) and time.monotonic() < until:
        time.sleep(0.1)
    stale = [f"{page.fragment} shows version {page.version}" for page in behind]
    for _ in range(TRIES):
        _draw_anew(queues)  # estimates are drawn to the minute, and each page when its turn comes
        time.sleep(1)
        before = time.time() // 30
        other = [page for page in pages if page.shown != _fresh(page, eye)]
        if not other:
            return stale
        if before == time.time() // 30:
            time.sleep(1)
    return stale + [f"{page.fragment} differs at version {page.version}" for page in other if page not in behind]


def _fresh(page: Page, eye: Session) -> str:
    return eye.get(f"{page.fragment}?fragment=1")


def _versions(queues: Sequence[Any]) -> dict[int | None, str]:
    """What each queue is at, and (None) the whole day: each has its own number in the table by now."""
    from tokens import screens
    from tokens.models import Queue

    versions = Queue.objects.filter(pk__in=[queue.pk for queue in queues]).values_list("pk", "version")
    return {pk: str(version) for pk, version in versions} | {None: str(screens.day_of(queues[0].clinic).version)}


def _draw_anew(queues: Sequence[Any]) -> None:
    """As the half-minute's tick does for every page."""
    from django.db import transaction

    from tokens import live
    from tokens.models import Queue

    with transaction.atomic():
        for queue in Queue.objects.filter(pk__in=[queue.pk for queue in queues]):
            live.redraw(queue)
