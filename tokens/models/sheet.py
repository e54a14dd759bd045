"""What a worker prints: a whole day's slips, its list, or a sheet for a power cut."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from clinics.sealed import SealedField
from tokens.models.queue import Queue

LOST = timedelta(seconds=15)  # nobody has begun by then: its job was lost
LEASE = timedelta(seconds=75)  # begun and not finished by then: its worker died


class SheetQuerySet(models.QuerySet["Sheet"]):
    """Sheets by what is to be done with them."""

    def to_make(self) -> SheetQuerySet:
        """Those nobody makes now."""
        free = Q(begun_at=None) | Q(begun_at__lt=timezone.now() - LEASE)
        return self.filter(free, state=Sheet.State.WAITING)

    def lost(self) -> SheetQuerySet:
        """Those whose job or worker is gone."""
        return self.to_make().filter(asked_at__lt=timezone.now() - LOST)


class Sheet(models.Model):
    """A PDF asked for at the desk, made by a worker, and thrown away after a day; sealed, because it holds names."""

    class Kind(models.TextChoices):
        SLIPS = "slips", "Token slips"
        DAY = "day", "The day’s list"
        POWER_CUT = "power", "Power-cut sheet"

    class State(models.TextChoices):
        WAITING = "waiting", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    queue = models.ForeignKey(
        Queue, on_delete=models.CASCADE, related_name="sheets", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=5, choices=Kind)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    pdf = SealedField(null=True, help_text="The document in base64.")
    numbers = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many kept numbers are on a power-cut sheet."
    )
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    begun_at = models.DateTimeField(null=True, help_text="When a worker began to make it.")
    pages = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=160, blank=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="ready", pdf__isnull=False) | (~Q(state="ready") & Q(pdf__isnull=True)),
                name="sheets_that_are_ready_can_be_printed",
            ),
        ]
        indexes = [
            models.Index(fields=["queue", "asked_at"], name="sheets_of_a_queue"),
            models.Index(fields=["asked_at"], name="sheets_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_state_display().lower()}"
