"""Times of days long over, out of the way of those that are still booked."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from clinics.models import Branch, Clinic
from doctors.models import Doctor
from scheduling.models.slot import Mode


class PastSlot(models.Model):
    """A time as it was when its day left the calendar, under the number it had there. Written by
    `scheduling.archive` alone.

    Added in the order of the days and never changed, so an index of a few pages finds a day; nothing is looked up in
    other tables when a row is added.
    """

    id = models.BigIntegerField(primary_key=True, help_text="Its number among the times.")
    clinic = models.ForeignKey(
        Clinic, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    doctor = models.ForeignKey(
        Doctor, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    date = models.DateField(help_text="The clinic's date, on its wall clock.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    capacity = models.PositiveSmallIntegerField()
    booked = models.PositiveSmallIntegerField()
    mode = models.PositiveSmallIntegerField(choices=Mode)
    is_blocked = models.BooleanField(help_text="It was taken off the offer.")
    is_void = models.BooleanField(help_text="It took up no time.")

    class Meta:
        ordering = ["pk"]
        indexes = [BrinIndex(fields=["date"], autosummarize=True, name="past_slots_by_date")]

    def __str__(self) -> str:
        return f"{self.starts_at:%d %b %Y %H:%M}"
