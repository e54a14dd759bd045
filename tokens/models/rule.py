"""Where a doctor's patients who come late go in, when not by the clinic's own rule."""

from django.db import models

from clinics.models import Clinic, LatePolicy
from doctors.models import Doctor


class LateRule(models.Model):
    """One doctor's rule for late arrivals, in the place of the clinic's."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    doctor = models.OneToOneField(Doctor, on_delete=models.CASCADE, related_name="late_rule", db_constraint=False)
    grace_minutes = models.PositiveSmallIntegerField(
        default=15, help_text="How long after the due time somebody who has not come counts as late."
    )
    policy = models.CharField("who comes late goes in", max_length=5, choices=LatePolicy, default=LatePolicy.AFTER)
    goes_after = models.PositiveSmallIntegerField(
        default=3, help_text="After how many of those waiting, where that is the rule."
    )
    max_recalls = models.PositiveSmallIntegerField(
        default=3, help_text="How often somebody who was called and not there is called again."
    )

    def __str__(self) -> str:
        return f"Late arrivals, {self.doctor}"
