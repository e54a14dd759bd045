"""The outbox: every message is a row before it is sent, and keeps its fate."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from clinics.sealed import SealedField


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages by what is to be done with them."""

    def due(self) -> "MessageQuerySet":
        """Those that should be sent now: waiting, or claimed by a worker whose lease has run out."""
        now = timezone.now()
        return self.filter(
            Q(state=Message.State.WAITING, due_at__lte=now) | Q(state=Message.State.SENDING, leased_until__lt=now)
        )


class Message(models.Model):
    """One message to one phone: written in the transaction of what it tells, sent after it, its fate recorded."""

    class Kind(models.TextChoices):
        CODE = "code", "Sign-in code"
        BOOKED = "booked", "Booking confirmed"
        MOVED = "moved", "Visit moved"
        CANCELLED = "cancelled", "Visit cancelled"
        ADDED = "added", "Token given at the desk"
        AFFECTED = "affected", "Doctor away at the time"
        TOGETHER = "together", "Booking of a family confirmed"
        OFFERED = "offered", "A freed place offered"
        TO_PAY = "to_pay", "Booking to be paid for"
        DELAYED = "delayed", "Doctor late or away"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        WITHDRAWN = "withdrawn", "Not sent: no longer so"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, null=True, related_name="messages", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    to = SealedField("phone")
    text = SealedField()
    about = models.UUIDField(null=True, editable=False, help_text="The token it speaks of, where that may change.")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    channel = models.CharField(max_length=20, blank=True, help_text="Who carried it, once sent.")
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sending", leased_until__isnull=False)
                | (~Q(state="sending") & Q(leased_until__isnull=True)),
                name="messages_being_sent_have_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="sent_messages_say_when",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["waiting", "sending"]), name="messages_to_send"),
            models.Index(fields=["clinic", "created_at"], name="messages_of_a_clinic"),
            models.Index(fields=["about"], condition=Q(state="waiting", about__isnull=False), name="messages_about"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_state_display().lower()}"
