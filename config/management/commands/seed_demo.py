"""Fill an empty database with the Kerala demo."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from clinics.models import Clinic
from config.demo import cast
from config.demo.bulk import checked_at_the_end
from config.demo.clinics import make_clinics, make_places
from config.demo.doctors import make_doctors, make_specialties
from config.demo.families import make_families
from config.demo.messages import make_messages
from config.demo.moments import since_epoch
from config.demo.past import Calendar, tell
from config.demo.today import Followed
from scheduling.bookability import reassess
from scheduling.models import Appointment, Slot
from scheduling.slots import DAYS_AHEAD, make_slots
from tokens.models import Queue, QueueEvent, Token, TokenEvent

MANY = 500  # doctors; with more, the past is short unless it is asked for
VISITS_A_DAY, VISITS_OF_A_PATIENT = 16, 4


class Command(BaseCommand):
    """manage.py seed_demo [--doctors 120] [--days 90] [--history 30] [--seed 1]: all of it or nothing."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--doctors", type=int, default=120, help=f"How many doctors, at least {cast.SMALLEST}.")
        parser.add_argument("--days", type=int, default=DAYS_AHEAD, help="How many days of bookable times.")
        parser.add_argument("--history", type=int, help=f"How many past days: 30, or 3 above {MANY} doctors.")
        parser.add_argument("--seed", type=int, default=1, help="Another seed gives another Kerala.")
        parser.add_argument("--password", help="Of everybody who signs in; required where DEBUG is off.")

    def handle(self, *args: Any, **options: Any) -> None:
        doctors, days, history = options["doctors"], options["days"], options["history"]
        if history is None:
            history = 30 if doctors <= MANY else 3
        if doctors < cast.SMALLEST:
            raise CommandError(f"The demo has at least {cast.SMALLEST} doctors: its first three clinics have so many.")
        if days < 1 or history < 0:
            raise CommandError("Give at least one day of bookable times, and no fewer than 0 past days.")
        password = options["password"] or (cast.PASSWORD if settings.DEBUG or settings.TESTING else None)
        if password is None:
            raise CommandError("Everybody knows the demo's password and DEBUG is off: give one with --password.")
        if Clinic.objects.exists():
            raise CommandError("This database has clinics already, and the demo only fills an empty one.")
        self.began = time.monotonic()
        with transaction.atomic(), checked_at_the_end(Slot, Queue, Token, TokenEvent, QueueEvent, Appointment):
            self._fill(doctors, days, history, options["seed"], make_password(password))
        if not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM (ANALYZE)")
        self._say("Ready.")

    def _fill(self, doctors: int, days: int, history: int, seed: int, password: str) -> None:
        """Everything, in the order in which it depends on each other."""
        rng, now, today = random.Random(seed), timezone.now(), timezone.localdate()
        began = now - timedelta(days=history + 60)
        clinics = make_clinics(rng, doctors=doctors, cities=make_places(), password=password, now=began)
        practices = make_doctors(rng, clinics=clinics, kinds=make_specialties(), password=password, now=began)
        self._say(f"{len(clinics)} clinics, {len(practices)} doctors")
        by_city: dict[str, int] = {}
        for practice in practices:
            by_city[practice.clinic.city.slug] = by_city.get(practice.clinic.city.slug, 0) + 1
        patients = doctors * VISITS_A_DAY * (history + 2) // VISITS_OF_A_PATIENT
        families = make_families(rng, patients=patients, cities=by_city, today=today, now=began, say=self._say)
        self._say(f"{sum(len(pool.everybody) for pool in families.pools.values())} patients")
        self._say(f"{make_slots(days=days + history, first=today - timedelta(days=history))} slots")
        followed = Followed(families.cast, today, since_epoch(now))
        calendar = Calendar(seed, today, since_epoch(now), families, followed)
        self._say(f"{tell(calendar, practices, history=history, days=days, say=self._say)} tokens")
        self._say(f"{make_messages(seed, now, days=history)} messages of Lake Clinic")
        self._say(f"{reassess()} doctors can be booked, or say why not")

    def _say(self, line: str) -> None:
        """Tell whoever waits how far it is."""
        self.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {line}")
        self.stdout.flush()
