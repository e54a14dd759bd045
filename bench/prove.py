"""`make prove [P="P2 P3 …"]`: one line a promise: the promise, ok or FAIL or not yet, and the figure measured."""

import importlib
import importlib.util
import sys
import traceback

from bench.stack import database

PROMISES = {
    "P1": "no duplicate, gap, double booking or lost commit in 3,200 mixed operations with 3 kills",
    "P1-day": "8 hours of 20 doctors and 2,000 patients over HTTP: no wrong state, every open page as a fresh load",
    "P2": "at least 100 tokens/s on one queue, p99 within 250 ms, 32 clients",
    "P3": "20 identical confirms make 1 booking and say the same token",
    "P4": "Redis away for 5 min: 99.9 % of requests succeed, no message lost",
    "P5": "PostgreSQL killed under load: no committed row lost, serving within 5 s",
    "P6": "workers killed at 8 points: none of 10,000 messages missing",
    "P7": "two crons or none: no double reminder, all due ones within 60 s",
    "P8": "phone codes: 5 tries, one browser, used once under 50 threads",
    "P9": "10,000 hostile code requests stay within the budget",
    "P10": "security limits are exact under 64 threads and forged headers",
    "P11": "another clinic's staff get 404 and no byte on every address",
    "P12": "a query without a clinic raises; no row points across clinics",
    "P13": "audit and token events cannot be changed unnoticed",
    "P14": "dump, Redis and logs hold none of 1,000 names and phones",
    "P15": "strict content security policy, no violation, no console error",
    "P16": "no formula cells; PDF opens no socket and no foreign file",
    "P17": "webhooks: forged refused, repeated and shuffled once and in order",
    "P18": "no page or socket without the second factor where required",
    "P19": "rolling restart: no failed request, 500 sockets back within 10 s",
    "P20": "migrations on a million appointments: no failed request, no stall over 2 s",
    "P21": "restore: at most 5 min lost, back within 15 min",
    "P22": "erasure and withdrawal of consent, in time and without a trace",
    "P23": "messages match their templates; the 24 h window is exact",
    "P24": "accessible (WCAG 2.2 AA), by keyboard alone, on every page",
}


def main(wanted: list[str]) -> int:
    """Check the promises named, or all; returns 1 when one is broken."""
    if unknown := [name for name in wanted if name not in PROMISES]:
        sys.exit(f"There is no {', '.join(unknown)}; there is {', '.join(PROMISES)}.")
    names = wanted or list(PROMISES)
    checks = {name for name in names if importlib.util.find_spec(_module(name))}
    if not checks:
        return _report(names, {})
    with database():
        return _report(names, {name: importlib.import_module(_module(name)) for name in checks})


def _module(name: str) -> str:
    """Where a promise is checked."""
    return f"bench.prove_{name.lower().replace('-', '_')}"


def _report(names: list[str], checks: dict[str, object]) -> int:
    broken = 0
    for name in names:
        kept, figure = _check(checks[name]) if name in checks else (None, PROMISES[name])
        broken += kept is False
        print(f"{name:<6} {'not yet' if kept is None else 'ok' if kept else 'FAIL':<8} {figure}", flush=True)
    return 1 if broken else 0


def _check(module: object) -> tuple[bool, str]:
    """A check that breaks down has not shown that the promise is kept."""
    try:
        return module.run()
    except Exception as error:
        traceback.print_exc()
        return False, f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
