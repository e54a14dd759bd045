"""Resting a way to a provider that fails: messages wait, or go another way, instead of being tried in vain."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from notifications import alerts
from notifications.models import Alert, Line

MANY = 5  # failures in a row
REST = timedelta(seconds=20)


def works(name: str) -> None:
    """A provider has taken something: whatever was wrong is over."""
    if Line.objects.filter(name=name, failures__gt=0).update(failures=0, rests_until=None, error=""):
        alerts.over(Alert.Kind.PROVIDER, subject=name)
        alerts.over(Alert.Kind.CREDENTIALS, subject=name)


def fails(name: str, why: str, *, after: float = 0.0) -> None:
    """A provider has failed: after several times in a row, or when it asks for it, nobody tries it for a while."""
    line, _ = Line.objects.get_or_create(name=name)
    Line.objects.filter(name=name).update(failures=F("failures") + 1, error=why[:200])
    line.refresh_from_db()
    rest = timedelta(seconds=after) if after else REST
    if after or line.failures >= MANY:
        Line.objects.filter(name=name).update(rests_until=timezone.now() + rest)
    if line.failures == MANY:
        alerts.notice(Alert.Kind.PROVIDER, said=f"{name} has failed {MANY} times in a row: {why}", subject=name)
