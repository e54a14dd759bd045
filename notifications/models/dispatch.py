"""Handing a message over to a provider, and what the provider says became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from clinics.sealed import SealedField
from notifications.models.message import Message


class Fate(models.IntegerChoices):
    """What became of a dispatch. A number never goes down: receipts come twice and in any order."""

    TRYING = 0, "Being handed over"
    UNKNOWN = 10, "Perhaps taken"
    ACCEPTED = 20, "Taken by the provider"
    SENT = 30, "On its way"
    FAILED = 35, "Failed"
    DELIVERED = 40, "Delivered"
    READ = 50, "Read"


class Dispatch(models.Model):
    """One handing over of a message to one provider: its exact text, what it cost (paise), and its fate.

    Its key travels in the address the provider calls back, so that a receipt finds it even where the provider's
    answer, with the provider's own key, was never heard.
    """

    Fate = Fate

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="dispatches")
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Message.Kind)
    channel = models.CharField(max_length=12)
    account = models.CharField(max_length=60, blank=True, help_text="Whose account with the provider.")
    provider_id = models.CharField(max_length=80, blank=True, help_text="The provider's own key.")
    text = SealedField(help_text="Word for word as it was handed over.")
    template = models.CharField(max_length=60, blank=True, help_text="The registered template it was made from.")
    segments = models.PositiveSmallIntegerField(default=1)
    cost_paise = models.PositiveIntegerField(default=0)
    fate = models.PositiveSmallIntegerField(choices=Fate, default=Fate.TRYING)
    started_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    error_code = models.CharField(max_length=20, blank=True)
    error = models.CharField(max_length=200, blank=True, help_text="The provider's reason.")

    class Meta:
        ordering = ["-started_at"]
        verbose_name_plural = "dispatches"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "provider_id"], condition=~Q(provider_id=""), name="one_dispatch_per_provider_key"
            ),
            models.UniqueConstraint(
                fields=["message"], condition=Q(fate=0), name="one_message_is_handed_over_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(fate__in=[int(it) for it in Fate]), name="dispatches_have_a_known_fate"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["clinic", "started_at"], name="dispatches_of_a_clinic")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.channel}, {self.get_fate_display().lower()}"


class Receipt(models.Model):
    """What a provider told us of a dispatch: each thing once, however often it is told."""

    id = models.BigAutoField(primary_key=True)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="receipts", db_index=False)
    fate = models.PositiveSmallIntegerField(choices=Fate)
    error_code = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dispatch", "fate"], name="each_receipt_once")]

    def __str__(self) -> str:
        return self.get_fate_display()
