"""What a clinic asks of bookings that patients make by themselves; reception is free of it."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from clinics.compiled import CompiledQuery
from clinics.models import Clinic
from doctors.models import Doctor


class BookingRulesQuerySet(models.QuerySet["BookingRules"]):
    """Rules by whom they bind."""

    def of(self, doctor: Doctor) -> BookingRules | None:
        """A doctor's own, else the clinic's; mostly there are none. Read once for each doctor in hand."""
        if "_rules" not in doctor.__dict__:
            doctor.__dict__["_rules"] = _OF.first(doctor=doctor.pk, clinic=doctor.clinic_id)
        return doctor.__dict__["_rules"]


def _theirs(doctor: int, clinic: int) -> models.QuerySet[BookingRules]:
    theirs = BookingRules.objects.filter(Q(doctor=doctor) | Q(doctor=None), clinic=clinic)
    return theirs.order_by(F("doctor").asc(nulls_last=True))[:1]


_OF = CompiledQuery(_theirs)


class BookingRules(models.Model):
    """The rules of a clinic, or of one of its doctors, whose own count instead. Without any, everything is open."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="booking_rules")
    doctor = models.OneToOneField(
        Doctor, on_delete=models.CASCADE, null=True, blank=True, related_name="booking_rules", db_constraint=False,
        help_text="Empty: for all doctors of the clinic who have no rules of their own.",
    )  # fmt: skip
    days_ahead = models.PositiveSmallIntegerField(
        "open for", default=90, help_text="Days ahead, today included.",
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )  # fmt: skip
    cutoff_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="A time can be booked until so many minutes before it."
    )
    closes_at = models.TimeField(null=True, blank=True, help_text="From then on nothing of the same day can be booked.")
    into_running = models.BooleanField(
        "while the doctor sits", default=True, help_text="Times of a sitting that has begun can still be booked."
    )
    active_per_phone = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Visits that one phone may have coming at this clinic. Empty: any number.",
    )  # fmt: skip
    cancels_allowed = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="After so many cancelled visits in 30 days a phone waits before it books again. Empty: never.",
    )  # fmt: skip
    cooldown_hours = models.PositiveSmallIntegerField(default=24, help_text="How long it then waits.")
    online_percent = models.PositiveSmallIntegerField(
        default=100, validators=[MaxValueValidator(100)],
        help_text="Of a doctor’s places of a day, so many in a hundred; the others are for the desk.",
    )  # fmt: skip

    payment_minutes = models.PositiveSmallIntegerField(
        "pay within", null=True, blank=True, validators=[MinValueValidator(5), MaxValueValidator(24 * 60)],
        help_text="Minutes in which a visit is paid for, or its place goes to somebody else. Empty: paid at the visit.",
    )  # fmt: skip
    payment_note = models.CharField(
        "how to pay", max_length=160, blank=True, help_text="As patients read it: UPI lake@bank, or at the counter."
    )

    objects = BookingRulesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "booking rules"
        ordering = ["clinic", "doctor"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic"], condition=Q(doctor=None), name="one_set_of_rules_per_clinic",
                violation_error_message="The clinic has its rules already: change those.",
            ),
            models.CheckConstraint(
                condition=Q(days_ahead__gte=1, days_ahead__lte=90), name="booking_is_open_for_some_days"
            ),
            models.CheckConstraint(condition=Q(online_percent__lte=100), name="online_is_a_share_of_all"),
            models.CheckConstraint(
                condition=Q(payment_minutes__isnull=True) | ~Q(payment_note=""), name="who_must_pay_is_told_how",
                violation_error_message="Say how to pay: patients who must pay at once have to know.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Rules of {self.doctor or self.clinic}"
