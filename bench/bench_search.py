"""Searching a city with 10,000 doctors × 90 days in the database, and the same with 100.

Each is kept from one run to the next: `.local/bench-10000` (or BENCH_10000, which `bench_pages` uses too) and
`.local/bench-100` (or BENCH_100), whose hundred doctors are all of one city and, but for one of each other, of one
specialty, so that the page is as full there. They are measured in turn, one after the other and again, over HTTP with
one visitor; a figure is the median of its rounds.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, product
from json import dumps, loads
from statistics import median
from time import perf_counter
from typing import Any

import uvloop

from bench.client import Browser, percentile
from bench.stack import ROOT, web

DAYS = 90
ROUNDS = 3
VISITS = 150
WITHIN = 40.0  # ms, p99
TIMES_SLOWER = 1.3  # at most, with a hundred times as many doctors
GRID_WITHIN = 15.0  # ms, p99: a doctor's days and times, without the page around them
LARGE = 5000  # rows: a table that no search may read from end to end
ASKED = "city, specialty and day"


def run() -> Iterator[dict]:
    """The two databases in turn, each in a process of its own."""
    rounds: dict[int, list[dict]] = {10_000: [], 100: []}
    for doctors in [10_000, 100] * ROUNDS:
        rounds[doctors].append(_round(doctors))
    many, few = rounds[10_000], rounds[100]
    for name in many[0]["times"]:
        p50, p99 = (median(percentile(it["times"][name], share) for it in many) for share in (0.5, 0.99))
        p50_few = median(percentile(it["times"][name], 0.5) for it in few)
        figure = {"name": f"search by {name}, p99", "value": round(p99, 1), "unit": "ms", "limit": WITHIN,
                  "ratio": round(p99 / WITHIN, 2), "target": f"≤ {WITHIN:.0f} ms", "ok": p99 <= WITHIN,
                  "p50": round(p50, 1), "p50_with_100_doctors": round(p50_few, 1),
                  "queries": many[0]["queries"][name]}  # fmt: skip
        yield figure if name == ASKED else figure | {"target": None, "ok": None}
    slower = median(
        percentile(a["times"][ASKED], 0.5) / percentile(b["times"][ASKED], 0.5) for a, b in zip(many, few, strict=True)
    )
    yield {"name": "search, 10,000 ÷ 100 doctors", "value": round(slower, 2), "unit": "times the p50",
           "target": f"≤ {TIMES_SLOWER}", "ok": slower <= TIMES_SLOWER,
           "slots_ahead": many[0]["slots_ahead"]}  # fmt: skip
    grid = median(percentile(it["grid"], 0.99) for it in many)
    yield {"name": "a doctor's days and times, p99", "value": round(grid, 1), "unit": "ms", "limit": GRID_WITHIN,
           "ratio": round(grid / GRID_WITHIN, 2), "target": f"≤ {GRID_WITHIN:.0f} ms", "ok": grid <= GRID_WITHIN,
           "p50": round(median(percentile(it["grid"], 0.5) for it in many), 1)}  # fmt: skip
    scanned = {table: scans for it in many for table, scans in it["scanned"].items()}
    yield {"name": "large tables read from end to end", "value": len(scanned), "unit": "tables", "target": "0",
           "ok": not scanned, "scans": scanned}  # fmt: skip


def _round(doctors: int) -> dict:
    kept = os.environ.get(f"BENCH_{doctors}") or str(ROOT / ".local" / f"bench-{doctors}")
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    measuring = subprocess.run(
        [sys.executable, "-m", "bench.bench_search", str(doctors)], cwd=ROOT,
        env=environment | {"OOZHAM_LOCAL": kept}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return loads(measuring.stdout.splitlines()[-1])


def main(doctors: int) -> None:
    """Fill the database where it is empty, then measure one round."""
    from config.embedded import services

    with services():
        import django

        django.setup()
        _fill(doctors)
        from django.utils import timezone

        from scheduling.models import Slot

        doctors = _some_doctors()
        before = _scans()
        with web() as address:
            times = {name: uvloop.run(_visit(address, paths)) for name, paths in _paths().items()}
        told = {"times": times, "grid": _grids(doctors), "scanned": {}}
        told["scanned"] = {table: scans - before[table] for table, scans in _scans().items() if scans > before[table]}
        told["queries"] = {name: _queries(paths[0]) for name, paths in _paths().items()}
        told["slots_ahead"] = Slot.objects.filter(starts_at__gt=timezone.now()).count()
        print(dumps(told), flush=True)


def _fill(doctors: int) -> None:
    from django.core.management import call_command

    from clinics.models import Branch, City, Clinic
    from doctors.models import Doctor, Specialty

    call_command("migrate", verbosity=0, interactive=False)
    if Clinic.objects.exists():
        return
    print(f"Making {doctors:,} doctors × {DAYS} days once, for all later runs …", file=sys.stderr, flush=True)
    fill = {"doctors": doctors, "days": DAYS, "history": 0, "password": "of-the-bench"}
    call_command("seed_demo", **fill, stdout=sys.stderr)
    if doctors < 1000:
        Branch.objects.update(city=City.objects.first())
        one_of_each = Doctor.objects.order_by("specialty_id", "pk").distinct("specialty_id").values("pk")
        Doctor.objects.exclude(pk__in=[it["pk"] for it in one_of_each]).update(specialty=Specialty.objects.first())


def _paths() -> dict[str, list[str]]:
    """What is asked of the largest city; each list is asked from its beginning, again and again."""
    from django.utils import timezone

    from clinics.models import City
    from doctors.models import Specialty

    city = f"/in/{City.objects.first().slug}/"
    specialties = [Specialty.objects.first().slug]
    days = [timezone.localdate() + timedelta(days=ahead) for ahead in range(1, 15)]
    parts, names = ("morning", "afternoon", "evening"), ("nair", "rao", "kurian", "lake", "mathew", "fever")
    return {
        ASKED: [f"{city}?specialty={slug}&day={day}" for day, slug in product(days, specialties)],
        "city and day": [f"{city}?day={day}" for day in days],
        "time of day in the coming week": [f"{city}?at={part}" for part in parts],
        "name": [f"{city}?q={name}" for name in names],
        "misspelt name": [f"{city}?q={name}" for name in ("kuriun", "matheww", "krishnen")],
        "everything": [
            f"{city}?specialty={slug}&day={day}&at={part}&speaks=Malayalam&fee=500&gender=f"
            for slug, day, part in islice(product(specialties, days, parts), 60)
        ],
        "name in all cities": [f"/?q={name}" for name in ("rao", "nair", "kuriun", "lake+clinic")],
    }


async def _visit(address: str, paths: list[str]) -> list[float]:
    """What one visitor waits for each page, in ms, once both processes have their connections and templates."""
    browser = Browser(address)
    for path in (paths * 20)[: max(20, len(paths))]:
        await browser.get(path)
    times = [(await browser.get(path)).seconds * 1000 for path in islice(paths * VISITS, VISITS)]
    await browser.close()
    return times


def _some_doctors() -> list[Any]:
    """Doctors of all sorts."""
    from doctors.models import Doctor

    doctors = Doctor.objects.active().select_related("clinic").order_by("pk")
    return list(doctors[:: max(1, doctors.count() // VISITS)])


def _grids(doctors: list[Any]) -> list[float]:
    """The days and times of these doctors, in ms, within this process."""
    from scheduling.days import doctor_page

    for doctor in doctors[:20]:
        doctor_page(doctor, asked="")
    times = []
    for doctor in doctors:
        began = perf_counter()
        doctor_page(doctor, asked="")
        times.append((perf_counter() - began) * 1000)
    return times


def _scans() -> dict[str, int]:
    """How often each large table has been read from end to end, ever."""
    from django.db import connection

    connection.close()  # its own numbers are told when it ends
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT class.relname, seq_scan FROM pg_stat_user_tables JOIN pg_class AS class ON class.oid = relid "
            "WHERE reltuples > %s",
            [LARGE],
        )
        return dict(cursor.fetchall())


def _queries(path: str) -> int:
    """How many statements a page takes."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["testserver"]
    Client().get(path)
    with CaptureQueriesContext(connection) as asked:
        Client().get(path)
    return len(asked)


if __name__ == "__main__":
    main(int(sys.argv[1]))
