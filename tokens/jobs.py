"""What the clock does to queues; every job may run twice, or late."""

from datetime import timedelta

from django.db.models import Min
from django.utils import timezone

from clinics.models import Clinic
from tokens import services
from tokens.models import Queue

OPENS_BEFORE = timedelta(minutes=60)  # a day opens an hour before its first patient is due


def open_days() -> int:
    """Open today's queues of clinics that do not check people in, before their first patient; returns how many."""
    opened = 0
    for clinic in Clinic.objects.approved().filter(checks_people_in=False):
        ready = (
            Queue.objects.filter(clinic=clinic, date=clinic.today(), opened_at=None)
            .annotate(first=Min("tokens__due_at"))
            .filter(first__lte=timezone.now() + OPENS_BEFORE)
        )
        for queue in ready:
            services.open_day(queue=queue)
            opened += 1
    return opened
