"""A press at a busy desk: what it costs the server, and when every other desk, board and token page of the queue shows
it, while two thousand sockets are open on the server.

Two hundred sockets look at the queue of 150 tokens: token pages, desks of this queue and of all, boards. The others
look at queues of another clinic, which rest. An empty page of the same server is beside the click.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from bench import data
from bench.bench_push import Line, Receptionist, cost, line_of
from bench.client import percentile
from bench.sockets import MOST, watching
from bench.stack import web

TOKENS, CLICKS, ROUNDS, COUNTED = 150, 22, 3, 8
TICKETS, DESKS, DESKS_OF_ALL, BOARDS = 180, 10, 5, 5  # sockets that a press changes
OTHERS = 1800  # sockets that it does not
WITHIN, COSTS = 200.0, 60.0  # ms


def run() -> Iterator[dict]:
    """The last of 200 pages while 2,000 are open, the click itself, and that its statements do not grow."""
    doctors = data.practices(20, capacity=1)
    cookies = data.receptionist(doctors[0])
    with web() as address, ExitStack() as stack:
        desk = Receptionist(address, cookies)
        for number, first in enumerate(range(0, OTHERS, MOST)):
            rest = line_of(doctors[10 + number], 0, 20)
            stack.enter_context(watching(address, rest.paths(min(MOST, OTHERS - first)), version=rest.version))
        runs = [
            _clicks(desk, line_of(one, CLICKS + 2, TOKENS - CLICKS - 2), address, cookies) for one in doctors[:ROUNDS]
        ]
    yield from _told(runs)
    with web(application="bench.counted:application", processes=1) as address:
        desk, statements = Receptionist(address, cookies), {}
        for place, (tokens, sockets) in enumerate(((30, 10), (30, 200), (TOKENS, 200))):
            line = line_of(doctors[ROUNDS + place], COUNTED + 3, tokens - COUNTED - 3)
            statements[f"{tokens} × {sockets}"] = cost(desk, line, address, sockets, COUNTED)["statements"]
    few, many = min(statements.values()), max(statements.values())
    yield {"name": f"statements of a click with {TOKENS} tokens and 200 sockets", "value": many, "unit": "statements",
           "limit": few, "ratio": round(many / few, 2), "target": "as with 30 tokens and 10 sockets",
           "ok": many <= few * 1.02 + 1, "tokens_and_sockets": statements}  # fmt: skip


def _told(runs: list[tuple[list[float], list[float], list[float]]]) -> Iterator[dict]:
    tail = median(percentile(last, 0.99) for last, _, _ in runs)
    yield {"name": f"click to the last of 200 desks, boards and token pages while {OTHERS + 200} are open, p99",
           "value": round(tail, 1), "unit": "ms", "limit": WITHIN, "ratio": round(tail / WITHIN, 2),
           "target": f"≤ {WITHIN:.0f} ms", "ok": tail <= WITHIN, "clicks": ROUNDS * CLICKS,
           "p50": round(median(median(last) for last, _, _ in runs), 1),
           "runs": [round(percentile(last, 0.99), 1) for last, _, _ in runs]}  # fmt: skip
    own, empty = (median(median(run[which]) for run in runs) for which in (1, 2))
    yield {"name": f"a click at {TOKENS} tokens while {OTHERS + 200} pages are open", "value": round(own, 1),
           "unit": "ms", "limit": round(empty, 1), "ratio": round(own / empty, 1), "target": f"≤ {COSTS:.0f} ms",
           "ok": own <= COSTS, "p99": round(median(percentile(own, 0.99) for _, own, _ in runs), 1)}  # fmt: skip


def _clicks(
    desk: Receptionist, line: Line, address: str, cookies: dict[str, str]
) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds until the last page shows each click, of the click itself, and of an empty page."""
    from clinics.models import Clinic
    from tokens import screens
    from tokens.models import Board

    clinic = Clinic.objects.get(queues=line.queue)
    board, day = Board.objects.create(clinic=clinic), screens.day_of(clinic).version
    own_paths = [*line.paths(TICKETS), *[f"/ws/desk/{clinic.slug}/{line.queue}/"] * DESKS]
    of_all = [*[f"/ws/desk/{clinic.slug}/"] * DESKS_OF_ALL, *[f"/ws/board/{board.key}/"] * BOARDS]
    last, own, empty = [], [], []
    with (
        watching(address, own_paths, version=line.version, cookies=cookies) as pages,
        watching(address, of_all, version=day, cookies=cookies) as beside,
    ):
        for number in range(CLICKS + 1):
            answer, day = desk.click(line), day + 1
            seen = max(pages.last(line.version), beside.last(day))
            if number:  # the first opens the day
                last.append((seen - answer.began) * 1000)
                own.append(answer.seconds * 1000)
                empty.append(desk.get("/healthz").seconds * 1000)
    return last, own, empty
