"""Make the bookable times of the coming days."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from scheduling.slots import DAYS_AHEAD, make_slots


class Command(BaseCommand):
    """manage.py make_slots [--days 90]: idempotent."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=DAYS_AHEAD)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{make_slots(days=options['days'])} new slots")
