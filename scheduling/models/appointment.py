"""A promise of a slot to a patient; confirmed at once, or when it has been paid for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from doctors.models import Doctor
from patients.models import Patient
from scheduling.models.hold import Hold
from scheduling.models.slot import Slot
from tokens.models import Token


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments by whether they still stand."""

    def active(self) -> AppointmentQuerySet:
        """Those that still keep a place."""
        return self.filter(state__in=Appointment.ACTIVE)

    def confirmed(self) -> AppointmentQuerySet:
        """Those that stand: nothing is left to be paid."""
        return self.filter(state=Appointment.State.CONFIRMED)

    def pending(self) -> AppointmentQuerySet:
        """Those that have still to be paid for."""
        return self.filter(state=Appointment.State.PENDING)


class Appointment(models.Model):
    """A patient's place in a slot. Its progress on the day is its token's; money is in paise."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for payment"
        CONFIRMED = "confirmed", "Confirmed"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"
        MISSED = "missed", "Did not come"

    class Source(models.TextChoices):
        ONLINE = "online", "By the patient"
        DESK = "desk", "By the clinic"

    ACTIVE = (State.PENDING, State.CONFIRMED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="appointments", db_index=False)
    doctor = models.ForeignKey(
        Doctor, on_delete=models.PROTECT, related_name="appointments", db_index=False, db_constraint=False
    )
    slot = models.ForeignKey(
        Slot, on_delete=models.PROTECT, null=True, related_name="appointments",
        help_text="None once its day has left the calendar.",
    )  # fmt: skip
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, null=True, related_name="appointment")
    token = models.OneToOneField(Token, on_delete=models.PROTECT, related_name="appointment", db_constraint=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State, default=State.CONFIRMED)
    date = models.DateField()
    starts_at = models.DateTimeField()
    fee_paise = models.PositiveIntegerField(help_text="As it was when the visit was booked.")
    source = models.CharField(max_length=6, choices=Source, default=Source.ONLINE, db_default="online")
    is_follow_up = models.BooleanField(
        default=False, db_default=False, help_text="Soon after the last visit, at the follow-up fee."
    )
    created_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=160, blank=True)
    called_off_by_patient = models.BooleanField(default=False, db_default=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "doctor", "date"],
                condition=Q(state__in=["pending", "confirmed"]),
                name="one_active_appointment_per_patient_doctor_and_day",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", cancelled_at__isnull=False)
                | (~Q(state="cancelled") & Q(cancelled_at__isnull=True)),
                name="cancelled_appointments_say_when",
            ),
            models.CheckConstraint(
                condition=Q(slot__isnull=False) | ~Q(state__in=["pending", "confirmed"]),
                name="live_appointments_have_a_slot",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "date"], name="appointments_of_a_day"),
            models.Index(fields=["id"], condition=Q(state="pending"), name="appointments_to_be_paid"),
            models.Index(
                fields=["date"], condition=Q(state__in=["pending", "confirmed"]), name="appointments_not_closed"
            ),
            models.Index(fields=["starts_at"], condition=Q(state="confirmed"), name="appointments_to_come"),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.starts_at:%d %b %H:%M}"
