"""What the tests of another rule for late arrivals have in common: the rule in force, and a day that is over."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from clinics.models import LatePolicy
from tests import cast
from tests.clock import clock_at
from tests.reception import Kind
from tokens import services
from tokens.late import Rule
from tokens.models import Queue

NOW = Rule(15, LatePolicy.AFTER, 3, 3)


def yesterday(*, doctor: Any, by: Any) -> Queue:
    """Four were booked for ten to half past; the first came at 10:25, when the others waited. All were seen from 11."""
    day = timezone.localdate() - timedelta(days=1)
    with clock_at(f"{day} 09:00") as clock:
        queue = cast.queue(doctor=doctor)
        for past in range(4):
            due_at = clock.now + timedelta(minutes=60 + 10 * past)
            patient = cast.patient(phone=None)
            services.issue(queue=queue, patient=patient, kind=Kind.BOOKED, due_at=due_at, by=None)
        clock.set(f"{day} 10:20")
        for number in (2, 3, 4):
            services.mark_arrived(queue=queue, number=number, by=by)
        services.mark_late(queue=queue, number=1, by=by)
        clock.set(f"{day} 10:25")
        services.mark_arrived(queue=queue, number=1, by=by)
        clock.set(f"{day} 11:00")
        for _ in range(4):
            inside = queue.tokens.consulting().first()
            services.call_next(queue=queue, by=by, seen=inside.number if inside else None)
            clock.pass_(minutes=10)
        services.complete(queue=queue, by=by, seen=1)
    return queue
