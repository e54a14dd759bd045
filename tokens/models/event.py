"""Everything that happened to a queue and its tokens. Never changed, never deleted: the database refuses."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic, User
from tokens.models.queue import Queue
from tokens.states import State


class Action:
    """One press of a button: the events it causes share its id, so that undo takes back all of them."""

    __slots__ = ("id", "undoes", "verb")

    def __init__(self, verb: str, *, undoes: UUID | None = None) -> None:
        self.id = uuid7()
        self.verb = verb
        self.undoes = undoes


class TokenEvent(models.Model):
    """One change of one token: who, when, from, to, why. Never changed, never deleted: the database refuses."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    token = models.ForeignKey(
        "tokens.Token", on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    action = models.UUIDField(help_text="The press of a button it belongs to.")
    undoes = models.UUIDField(null=True, help_text="The action this one took back.")
    verb = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    from_state = models.CharField(max_length=10, choices=State, blank=True)
    to_state = models.CharField(max_length=10, choices=State)
    due_at = models.DateTimeField()
    is_first = models.BooleanField(default=False)
    placed = models.CharField(max_length=8, blank=True, db_default="")
    why = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["queue", "id"], name="events_of_a_queue"),
            models.Index(fields=["token", "id"], name="events_of_a_token"),
        ]

    def __str__(self) -> str:
        return f"{self.verb}: {self.from_state or 'new'} → {self.to_state}"


class QueueEvent(models.Model):
    """One change of a doctor's day itself: where the doctor is, how late, opened or closed; with what it led to."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, related_name="day_events", db_index=False, db_constraint=False
    )
    action = models.UUIDField(help_text="The press of a button it belongs to.")
    undoes = models.UUIDField(null=True, help_text="The action this one took back.")
    verb = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    doctor_state = models.CharField(max_length=12, choices=Queue.DoctorState)
    doctor_state_at = models.DateTimeField(null=True)
    back_at = models.DateTimeField(null=True)
    late_minutes = models.PositiveSmallIntegerField(default=0)
    is_closed = models.BooleanField(default=False)
    why = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["queue", "id"], name="events_of_a_day")]

    def __str__(self) -> str:
        return f"{self.verb}: {self.get_doctor_state_display()}"

    @classmethod
    def write(cls, queue: Queue, *, by: User | None, action: Action, why: str = "") -> QueueEvent:
        """Keep how a day stands after a change."""
        return cls.objects.create(
            clinic_id=queue.clinic_id, queue=queue, action=action.id, verb=action.verb, undoes=action.undoes,
            at=timezone.now(), by=by, doctor_state=queue.doctor_state, doctor_state_at=queue.doctor_state_at,
            back_at=queue.back_at, late_minutes=queue.late_minutes, is_closed=queue.closed_at is not None, why=why,
        )  # fmt: skip
