"""Prove that what was written down of each queue gives what the tables say."""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clinics.models import Clinic
from tokens.models import Queue
from tokens.verifying import verify


class Command(BaseCommand):
    """manage.py verify_queues [--clinic SLUG] [--days N | --date D] [--quiet]: reads only; 1 where anything differs.

    Old days are compared as far as they were written down: see tokens.verifying.verify.
    """

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", help="The slug of one clinic; otherwise all.")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--days", type=int, help="The queues of today and so many days before.")
        which.add_argument("--date", type=date.fromisoformat, help="The queues of one day: 2026-11-24.")
        parser.add_argument("--quiet", action="store_true", help="Say nothing where nothing differs.")

    def handle(self, *args: Any, **options: Any) -> None:
        queues = Queue.objects.all()
        if options["clinic"]:
            if not Clinic.objects.filter(slug=options["clinic"]).exists():
                raise CommandError(f"There is no clinic {options['clinic']}.")
            queues = queues.filter(clinic__slug=options["clinic"])
        if options["date"]:
            queues = queues.on(options["date"])
        if options["days"] is not None:
            if options["days"] < 0:
                raise CommandError("Give 0 days (today alone) or more.")
            today = timezone.localdate()
            queues = queues.filter(date__range=(today - timedelta(days=options["days"]), today))
        counts, differences = [0, 0, 0], 0
        for found in verify(queues):
            for difference in found.differences:
                self.stdout.write(str(difference))
            differences += len(found.differences)
            counts = [sum(pair) for pair in zip(counts, (found.queues, found.tokens, found.events), strict=True)]
        total = "{:,} queues, {:,} tokens, {:,} events replayed: ".format(*counts)
        if differences:
            raise CommandError(f"{total}{differences:,} difference{'s' * (differences != 1)}.")
        if not options["quiet"]:
            self.stdout.write(f"{total}no difference.")
