"""What the clock does to queues; every job may run twice, or late."""

from datetime import timedelta

from django.db.models import Min
from django.utils import timezone

from clinics.models import Clinic
from tokens import aftercare, nearing, services, sheets
from tokens.models import Queue
from tokens.services.arriving import overdue_tokens
from tokens.states import State

OPENS_BEFORE = timedelta(minutes=60)  # a day opens an hour before its first patient is due


def mark_late() -> int:
    """Mark those late who were expected at the desk and whose grace has passed; returns how many."""
    marked = 0
    waiting = (
        Queue.objects.filter(
            clinic__status=Clinic.Status.APPROVED, clinic__checks_people_in=True, closed_at=None,
            date__gte=timezone.localdate() - timedelta(days=1), date__lte=timezone.localdate() + timedelta(days=1),
            doctor_state=Queue.DoctorState.CONSULTING,
        )
        .filter(tokens__state=State.BOOKED, tokens__due_at__lt=timezone.now())
        .select_related("clinic", "doctor")
        .distinct()
    )  # fmt: skip
    for queue in waiting:
        if overdue_tokens(queue):  # asked again under the lock
            marked += services.mark_overdue(queue=queue)
    return marked


def tell_near() -> int:
    """Tell those whose turn has come near; returns how many."""
    return nearing.tell_near()


def tell_follow_ups() -> int:
    """Tell those who should come back these days; returns how many."""
    return aftercare.tell_follow_ups()


def tell_thanks() -> int:
    """Ask those whose visit is over how it was; returns how many."""
    return aftercare.tell_thanks()


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


def sweep_sheets() -> int:
    """Have made what was asked for and lost, and throw away what is a day old; returns how many were lost."""
    return sheets.sweep()
