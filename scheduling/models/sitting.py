"""What comes of all sources of hours: when each doctor really sits, and how far ahead that is known."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from clinics.models import Branch, Clinic, Room
from doctors.models import Doctor
from scheduling.models.closures import moments


class Calendar(models.Model):
    """How far a doctor's times are made; its row is the lock under which they are made anew."""

    doctor = models.OneToOneField(Doctor, on_delete=models.CASCADE, primary_key=True, related_name="calendar")
    made_until = models.DateField(null=True, help_text="The last day whose times are made.")

    def __str__(self) -> str:
        return f"{self.doctor} until {self.made_until}"


class Sitting(models.Model):
    """One stretch of open hours of a doctor: what is left of the hours after all that closes them.

    Written by `scheduling.slots` alone, from `open_hours`. Its times are cut from `grid_from` on, so that a leave in
    the middle of a sitting moves no time after it.
    """

    class Source(models.TextChoices):
        OVERRIDE = "override", "This date"
        WEEKLY = "weekly", "Weekly hours"

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="sittings", db_index=False)
    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="sittings", db_index=False, db_constraint=False
    )
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, null=True, related_name="sittings", db_index=False, db_constraint=False
    )
    source = models.CharField(max_length=8, choices=Source)
    date = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    grid_from = models.DateTimeField()
    slot_minutes = models.PositiveSmallIntegerField()
    buffer_minutes = models.PositiveSmallIntegerField(default=0)
    capacity = models.PositiveSmallIntegerField()
    tele_capacity = models.PositiveSmallIntegerField(default=0)
    home_capacity = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="sittings_end_after_they_start"),
            ExclusionConstraint(
                name="a_doctor_sits_in_one_place_at_a_time",
                expressions=[("doctor", RangeOperators.EQUAL), (moments(), RangeOperators.OVERLAPS)],
            ),
            ExclusionConstraint(
                name="a_room_has_one_doctor_at_a_time",
                expressions=[("room", RangeOperators.EQUAL), (moments(), RangeOperators.OVERLAPS)],
                condition=Q(room__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["doctor", "date"], name="sittings_of_a_doctor"),
            models.Index(fields=["clinic", "date"], name="sittings_of_a_clinic"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%d %b %H:%M}–{self.ends_at:%H:%M}"
