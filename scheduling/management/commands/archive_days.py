"""Move the times of days long over out of the calendar. Safe to stop at any moment: run again, it goes on."""

import time
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduling.archive import KEPT, move_days


class Command(BaseCommand):
    """manage.py archive_days [--keep 30] [--pause 0]: idempotent."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep", type=int, default=KEPT, help="How many days before today stay, at least 1.")
        parser.add_argument("--pause", type=float, default=0, help="Seconds to rest after each batch.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] < 1 or options["pause"] < 0:
            raise CommandError("Keep one day at least, and pause for no less than 0 seconds.")
        self.times = self.days = 0
        try:
            for day, batches in groupby(move_days(keep=options["keep"]), key=lambda moved: moved[0]):
                self._of_a_day(day, batches, options["pause"])
        except KeyboardInterrupt:
            self._say(f"Stopped. {self._sum()} Nothing is half moved: run this again, and it goes on.")
            raise SystemExit(130) from None
        self._say(self._sum())

    def _of_a_day(self, day: Any, batches: Any, pause: float) -> None:
        moved = 0
        self.days += 1
        for _, times in batches:
            moved += times
            self.times += times
            time.sleep(pause)
        self._say(f"{day:%Y-%m-%d}  {_many(moved, 'time')}")

    def _sum(self) -> str:
        return f"{_many(self.times, 'time')} of {_many(self.days, 'day')} moved."

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
