"""A clinic's own way of telling people: which kinds, from which account, for how much."""

from __future__ import annotations

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from uuid6 import uuid7

from clinics.models import Clinic
from clinics.sealed import SealedField
from notifications.kinds import CLINICS, KINDS, Kind


def usual_kinds() -> list[str]:
    """What a clinic sends that has chosen nothing."""
    return [str(kind) for kind in CLINICS if not KINDS[kind].by_choice]


class Policy(models.Model):
    """What a clinic sends. Without a row: the usual kinds, and no cap. Money is in paise."""

    clinic = models.OneToOneField(Clinic, on_delete=models.CASCADE, primary_key=True, related_name="message_policy")
    kinds = ArrayField(
        models.CharField(max_length=12, choices=Kind), null=True, blank=True, help_text="Empty: the usual ones."
    )
    evening_at = models.TimeField("evening reminders at", default=time(18))
    near_ahead = models.PositiveSmallIntegerField(
        "“your turn is near” when", default=3, help_text="So many are ahead in line."
    )
    thanks_after = models.PositiveSmallIntegerField(
        "thank-you after", default=60, help_text="Minutes after the visit."
    )  # fmt: skip
    monthly_cap_paise = models.PositiveIntegerField(
        "monthly cap", null=True, blank=True, help_text="What messages may cost a month; empty: no cap."
    )

    class Meta:
        verbose_name = "messages of a clinic"
        verbose_name_plural = "messages of clinics"
        constraints = [
            models.CheckConstraint(
                condition=Q(evening_at__gte=time(12), evening_at__lte=time(20, 30)),
                name="evening_reminders_come_before_the_quiet_hours",
            ),
            models.CheckConstraint(condition=Q(near_ahead__gte=1, near_ahead__lte=30), name="near_is_not_far"),
        ]

    def __str__(self) -> str:
        return f"Messages of {self.clinic}"

    @property
    def chosen(self) -> list[str]:
        """The kinds this clinic sends."""
        return usual_kinds() if self.kinds is None else self.kinds


class Sender(models.Model):
    """A clinic's own account with the provider, in place of the platform's. Prices are paise for each message part."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.OneToOneField(Clinic, on_delete=models.CASCADE, related_name="message_sender")
    account_sid = models.CharField("Twilio account", max_length=40)
    auth_token = SealedField()
    sms_from = models.CharField(
        "SMS from", max_length=40, blank=True, help_text="A number, a DLT header, or a messaging service (MG…)."
    )
    whatsapp_from = models.CharField("WhatsApp from", max_length=20, blank=True, help_text="+91…")
    sms_paise = models.PositiveSmallIntegerField("price of an SMS part", default=25, help_text="In paise.")
    whatsapp_paise = models.PositiveSmallIntegerField("price of a WhatsApp message", default=15, help_text="In paise.")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(sms_from="") | ~Q(whatsapp_from=""), name="senders_can_send_something"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Sender of {self.clinic}"


class Spending(models.Model):
    """What a clinic's messages cost in a month, in paise: the row under whose lock the cap is kept."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField(help_text="Its first day.")
    paise = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "month"], name="one_sum_per_clinic_and_month"),
        ]

    def __str__(self) -> str:
        return f"{self.clinic}, {self.month:%b %Y}"
