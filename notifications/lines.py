"""Resting a way to a provider that fails: messages wait, or go another way, instead of being tried in vain."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from notifications import alerts
from notifications.accounts import OWN
from notifications.models import Alert, Line

MANY = 5  # failures in a row
REST = timedelta(seconds=20)


def owner(name: str) -> int | None:
    """The clinic whose own account it is, which alone can put it right; None for the platform's."""
    _, _, clinic_id = name.partition(f":{OWN}")
    return int(clinic_id) if clinic_id else None


def works(name: str) -> None:
    """A provider has taken something: whatever was wrong is over."""
    if Line.objects.filter(name=name, failures__gt=0).update(failures=0, rests_until=None, error=""):
        alerts.over(Alert.Kind.PROVIDER, clinic_id=owner(name), subject=name)
        alerts.over(Alert.Kind.CREDENTIALS, clinic_id=owner(name), subject=name)


def fails(name: str, why: str, *, after: float = 0.0) -> None:
    """A provider has failed: after several times in a row, or when it asks for it, nobody tries it for a while."""
    line, _ = Line.objects.get_or_create(name=name)
    Line.objects.filter(name=name).update(failures=F("failures") + 1, error=why[:200])
    line.refresh_from_db()
    rest = timedelta(seconds=after) if after else REST
    if after or line.failures >= MANY:
        Line.objects.filter(name=name).update(rests_until=timezone.now() + rest)
    if line.failures >= MANY:  # and again at every failure: closed by hand while it lasts, the alert opens anew
        said = f"{name} has failed {line.failures} times in a row: {why}"
        alerts.notice(Alert.Kind.PROVIDER, said=said, clinic_id=owner(name), subject=name)
