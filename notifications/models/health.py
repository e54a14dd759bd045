"""Whether the providers are well, and what staff must know."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinics.models import Clinic, User


class Line(models.Model):
    """A way to a provider by one account: how often it has failed in a row, and until when nobody tries it."""

    name = models.CharField(max_length=80, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """Something staff should look after, open until it is over or somebody has seen to it."""

    class Kind(models.TextChoices):
        PROVIDER = "provider", "A provider does not answer"
        CREDENTIALS = "credentials", "A provider refuses our credentials"
        NO_WAY = "no_way", "There is no way to send messages"
        TEMPLATE = "template", "A template is not registered, or does not fit"
        DEAD = "dead", "Messages that reached nobody"
        CAP_NEAR = "cap_near", "The monthly cap is near"
        CAP = "cap", "The monthly cap is reached"
        CODES = "codes", "Codes are paused: too many are asked for"

    kind = models.CharField(max_length=12, choices=Kind)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    subject = models.CharField(max_length=80, blank=True, help_text="What exactly: a provider, a template, a month.")
    said = models.CharField(max_length=300)
    count = models.PositiveIntegerField(default=1, help_text="How often it was noticed.")
    opened_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "clinic", "subject"], condition=Q(closed_at=None), nulls_distinct=False,
                name="one_open_alert_about_a_thing",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.get_kind_display()
