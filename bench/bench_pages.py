"""The pages everybody looks at first, with 10,000 doctors × 90 days (some 18 million times) in the database.

Each page is visited once after a start, when PostgreSQL has still to read it from the disk; then as on any other day.

Making those takes many minutes, so they are kept in `.local/bench-10000` (or BENCH_10000) from one run to the next; two
processes of the real stack serve them. Server time is what one visitor at a time waits, over HTTP on this machine.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from json import dumps, loads

import uvloop

from bench.client import Browser, percentile
from bench.stack import ROOT, web

DOCTORS, DAYS = 10_000, 90
VISITS = 300
WITHIN = {"city": 50.0, "doctor": 30.0}  # ms, p99


def run() -> Iterator[dict]:
    """Measured in a process of its own, whose database is the kept one."""
    kept = os.environ.get("BENCH_10000") or str(ROOT / ".local" / "bench-10000")
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    measuring = subprocess.run(
        [sys.executable, "-m", "bench.bench_pages"], cwd=ROOT, env=environment | {"OOZHAM_LOCAL": kept},
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    yield from map(loads, measuring.stdout.splitlines())


def main() -> None:
    """Fill the database where it is empty, then measure."""
    from config.embedded import services

    with services():
        import django

        django.setup()
        from django.core.management import call_command
        from django.utils import timezone

        from clinics.models import Clinic
        from scheduling.models import Slot

        call_command("migrate", verbosity=0, interactive=False)
        if not Clinic.objects.exists():
            print(f"Making {DOCTORS:,} doctors × {DAYS} days once, for all later runs …", file=sys.stderr, flush=True)
            fill = {"doctors": DOCTORS, "days": DAYS, "history": 0, "password": "of-the-bench"}
            call_command("seed_demo", **fill, stdout=sys.stderr)
        slots = Slot.objects.filter(starts_at__gt=timezone.now()).count()
        for name, paths in _paths().items():
            with web() as address:
                first, times = uvloop.run(_visit(address, paths))
            print(dumps(_told(name, paths, first, times) | {"slots_ahead": slots}), flush=True)


def _told(name: str, paths: list[str], first: list[float], times: list[float]) -> dict:
    worst, few, many = percentile(times, 0.99), _queries(paths[-1]), _queries(paths[0])
    return {
        "name": f"{name} page, p99", "value": round(worst, 1), "unit": "ms", "limit": WITHIN[name],
        "ratio": round(worst / WITHIN[name], 2), "target": f"≤ {WITHIN[name]:.0f} ms, as many queries for any",
        "ok": worst <= WITHIN[name] and few == many, "p50": round(percentile(times, 0.5), 1),
        "first_visits_after_a_start_p50": round(percentile(first, 0.5), 1),
        "first_visits_after_a_start_p99": round(percentile(first, 0.99), 1),
        "queries_for_the_largest": many, "queries_for_the_smallest": few,
    }  # fmt: skip


async def _visit(address: str, paths: list[str]) -> tuple[list[float], list[float]]:
    """What one visitor waits for each page, in ms: visiting each once after a start, and then in turn."""
    browser = Browser(address)
    for path in paths[:1] * 10:  # its process has read its templates and has its connections
        await browser.get(path)
    first = [(await browser.get(path)).seconds * 1000 for path in paths]
    times = [(await browser.get(path)).seconds * 1000 for path in (paths * VISITS)[:VISITS]]
    await browser.close()
    return first, times


def _paths() -> dict[str, list[str]]:
    """Cities from the largest to the smallest, with the first pages of the largest; and doctors of all sorts."""
    from clinics.models import City
    from doctors.models import Doctor

    found = City.objects.filter(branches__isnull=False).distinct()
    cities = [f"/in/{slug}/" for slug in found.values_list("slug", flat=True)]
    doctors = Doctor.objects.active().select_related("clinic").order_by("pk")
    pages = [doctor.get_absolute_url() for doctor in doctors[:: max(1, doctors.count() // VISITS)]]
    return {"city": [cities[0], *(f"{cities[0]}?page={n}" for n in range(2, 12)), *cities[1:]], "doctor": pages}


def _queries(path: str) -> int:
    """How many statements a page takes."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["testserver"]
    with CaptureQueriesContext(connection) as asked:
        Client().get(path)
    return len(asked)


if __name__ == "__main__":
    main()
