"""A doctor's day as a queue."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils import timezone

from clinics.models import Clinic
from doctors.models import Doctor


class QueueQuerySet(models.QuerySet["Queue"]):
    """Queues by day."""

    def on(self, day: date) -> QueueQuerySet:
        """Those of one date of the clinic."""
        return self.filter(date=day)


class Queue(models.Model):
    """One doctor's day: the counter of its numbers, the doctor's state, and the version of its screens."""

    class DoctorState(models.TextChoices):
        NOT_ARRIVED = "not_arrived", "Not arrived"
        CONSULTING = "consulting", "Consulting"
        ON_BREAK = "on_break", "On a break"
        CALLED_AWAY = "called_away", "Called away"
        LEFT = "left", "Left"

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="queues", db_index=False)
    doctor = models.ForeignKey(
        Doctor, on_delete=models.PROTECT, related_name="queues", db_index=False, db_constraint=False
    )
    date = models.DateField()
    last_number = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    doctor_state = models.CharField(max_length=12, choices=DoctorState, default=DoctorState.NOT_ARRIVED)
    doctor_state_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=160, blank=True, help_text="What changed last, as patients may read it.")
    note_at = models.DateTimeField(null=True)

    objects = QueueQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "doctor"]
        constraints = [
            models.UniqueConstraint(fields=["doctor", "date"], name="one_queue_per_doctor_and_day"),
            models.UniqueConstraint(fields=["clinic", "id"], name="queue_of_a_clinic"),
        ]
        indexes = [models.Index(fields=["clinic", "date"], name="queues_of_a_clinics_day")]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.date:%d %b %Y}"

    def say(self, note: str) -> None:
        """Tell the patients of this queue what changed, in one sentence without anybody's name."""
        self.note, self.note_at = note, timezone.now()

    def set_doctor_state(self, state: str) -> None:
        """Note where the doctor is; the caller saves."""
        self.doctor_state, self.doctor_state_at = state, timezone.now()
