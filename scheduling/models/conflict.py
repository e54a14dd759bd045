"""Visits that a change of the calendar has left without their doctor."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from doctors.models import Doctor
from scheduling.models.appointment import Appointment
from scheduling.models.hold import Hold


class ConflictQuerySet(models.QuerySet["Conflict"]):
    """Conflicts by what is still to be done."""

    def open(self) -> ConflictQuerySet:
        """Not settled: the patient may be waiting for the clinic's word."""
        return self.filter(state__in=Conflict.OPEN)


class Conflict(models.Model):
    """An appointment at a time at which its doctor is away now. Nothing is cancelled by itself.

    The patient is told, with an alternative kept for them, and chooses: wait, move, or cancel. Reception sees how far
    it is.
    """

    class State(models.TextChoices):
        FOUND = "found", "Not answered"
        WAITING = "waiting", "Waits for the clinic"
        MOVED = "moved", "Moved"
        CANCELLED = "cancelled", "Cancelled"
        RESTORED = "restored", "The doctor is there after all"
        OVER = "over", "The time has passed"

    OPEN = (State.FOUND, State.WAITING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="conflicts", db_index=False)
    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="conflicts", db_index=False, db_constraint=False
    )
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="conflicts", db_index=False)
    why = models.CharField(max_length=120, help_text="As the patient reads it: Dr Rao is on leave.")
    alternative = models.ForeignKey(Hold, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.FOUND)
    found_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = ConflictQuerySet.as_manager()

    class Meta:
        ordering = ["found_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"], condition=Q(state__in=["found", "waiting"]),
                name="one_open_conflict_per_appointment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["found", "waiting"], settled_at=None)
                | (~Q(state__in=["found", "waiting"]) & Q(settled_at__isnull=False)),
                name="settled_conflicts_say_when",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["clinic", "found_at"], name="conflicts_of_a_clinic"),
            models.Index(fields=["appointment"], name="conflicts_of_an_appointment"),
            models.Index(fields=["alternative"], name="conflicts_by_alternative"),
        ]

    def __str__(self) -> str:
        return f"{self.appointment}: {self.get_state_display()}"
