"""The back office of slots, holds, appointments, the conflicts between them, and the waitlist."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from import_export.fields import Field

from clinics.backoffice import LookOnly, OwnRelated
from clinics.exports import Exports, SafeResource
from clinics.office import office_of
from doctors.models import Doctor
from patients.admin import veil_patient
from scheduling.models import Appointment, Conflict, Hold, Offer, PastSlot, Reminded, Slot, WaitlistEntry


@admin.register(Slot)
class SlotAdmin(LookOnly):
    """Bookable times, as the hours make them; a block takes some off the offer."""

    list_display = ["starts_at", "doctor", "branch", "mode", "capacity", "held", "booked", "is_blocked"]
    list_filter = ["date", "is_blocked", ("clinic", OwnRelated)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "branch"]
    ordering = ["doctor_id", "starts_at"]  # the index there is: eighteen million rows are not sorted
    sortable_by = ()
    fields = [
        "clinic", "doctor", "branch", "date", "starts_at", "ends_at", "mode", "capacity", "held", "booked",
        "is_blocked", "is_void",
    ]  # fmt: skip

    def of_clinics(self, queryset: models.QuerySet, clinic_ids: Any) -> models.QuerySet:
        return queryset.filter(doctor_id__in=Doctor.objects.filter(clinic_id__in=clinic_ids).values("pk"))


@admin.register(PastSlot)
class PastSlotAdmin(LookOnly):
    """Times of days long over, the last to leave the calendar first."""

    list_display = ["starts_at", "doctor", "branch", "mode", "capacity", "booked", "is_blocked"]
    list_filter = ["date", ("clinic", OwnRelated)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "branch"]
    ordering = ["-pk"]
    sortable_by = ()
    fields = [
        "clinic", "doctor", "branch", "date", "starts_at", "ends_at", "mode", "capacity", "booked", "is_blocked",
        "is_void",
    ]  # fmt: skip


@admin.register(Hold)
class HoldAdmin(LookOnly):
    """Places kept while somebody books, without the secret of their browser."""

    list_display = ["created_at", "doctor", "slot", "state", "expires_at", "clinic"]
    list_filter = ["state", ("clinic", OwnRelated)]
    search_fields = ["doctor__name", "pk__exact"]
    list_select_related = ["doctor", "slot", "clinic"]
    ordering = ["-pk"]
    fields = [
        "clinic", "doctor", "slot", "state", "made_by", "created_at", "expires_at", "is_extended", "basket", "position",
    ]  # fmt: skip


class AppointmentResource(SafeResource):
    """An appointment as a row of a spreadsheet: by its token's number, not by the patient's name."""

    doctor = Field("doctor__name", "doctor")
    token = Field("token__number", "token")
    kind = Field("token__kind", "kind")

    class Meta:
        model = Appointment
        fields = export_order = [
            "date", "starts_at", "doctor", "token", "kind", "state", "fee_paise", "created_at", "cancelled_at",
            "cancel_reason",
        ]  # fmt: skip


@admin.register(Appointment)
class AppointmentAdmin(Exports, LookOnly):
    """Promises of a time."""

    resource_classes = [AppointmentResource]
    list_display = ["starts_at", "doctor", "patient", "token", "state", "clinic"]
    list_filter = ["state", "date", ("clinic", OwnRelated)]
    search_fields = ["doctor__name", "pk__exact"]
    list_select_related = ["doctor", "patient", "token", "clinic"]
    ordering = ["-pk"]
    fields = [
        "clinic", "doctor", "slot", "token", "patient", "booked_by", "state", "date", "starts_at", "fee_paise",
        "created_at", "cancelled_at", "cancel_reason",
    ]  # fmt: skip

    def veil(self, appointment: Appointment) -> None:
        """Whose it is, masked."""
        veil_patient(appointment.patient)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """A clinic's own; the platform has no use for a list of everybody's visits."""
        office = office_of(request)
        return office is not None and not office.is_operator


@admin.register(Conflict)
class ConflictAdmin(LookOnly):
    """Visits whose doctor is away, and what became of them."""

    list_display = ["found_at", "doctor", "appointment", "why", "state", "settled_at"]
    list_filter = ["state", ("clinic", OwnRelated)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "appointment__doctor"]
    ordering = ["-found_at"]
    fields = ["clinic", "doctor", "appointment", "why", "state", "found_at", "settled_at", "settled_by"]


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(LookOnly):
    """Who waits for a place with a doctor, and how it ended."""

    list_display = ["joined_at", "doctor", "patient", "first", "last", "state", "clinic"]
    list_filter = ["state", ("clinic", OwnRelated)]
    search_fields = ["doctor__name", "pk__exact"]
    list_select_related = ["doctor", "patient", "clinic"]
    ordering = ["-pk"]
    fields = ["clinic", "doctor", "patient", "first", "last", "state", "joined_at", "joined_by", "settled_at"]

    def veil(self, entry: WaitlistEntry) -> None:
        """Who waits, masked."""
        veil_patient(entry.patient)


@admin.register(Offer)
class OfferAdmin(LookOnly):
    """Places offered to those who wait, without the secret of their addresses."""

    list_display = ["made_at", "entry", "hold", "state", "expires_at", "answered_at"]
    list_filter = ["state", ("clinic", OwnRelated)]
    search_fields = ["entry__doctor__name", "pk__exact"]
    list_select_related = ["entry__doctor", "hold"]
    ordering = ["-pk"]
    fields = ["clinic", "entry", "hold", "was_at", "state", "made_at", "expires_at", "answered_at"]


@admin.register(Reminded)
class RemindedAdmin(LookOnly):
    """How far reminding has come, for operators: stands still where no sweep runs."""

    clinic_path = None
    list_display = ["kind", "until"]
    list_filter = ["kind"]
    search_fields = ["kind"]
