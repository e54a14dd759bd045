"""What a phone wants to be told, and by which ways it can be."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from uuid6 import uuid7

from clinics.sealed import SealedField
from notifications.models.template import Language

WINDOW = timedelta(hours=24)  # from the last word of a person, WhatsApp lets us write freely


class Contact(models.Model):
    """A phone's choices, under its blind index. Without a row: every way is tried, nothing is stopped."""

    phone_key = models.BinaryField(unique=True, editable=False)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    by_push = models.BooleanField(default=True)
    by_whatsapp = models.BooleanField(default=True)
    stopped_at = models.DateTimeField(null=True, help_text="Since when only what is essential is sent.")
    stopped_clinics = ArrayField(
        models.BigIntegerField(), default=list, db_default=[], blank=True,
        help_text="Clinics of which this phone has stopped all but the essential, by a word to their own numbers.",
    )  # fmt: skip
    wrote_at = models.DateTimeField(null=True, help_text="When this phone last wrote to us by WhatsApp.")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Contact {self.pk}"

    def has_stopped(self, clinic_id: int | None) -> bool:
        """Whether a clinic tells this phone only what is essential: it has stopped everybody, or this one."""
        return self.stopped_at is not None or clinic_id in self.stopped_clinics

    def may_be_written_freely(self, at: datetime) -> bool:
        """Whether WhatsApp's window is open: to the second, 24 hours from the person's last word."""
        return self.wrote_at is not None and at < self.wrote_at + WINDOW


class PushSubscription(models.Model):
    """A browser that asked to be told by web push, as its push service addresses it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="subscriptions")
    endpoint = SealedField()
    endpoint_key = models.BinaryField(unique=True, editable=False, help_text="The blind index of the endpoint.")
    p256dh = SealedField()
    auth = SealedField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"A browser of {self.contact}"
