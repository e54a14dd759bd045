"""`make bench [B="name …"]`: run the measuring modules `bench_*.py`, one JSON object a line."""

import importlib
import json
import sys
from pathlib import Path

from bench.stack import database

FIELDS = ("name", "value", "unit", "limit", "ratio", "target", "ok")


def main(wanted: list[str]) -> int:
    """Run the modules named, or all; returns 1 when a figure missed its target."""
    modules = {path.stem.removeprefix("bench_"): path.stem for path in sorted(Path(__file__).parent.glob("bench_*.py"))}
    if unknown := set(wanted) - set(modules):
        sys.exit(f"There is no {', '.join(sorted(unknown))}; there is: {', '.join(modules) or 'nothing yet'}.")
    good = True
    with database():
        for name in wanted or modules:
            for figure in importlib.import_module(f"bench.{modules[name]}").run():
                print(json.dumps(dict.fromkeys(FIELDS) | figure, ensure_ascii=False), flush=True)
                good = good and figure.get("ok") is not False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
