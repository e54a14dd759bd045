"""The end of a visit's day: who was seen has been, and who was not did not come."""

import time
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clinics import audit
from clinics.models import User
from scheduling.models import Appointment
from tokens import services as tokens
from tokens.models import Queue, Token, TokenError
from tokens.states import State

AT_A_TIME = 2000  # visits a statement
WEEK = timedelta(days=7)  # a day that nobody closed by then is left as it is
FARTHEST = timedelta(hours=14)  # of all clocks, that is the one that is first in a new day

# By the index on those not closed; whose row somebody else has locked just now comes the next time.
_CLOSE = """
    WITH over AS MATERIALIZED (
        SELECT visit.id, coalesce(token.state IN ('completed', 'consulting'), false) AS was_seen
        FROM scheduling_appointment AS visit
        JOIN clinics_clinic AS clinic ON clinic.id = visit.clinic_id
        LEFT JOIN tokens_token AS token ON token.id = visit.token_id
        WHERE visit.state IN ('pending', 'confirmed') AND visit.date < %(latest)s
          AND visit.date < (%(now)s::timestamptz AT TIME ZONE clinic.timezone)::date
        ORDER BY visit.date LIMIT %(many)s FOR UPDATE OF visit SKIP LOCKED
    )
    UPDATE scheduling_appointment AS visit SET state = CASE WHEN over.was_seen THEN 'completed' ELSE 'missed' END
    FROM over WHERE visit.id = over.id
"""


def close_visits() -> int:
    """Sweep: visits that still stand although their day is over become completed, or missed; returns how many.

    Whoever was inside when the day ended was seen. May run twice, at once or late.
    """
    now, closed = timezone.now(), 0
    given = {"now": now, "latest": (now + FARTHEST).date(), "many": AT_A_TIME}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE, given)
            closed += cursor.rowcount
            if cursor.rowcount < AT_A_TIME:
                return closed


def close_day(*, queue: Queue, by: User | None) -> list[Token]:
    """Close a doctor's day: who did not come is marked, their appointments are missed, and the numbers stay.

    Returns those who were not seen. Raises TokenError, in words, by hand while somebody is still here.
    """
    standing = Appointment.objects.active().filter(token__queue=queue)
    with transaction.atomic():
        list(standing.order_by("pk").select_for_update(of=("self",)).values_list("pk"))  # before the queue, as always
        left = tokens.close_day(queue=queue, by=by)
        seen = Q(token__state=State.COMPLETED)
        _mark(standing.filter(seen), Appointment.State.COMPLETED)
        _mark(standing.exclude(seen), Appointment.State.MISSED)
        audit.record("day.closed", clinic=queue.clinic, by=by, about=queue, missed=len(left))
    return left


def _mark(visits: QuerySet[Appointment], state: str) -> None:
    Appointment.objects.filter(pk__in=list(visits.values_list("pk", flat=True))).update(state=state)


def close_days(*, lasts: float = 60.0) -> int:
    """Sweep: close the days that are over and that nobody works on any more, for so many seconds; returns how many."""
    until, closed = time.monotonic() + lasts, 0
    over = Queue.objects.filter(
        closed_at=None, date__lt=(timezone.now() + FARTHEST).date(), date__gte=timezone.localdate() - WEEK
    )
    for queue in over.select_related("clinic", "doctor").order_by("date", "pk").iterator(chunk_size=200):
        if queue.is_over:
            try:
                close_day(queue=queue, by=None)
            except TokenError:  # somebody else has closed it
                continue
            closed += 1
        if time.monotonic() > until:
            break
    return closed
