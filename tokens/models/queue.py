"""A doctor's day as a queue."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from clinics.models import Clinic
from doctors.models import Doctor

IDLE = timedelta(hours=3)  # without a press, then a day that went past midnight is over
EVENING, MORNING = 22, 6  # o'clock: what is pressed between them may belong to a day that goes on past midnight
LATEST = timedelta(minutes=30)  # after the last press, when it is morning


class QueueQuerySet(models.QuerySet["Queue"]):
    """Queues by day."""

    def on(self, day: date) -> QueueQuerySet:
        """Those of one date of the clinic."""
        return self.filter(date=day)

    def running(self, clinic: Clinic) -> QueueQuerySet:
        """Those of the clinic's today, and of yesterday where a doctor works on past midnight."""
        now, today = timezone.now(), clinic.today()
        if clinic.local(now).hour >= 12:
            return self.filter(clinic=clinic, date=today)
        past_midnight = Q(
            date=today - timedelta(days=1), closed_at=None, runs_until__gt=now, doctor_state__in=Queue.PRESENT
        )
        return self.filter(Q(date=today) | past_midnight, clinic=clinic)

    def to_look_at(self, now: datetime) -> QueueQuerySet:
        """Those of now in which somebody's turn may have come near since it was looked for."""
        around = timezone.localdate(now)
        days = [around + timedelta(days=days) for days in (-1, 0, 1)]
        moved = Q(version__gt=F("near_version")) | Q(near_look_at__lte=now)
        return self.filter(moved, date__in=days, closed_at=None, clinic__status=Clinic.Status.APPROVED)


class Queue(models.Model):
    """One doctor's day: the counter of its numbers, the doctor's state, and the version of its screens."""

    class DoctorState(models.TextChoices):
        NOT_ARRIVED = "not_arrived", "Not arrived"
        CONSULTING = "consulting", "Consulting"
        ON_BREAK = "on_break", "On a break"
        CALLED_AWAY = "called_away", "Called away"
        LEFT = "left", "Left"

    AWAY = (DoctorState.ON_BREAK, DoctorState.CALLED_AWAY)
    PRESENT = (DoctorState.CONSULTING, *AWAY)

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="queues", db_index=False)
    doctor = models.ForeignKey(
        Doctor, on_delete=models.PROTECT, related_name="queues", db_index=False, db_constraint=False
    )
    date = models.DateField()
    last_number = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    doctor_state = models.CharField(max_length=12, choices=DoctorState, default=DoctorState.NOT_ARRIVED)
    doctor_state_at = models.DateTimeField(null=True)
    back_at = models.DateTimeField(null=True, help_text="Until when the doctor is away, when that was said.")
    late_minutes = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How late the doctor is running, as was said to everybody."
    )
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, help_text="Since when nobody is added or called any more.")
    runs_until = models.DateTimeField(null=True, help_text="Late in the evening: until when the day may go on.")
    note = models.CharField(max_length=160, blank=True, help_text="What changed last, as patients may read it.")
    note_at = models.DateTimeField(null=True)

    near_version = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="The version at which was looked whose turn is near."
    )
    near_look_at = models.DateTimeField(
        null=True, editable=False, help_text="When to look again although nothing has changed."
    )

    new_rows: list[models.Model]  # only while it is changed: what is written with it

    objects = QueueQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "doctor"]
        constraints = [
            models.UniqueConstraint(fields=["doctor", "date"], name="one_queue_per_doctor_and_day"),
            models.UniqueConstraint(fields=["clinic", "id"], name="queue_of_a_clinic"),
            models.CheckConstraint(
                condition=Q(back_at=None) | Q(doctor_state__in=["on_break", "called_away"]),
                name="only_who_is_away_comes_back",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "date"], name="queues_of_a_clinics_day"),
            models.Index(fields=["date"], condition=Q(closed_at=None), name="queues_not_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.date:%d %b %Y}"

    def say(self, note: str) -> None:
        """Tell the patients of this queue what changed, in one sentence without anybody's name."""
        self.note, self.note_at = note, timezone.now()

    @property
    def delay(self) -> timedelta:
        """How late the doctor is running, as was said."""
        return timedelta(minutes=self.late_minutes)

    def set_doctor_state(self, state: str, *, back_at: datetime | None = None) -> None:
        """Note where the doctor is; the caller saves."""
        self.doctor_state, self.doctor_state_at, self.back_at = state, timezone.now(), back_at

    def goes_on(self) -> None:
        """Note a press late in the evening or in the small hours: the day, and its numbers, may go past midnight."""
        now = timezone.now()
        local = timezone.localtime(now)  # Kerala's: the clinic's own row is not read for this
        if local.hour < EVENING and self.date >= local.date():
            return
        morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
        if local.date() == self.date:
            morning += timedelta(days=1)
        self.runs_until = min(now + IDLE, max(morning, now + LATEST))

    @property
    def is_over(self) -> bool:
        """Its day is past, and nobody works on: what happened then is history."""
        if self.date >= self.clinic.today():
            return False
        goes_on = self.runs_until is not None and self.runs_until > timezone.now()
        return not (goes_on and self.closed_at is None and self.doctor_state in Queue.PRESENT)
