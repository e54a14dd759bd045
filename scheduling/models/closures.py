"""What keeps a doctor away, whatever the hours say: holidays, leave, blocks, and rooms that are out of use."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone

from clinics.models import Branch, Clinic, Equipment, Room
from doctors.models import Doctor
from scheduling.models.checks import ChecksFirst


def moments() -> Func:
    """From `starts_at` up to `ends_at`."""
    return Func("starts_at", "ends_at", RangeBoundary(), function="TSTZRANGE")


class Holiday(models.Model):
    """A day on which a clinic, or one of its branches, is closed."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="holidays")
    branch = models.ForeignKey(
        Branch, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False,
        help_text="Empty: the whole clinic.",
    )  # fmt: skip
    date = models.DateField()
    name = models.CharField(max_length=80, help_text="As patients read it: Thiruvonam.")

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "branch", "date"], nulls_distinct=False, name="one_holiday_per_day_and_branch",
                violation_error_message="That day is a holiday already.",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name}, {self.date:%d %b %Y}"


class LeaveQuerySet(models.QuerySet["LeaveRequest"]):
    """Leave by where it stands."""

    def waiting(self) -> LeaveQuerySet:
        """Asked for, and not decided."""
        return self.filter(state=LeaveRequest.State.ASKED)

    def standing(self) -> LeaveQuerySet:
        """Asked for or approved: no other may be asked for at the same time."""
        return self.filter(state__in=[LeaveRequest.State.ASKED, LeaveRequest.State.APPROVED])


class LeaveRequest(models.Model):
    """A doctor's wish to be away, for days or part of one; approved by the clinic, it closes the calendar."""

    class State(models.TextChoices):
        ASKED = "asked", "Waiting for the clinic"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Not approved"
        CANCELLED = "cancelled", "Taken back"

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="leave_requests", db_index=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="leave_requests", db_constraint=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    why = models.CharField(max_length=160, blank=True, help_text="For the clinic; patients are not told.")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=160, blank=True, help_text="Why it was decided so.")

    objects = LeaveQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="leave_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at=None) | (~Q(state="asked") & Q(decided_at__isnull=False)),
                name="decided_leave_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(answer=""), name="leave_is_rejected_with_a_reason"
            ),
            ExclusionConstraint(
                name="leave_of_a_doctor_never_overlaps",
                expressions=[("doctor", RangeOperators.EQUAL), (moments(), RangeOperators.OVERLAPS)],
                condition=Q(state__in=["asked", "approved"]),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "state", "starts_at"], name="leave_of_a_clinic")]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.said}"

    @property
    def said(self) -> str:
        """From when to when: on Tue 24 Nov; from Tue 24 to Thu 26 Nov; on Tue 24 Nov, 10:00 to 13:00."""
        starts, ends = self.clinic.local(self.starts_at), self.clinic.local(self.ends_at)
        last = ends - timedelta(minutes=1)
        first_day, last_day = (f"{day:%a} {day.day} {day:%b}" for day in (starts, last))
        whole = not (starts.hour or starts.minute or ends.hour or ends.minute)
        if whole:
            return f"on {first_day}" if starts.date() == last.date() else f"from {first_day} to {last_day}"
        if starts.date() == last.date():
            return f"on {first_day}, {starts:%H:%M} to {ends:%H:%M}"
        return f"from {first_day}, {starts:%H:%M} to {last_day}, {ends:%H:%M}"


class Block(models.Model):
    """A time at which a doctor sees nobody, by order: at once, without asking."""

    class Kind(models.TextChoices):
        FORCED = "forced", "Blocked by the clinic"
        EMERGENCY = "emergency", "Called away to an emergency"

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="blocks", db_index=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="blocks", db_constraint=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FORCED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until further notice.")
    why = models.CharField(max_length=160, help_text="For the clinic: the theatre is being repaired.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="blocks_end_after_they_start",
                violation_error_message="The end must be after the start.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.get_kind_display()}"


class MaintenanceQuerySet(models.QuerySet["Maintenance"]):
    """Maintenance by when it is."""

    def to_come(self) -> MaintenanceQuerySet:
        """Going on, or still ahead."""
        return self.filter(ends_at__gt=timezone.now())


class Maintenance(ChecksFirst):
    """A time at which a room, or a piece of equipment, cannot be used: sittings that need it are closed."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="maintenance", db_index=False)
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, null=True, blank=True, related_name="maintenance", db_constraint=False,
        help_text="Nobody sits in it meanwhile.",
    )  # fmt: skip
    equipment = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, null=True, blank=True, related_name="maintenance", db_constraint=False,
        help_text="Only the sittings that need it are closed, unless the room is given too.",
    )  # fmt: skip
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    why = models.CharField(max_length=120, help_text="For the clinic: painting, yearly service.")

    objects = MaintenanceQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        verbose_name_plural = "maintenance"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="maintenance_ends_after_it_starts",
                violation_error_message="The end must be after the start.",
            ),
            models.CheckConstraint(
                condition=Q(room__isnull=False) | Q(equipment__isnull=False), name="maintenance_is_of_something",
                violation_error_message="Say which room, or which equipment.",
            ),
            models.CheckConstraint(condition=~Q(why=""), name="maintenance_says_why"),
            ExclusionConstraint(
                name="maintenance_of_a_room_never_overlaps",
                expressions=[("room", RangeOperators.EQUAL), (moments(), RangeOperators.OVERLAPS)],
                condition=Q(room__isnull=False),
                violation_error_message="That room is out of use already at that time.",
            ),
            ExclusionConstraint(
                name="maintenance_of_equipment_never_overlaps",
                expressions=[("equipment", RangeOperators.EQUAL), (moments(), RangeOperators.OVERLAPS)],
                condition=Q(equipment__isnull=False),
                violation_error_message="That equipment is out of use already at that time.",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["clinic", "ends_at"], name="maintenance_of_a_clinic")]

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"

    @property
    def what(self) -> str:
        """Room 2; Ultrasound scanner; Ultrasound scanner, Room 2."""
        return ", ".join(str(it) for it in (self.equipment, self.room) if it)
