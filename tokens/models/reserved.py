"""Numbers kept back: for VIPs, first visits, phone bookings, or a sheet of paper while the power is out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from doctors.models import Doctor
from tokens.models.codes import new_code
from tokens.models.queue import Queue
from tokens.models.token import Token


class Purpose(models.TextChoices):
    """What a number is kept for."""

    VIP = "vip", "VIP"
    FIRST_VISIT = "first", "First visit"
    PHONE = "phone", "Phone booking"
    POWER_CUT = "power", "Power cut"
    OTHER = "other", "Other"


class ReservedQuerySet(models.QuerySet["ReservedNumber"]):
    """Numbers by what has become of them."""

    def free(self) -> ReservedQuerySet:
        """Those nobody has been given yet."""
        return self.filter(token=None)


class ReservedNumber(models.Model):
    """A number taken from the queue's counter and kept; whoever is given it later takes its address along.

    So a slip printed beforehand leads to the right page, and no other number is used twice or left out.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, related_name="reserved", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    purpose = models.CharField(max_length=5, choices=Purpose)
    note = models.CharField(max_length=80, blank=True, help_text="For whom, where that is known.")
    reserved_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    token = models.OneToOneField(
        Token, on_delete=models.PROTECT, null=True, related_name="reservation", db_constraint=False
    )

    objects = ReservedQuerySet.as_manager()

    class Meta:
        ordering = ["queue", "number"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "number"], name="one_reservation_per_number"),
            models.CheckConstraint(condition=Q(number__gt=0), name="reserved_numbers_begin_at_one"),
        ]

    def __str__(self) -> str:
        return f"{self.number}, {self.get_purpose_display()}"

    def get_absolute_url(self) -> str:
        return reverse("tokens:ticket", args=[self.code])


class StandingBlock(models.Model):
    """How many of a doctor's first numbers are kept back each day, and for whom."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="standing_blocks", db_index=False, db_constraint=False
    )
    purpose = models.CharField(max_length=5, choices=Purpose)
    size = models.PositiveSmallIntegerField(help_text="How many numbers, 1 to 50.")

    class Meta:
        ordering = ["doctor", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["doctor", "purpose"], name="one_block_per_doctor_and_purpose",
                violation_error_message="This doctor has a block for that already: change its size.",
            ),
            models.CheckConstraint(
                condition=Q(size__gte=1, size__lte=50), name="blocks_have_up_to_fifty_numbers",
                violation_error_message="A block has 1 to 50 numbers.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.doctor}: {self.size}, {self.get_purpose_display()}"
