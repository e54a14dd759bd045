"""When a doctor sits: the usual week, and single dates that differ from it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, IntegerField, Q, Value, When
from django.db.models.functions import Cast, Extract

from clinics.models import Branch, Clinic, Equipment, Room
from doctors.models import Doctor
from scheduling.models.checks import ChecksFirst

SAME, MEET = RangeOperators.EQUAL, RangeOperators.OVERLAPS


def seconds_of_day() -> Func:
    """From `starts` to `ends`, as a range that PostgreSQL can compare."""
    ends = (Cast(Extract(name, "epoch"), IntegerField()) for name in ("starts", "ends"))
    return Func(*ends, function="INT4RANGE", output_field=IntegerRangeField())


def weeks() -> Func:
    """The weeks of every two in which hours hold: both, the first alone, or the second alone."""
    first = Case(When(weeks=2, then=Value(1)), default=Value(0), output_field=IntegerField())
    last = Case(When(weeks=1, then=Value(1)), default=Value(2), output_field=IntegerField())
    return Func(first, last, function="INT4RANGE", output_field=IntegerRangeField())


def days_of_validity() -> Func:
    """From `valid_from` to `valid_to`, both included; open where one is empty."""
    return Func(F("valid_from"), F("valid_to"), Value("[]"), function="DATERANGE", output_field=DateRangeField())


class Hours(ChecksFirst):
    """Terms of a sitting: where, from when to when on the clinic's wall clock, and how it is cut into times."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False,
        help_text="Empty: the doctor’s usual room, which nobody else is kept out of.",
    )  # fmt: skip
    equipment = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False,
        help_text="What these visits cannot be done without: they are closed while it is being repaired.",
    )  # fmt: skip
    starts = models.TimeField()
    ends = models.TimeField()
    slot_minutes = models.PositiveSmallIntegerField(default=10, help_text="How long one patient’s time is.")
    buffer_minutes = models.PositiveSmallIntegerField(default=0, help_text="Left free after each time.")
    capacity = models.PositiveSmallIntegerField(default=1, help_text="How many patients one time takes at the clinic.")
    tele_capacity = models.PositiveSmallIntegerField(default=0, help_text="How many by video at the same time.")
    home_capacity = models.PositiveSmallIntegerField(default=0, help_text="How many at their homes.")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="%(class)s_end_after_they_start",
                violation_error_message="The end must be after the start.",
            ),
            models.CheckConstraint(
                condition=Q(slot_minutes__gte=2, slot_minutes__lte=240),
                name="%(class)s_have_times_of_some_length",
                violation_error_message="A time lasts from 2 to 240 minutes.",
            ),
            models.CheckConstraint(
                condition=Q(buffer_minutes__lte=120),
                name="%(class)s_have_short_buffers",
                violation_error_message="Leave at most 120 minutes free between two times.",
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1) | Q(tele_capacity__gte=1) | Q(home_capacity__gte=1),
                name="%(class)s_have_room_for_somebody",
                violation_error_message="Say how many patients a time takes: at the clinic, by video or at home.",
            ),
        ]


class WeeklyHours(Hours):
    """One sitting of a doctor on one weekday, every week or every other one; several a day are several rows."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "Monday"
        TUESDAY = 1, "Tuesday"
        WEDNESDAY = 2, "Wednesday"
        THURSDAY = 3, "Thursday"
        FRIDAY = 4, "Friday"
        SATURDAY = 5, "Saturday"
        SUNDAY = 6, "Sunday"

    class Weeks(models.IntegerChoices):
        EVERY = 0, "Every week"
        FIRST = 1, "Every other week: A"
        SECOND = 2, "Every other week: B"

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="weekly_hours", db_constraint=False)
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    weeks = models.PositiveSmallIntegerField(choices=Weeks, default=Weeks.EVERY)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text="The last day; empty means until further notice.")

    class Meta(Hours.Meta):
        abstract = False
        verbose_name_plural = "weekly hours"
        ordering = ["doctor", "weekday", "starts"]
        constraints = [
            *Hours.Meta.constraints,
            models.CheckConstraint(condition=Q(weekday__lte=6), name="a_week_has_seven_days"),
            models.CheckConstraint(condition=Q(weeks__lte=2), name="hours_hold_every_or_every_other_week"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="hours_hold_from_their_first_day_to_their_last",
                violation_error_message="The last day must not be before the first.",
            ),
            ExclusionConstraint(
                name="weekly_hours_of_a_doctor_never_overlap",
                expressions=[
                    ("doctor", SAME), ("weekday", SAME), (seconds_of_day(), MEET), (weeks(), MEET),
                    (days_of_validity(), MEET),
                ],
                violation_error_message="The doctor has other hours on that weekday at that time.",
            ),
            ExclusionConstraint(
                name="weekly_hours_never_share_a_room",
                expressions=[
                    ("room", SAME), ("weekday", SAME), (seconds_of_day(), MEET), (weeks(), MEET),
                    (days_of_validity(), MEET),
                ],
                violation_error_message="Another doctor has that room on that weekday at that time.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.doctor}, {self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"


class DateOverride(Hours):
    """A sitting on one date: an extra one, or instead of the usual hours of that day."""

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="date_overrides", db_constraint=False)
    date = models.DateField()
    replaces_day = models.BooleanField(
        "instead of the usual hours", default=True, help_text="Otherwise beside them: an extra sitting."
    )
    why = models.CharField(max_length=120, blank=True, help_text="For the clinic: Onam camp.")

    class Meta(Hours.Meta):
        abstract = False
        ordering = ["doctor", "date", "starts"]
        constraints = [
            *Hours.Meta.constraints,
            ExclusionConstraint(
                name="sittings_of_a_date_never_overlap",
                expressions=[("doctor", SAME), ("date", SAME), (seconds_of_day(), MEET)],
                violation_error_message="The doctor has another sitting on that date at that time.",
            ),
            ExclusionConstraint(
                name="sittings_of_a_date_never_share_a_room",
                expressions=[("room", SAME), ("date", SAME), (seconds_of_day(), MEET)],
                violation_error_message="Another doctor has that room on that date at that time.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.date:%d %b} {self.starts:%H:%M}–{self.ends:%H:%M}"
