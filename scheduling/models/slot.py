"""The bookable times."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from clinics.models import Branch, Clinic
from doctors.models import Doctor
from doctors.modes import Mode
from scheduling.models.closures import moments


class SlotQuerySet(models.QuerySet["Slot"]):
    """Slots by time and by what is left in them."""

    def ahead(self) -> SlotQuerySet:
        """Those that have not started."""
        return self.filter(starts_at__gt=timezone.now())

    def with_room(self) -> SlotQuerySet:
        """Those not booked up; some may be held by people who are booking just now."""
        return self.filter(booked__lt=F("capacity"))


class Slot(models.Model):
    """A bookable time of a doctor, made ahead from the hours. `held + booked` never exceeds `capacity`."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="slots", db_index=False)
    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="slots", db_index=False, db_constraint=False
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="slots", db_index=False, db_constraint=False
    )
    date = models.DateField(help_text="The clinic's date, on its wall clock.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    capacity = models.PositiveSmallIntegerField(default=1)
    held = models.PositiveSmallIntegerField(default=0)
    booked = models.PositiveSmallIntegerField(default=0)
    mode = models.PositiveSmallIntegerField(choices=Mode, default=Mode.CLINIC)
    is_blocked = models.BooleanField(default=False, help_text="Not offered; what is booked in it stays booked.")
    is_void = models.BooleanField(default=False, help_text="Takes up no time: kept because a past booking names it.")

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0, booked__gte=0), name="slots_are_never_owed"),
            models.CheckConstraint(condition=Q(capacity__gte=F("held") + F("booked")), name="slots_are_never_oversold"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slots_end_after_they_start"),
            ExclusionConstraint(
                name="slots_of_a_doctor_never_overlap",
                expressions=[
                    ("doctor", RangeOperators.EQUAL),
                    ("mode", RangeOperators.EQUAL),
                    (moments(), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_void=False),
            ),
            models.CheckConstraint(
                condition=Q(is_void=False) | Q(is_blocked=True, held=0, booked=0), name="void_slots_are_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["doctor", "starts_at"], name="slots_of_a_doctor"),
            models.Index(
                fields=["doctor", "starts_at"],
                condition=Q(booked__lt=F("capacity"), is_blocked=False),
                name="slots_with_room",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%d %b %H:%M}"

    @property
    def fee_paise(self) -> int:
        """What a visit at this time usually costs."""
        tele = self.doctor.tele_fee_paise if self.mode == Mode.TELE else None
        return self.doctor.fee_paise if tele is None else tele
