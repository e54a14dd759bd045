"""The end of a visit's day: who was seen has been, and who was not did not come."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

AT_A_TIME = 2000  # visits a statement
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
