"""What the clock does to codes; every job may run twice, or late."""

from datetime import timedelta

from django.utils import timezone

from notifications import alerts
from notifications.models import Alert
from patients import limits
from patients.models import Challenge, Pin, Quota

CODES_KEPT = timedelta(days=2)  # for whoever asks why a code did not come
PINS_KEPT = timedelta(days=7)
AT_ONCE = 5000


def reopen_codes() -> int:
    """Close the alert that codes are paused once they go out again; returns how many budgets have room."""
    open_again = 0
    for scope in (Quota.Scope.BUDGET, Quota.Scope.RETURNING):
        try:
            limits.must_have_room([limits.budget(scope)])
        except limits.Full:
            continue
        alerts.over(Alert.Kind.CODES, subject=scope)
        open_again += 1
    return open_again


def purge_codes() -> int:
    """Delete the codes, PINs and counts of which nobody needs to know any more; returns how many."""
    now = timezone.now()
    old = [
        Challenge.objects.filter(created_at__lt=now - CODES_KEPT),
        Pin.objects.filter(created_at__lt=now - PINS_KEPT),
        Quota.objects.filter(began_at__lt=now - limits.HOUR),
    ]
    return sum(_delete(rows) for rows in old)


def _delete(rows: object) -> int:
    """A few thousand at a time: nobody waits for a long transaction."""
    deleted = 0
    while found := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        # Once more by its age: a count may have begun anew meanwhile.
        gone = rows.filter(pk__in=found).delete()[0]
        deleted += gone
        if not gone:
            break
    return deleted
