"""What the tables say of some queues, for the checker of histories; and slots of today that can still be booked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from bench.data import Practice
from bench.history import Event, Slot, Tables, Token, Visit


def read(queues: Collection[int]) -> Tables:
    """Everything of these queues."""
    from scheduling import models as calendar
    from tokens import models

    days = models.Queue.objects.filter(pk__in=queues)
    of = {"queue__in": queues}
    events = models.TokenEvent.objects.filter(**of).order_by("pk").values_list(
        "queue", "token__number", "action", "verb", "by", "from_state", "to_state"
    )  # fmt: skip
    visits = calendar.Appointment.objects.filter(token__queue__in=queues).values_list(
        "slot", "token__queue", "token__number", "patient", "state"
    )
    slots = calendar.Slot.objects.filter(doctor__in=days.values("doctor"))
    tokens = models.Token.objects.filter(**of).values_list("queue", "number", "patient", "kind", "state")
    return Tables(
        last=dict(days.values_list("pk", "last_number")),
        closed=set(days.exclude(closed_at=None).values_list("pk", flat=True)),
        reserved=set(models.ReservedNumber.objects.filter(**of).values_list("queue", "number")),
        tokens=[Token(*row) for row in tokens],
        events=[Event(*row) for row in events],
        slots=[Slot(*row) for row in slots.values_list("pk", "capacity", "booked", "held")],
        visits=[Visit(*row) for row in visits],
    )


def let_slots_be_ahead(practices: Sequence[Practice], *, first: timedelta = timedelta(hours=1)) -> None:
    """Move today's slots of these doctors: the first begins so long from now, whatever the hour is."""
    from django.db import connection

    # In two steps, the first far away: on the way no two of a doctor may overlap.
    move = (
        "UPDATE scheduling_slot s SET starts_at = s.starts_at + by.span, ends_at = s.ends_at + by.span "
        "FROM (SELECT doctor_id, %(to)s::timestamptz - min(starts_at) AS span FROM scheduling_slot "
        "WHERE doctor_id = ANY(%(doctors)s) GROUP BY doctor_id) AS by WHERE s.doctor_id = by.doctor_id"
    )
    from django.utils import timezone

    doctors = [practice.doctor for practice in practices]
    with connection.cursor() as cursor:
        for to in (timezone.now() + timedelta(days=90), timezone.now() + first):
            cursor.execute(move, {"to": to, "doctors": doctors})
