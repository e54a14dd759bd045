"""When a doctor sits, week by week."""

from django.db import models
from django.db.models import F, Q

from clinics.models import Branch, Clinic
from doctors.models import Doctor


class WeeklyHours(models.Model):
    """One sitting of a doctor on one weekday, on the clinic's wall clock; several a day are several rows."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "Monday"
        TUESDAY = 1, "Tuesday"
        WEDNESDAY = 2, "Wednesday"
        THURSDAY = 3, "Thursday"
        FRIDAY = 4, "Friday"
        SATURDAY = 5, "Saturday"
        SUNDAY = 6, "Sunday"

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="weekly_hours")
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="weekly_hours", db_constraint=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="weekly_hours", db_constraint=False)
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    starts = models.TimeField()
    ends = models.TimeField()
    slot_minutes = models.PositiveSmallIntegerField(default=10)
    capacity = models.PositiveSmallIntegerField(default=1, help_text="How many patients one slot takes.")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text="The last day; empty means until further notice.")

    class Meta:
        verbose_name_plural = "weekly hours"
        ordering = ["doctor", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="hours_end_after_they_start"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="a_week_has_seven_days"),
            models.CheckConstraint(condition=Q(slot_minutes__gte=2, slot_minutes__lte=240), name="slots_have_a_length"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="hours_have_room_for_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"
