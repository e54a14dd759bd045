"""From a receptionist's click to the last open token page of that queue, over real sockets; a bare broadcast beside it.

The pages show about a hundred tokens that wait at the end of the queue; each click calls the next one before them, so
that every page changes. What a click costs (statements, renderings) is counted with few pages and with many.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench import data
from bench.broadcast import broadcasting
from bench.client import Answer, Browser, percentile
from bench.sockets import Watching, watching
from bench.stack import web

FEW, MANY, TOKENS = 200, 1000, 100
ROUNDS, CLICKS, COUNTED = 5, 22, 10
WITHIN, TIMES = 200.0, 5.0


@dataclass
class Line:
    """A queue of today, in which `codes` wait at the end and others before them to be called."""

    practice: data.Practice
    queue: int
    codes: list[str]
    version: int
    inside: int | None = None

    def paths(self, many: int) -> list[str]:
        """So many open pages, spread over the tokens."""
        return [f"/ws/t/{self.codes[n % len(self.codes)]}/" for n in range(many)]


class Receptionist:
    """Somebody at the desk who presses "call next"."""

    def __init__(self, address: str, cookies: dict[str, str]) -> None:
        self.loop = asyncio.new_event_loop()
        self.browser = Browser(address, cookies)

    def ask(self, path: str) -> dict[str, int]:
        """Read something that is JSON."""
        return json.loads(self.get(path).text)

    def get(self, path: str) -> Answer:
        """Read a page."""
        self._look_up()
        return self.loop.run_until_complete(self.browser.get(path))

    def _look_up(self) -> None:
        """Notice a connection that the server has closed meanwhile."""
        self.loop.run_until_complete(asyncio.sleep(0.001))

    def click(self, line: Line) -> Answer:
        """Call the next one; the line knows the version that comes of it."""
        self._look_up()
        path = f"/desk/{line.practice.path[3:]}call-next/?seen={'' if line.inside is None else line.inside}"
        answer = self.loop.run_until_complete(self.browser.post(path, {}, expect=200, HX_Request="true"))
        line.inside, line.version = (line.inside or 0) + 1, line.version + 1
        return answer


def run() -> Iterator[dict]:
    """The last of 200, the last of 1,000 against a bare broadcast, and what a click costs."""
    doctors = data.practices(10, capacity=1)
    cookies = data.receptionist(doctors[0])
    with web() as address:
        desk = Receptionist(address, cookies)
        rounds = [_clicks(desk, line_of(one, CLICKS + 2), address, FEW) for one in doctors[:ROUNDS]]
        tail = median(percentile(times, 0.99) for times in rounds)
        yield {"name": f"click to the last of {FEW} open pages, p99", "value": round(tail, 1), "unit": "ms",
               "target": WITHIN, "ok": tail <= WITHIN, "clicks": ROUNDS * CLICKS,
               "p50": round(median(median(times) for times in rounds), 1),
               "runs": [round(percentile(times, 0.99), 1) for times in rounds]}  # fmt: skip
        yield _beside_broadcast(desk, line_of(doctors[ROUNDS], CLICKS + 2), address)
    with web(application="bench.counted:application", processes=1) as address:
        desk = Receptionist(address, cookies)
        costs = {}
        for n, many in enumerate((FEW, MANY)):
            costs[many] = cost(desk, line_of(doctors[-1 - n], COUNTED + 3), address, many)
    for what in ("statements", "renderings"):
        few, many = costs[FEW][what], costs[MANY][what]
        yield {"name": f"{what} of a click with {MANY} open pages", "value": many, "unit": what, "limit": few,
               "ratio": round(many / few, 2), "target": f"as with {FEW} pages", "ok": many <= few * 1.02 + 1,
               "tokens": TOKENS}  # fmt: skip


def _clicks(desk: Receptionist, line: Line, address: str, many: int) -> list[float]:
    """Milliseconds from each click to the last page."""
    with watching(address, line.paths(many), version=line.version) as pages:
        press_and_see(desk, line, pages)  # the first opens the day
        return [press_and_see(desk, line, pages) for _ in range(CLICKS)]


def press_and_see(desk: Receptionist, line: Line, pages: Watching) -> float:
    """Milliseconds from a click to the last page."""
    began = desk.click(line).began
    return (pages.last(line.version) - began) * 1000


def _beside_broadcast(desk: Receptionist, line: Line, address: str) -> dict:
    """Clicks and bare broadcasts of the same bytes to as many clients take turns."""
    ours: list[float] = []
    bare: list[float] = []
    with ExitStack() as stack:
        pages = stack.enter_context(watching(address, line.paths(MANY), version=line.version))
        press_and_see(desk, line, pages)
        other, pipe = stack.enter_context(broadcasting(pages.size))
        clients = stack.enter_context(watching(other, ["/"] * MANY))
        for number in range(CLICKS):
            ours.append(press_and_see(desk, line, pages))
            pipe.send(number)
            began = pipe.recv()
            bare.append((clients.last(number) - began) * 1000)
    ratio = median(ours) / median(bare)
    return {"name": f"click to the last of {MANY} open pages", "value": round(median(ours), 1), "unit": "ms",
            "limit": round(median(bare), 1), "ratio": round(ratio, 2), "target": f"ratio ≤ {TIMES:.0f}",
            "ok": ratio <= TIMES, "p99": round(percentile(ours, 0.99), 1),
            "p99_of_limit": round(percentile(bare, 0.99), 1), "bytes": pages.size}  # fmt: skip


def cost(desk: Receptionist, line: Line, address: str, many: int, clicks: int = COUNTED) -> dict[str, float]:
    """What one click costs a server process that holds all the pages."""
    with watching(address, line.paths(many), version=line.version) as pages:
        press_and_see(desk, line, pages)
        before = desk.ask("/bench/counted")
        for _ in range(clicks):
            press_and_see(desk, line, pages)
        after = desk.ask("/bench/counted")
    return {name: (after[name] - before[name]) / clicks for name in ("statements", "renderings", "fragments")}


def line_of(practice: data.Practice, before: int, tokens: int = TOKENS) -> Line:
    """A queue of today with walk-ins: `before` to be called, then `tokens` whose pages are open."""
    from doctors.models import Doctor
    from patients.models import Patient
    from tokens import services
    from tokens.models import Queue, Token

    doctor = Doctor.objects.select_related("clinic").get(pk=practice.doctor)
    queue = services.queue_for(doctor, doctor.clinic.today())
    people: Sequence[Patient] = Patient.objects.filter(pk__in=[one.patient for one in data.proved(before + tokens)])
    tokens = [services.issue(queue=queue, patient=one, kind=Token.Kind.WALK_IN, by=None) for one in people]
    version = Queue.objects.values_list("version", flat=True).get(pk=queue.pk)
    return Line(practice, queue.pk, [token.code for token in tokens[before:]], version)
