"""The back office of hours, slots, holds and appointments."""

import logging
from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest
from import_export.fields import Field

from clinics.backoffice import ClinicAdmin, ClinicInline, LookOnly, OwnRelated, SameClinicForm
from clinics.exports import Exports, SafeResource
from clinics.office import office_of
from doctors.admin import DoctorAdmin
from doctors.models import Doctor
from patients.admin import veil_patient
from scheduling.bookability import join_branches_of_hours, reassess_after_commit
from scheduling.doctor_page import BookabilityPanel
from scheduling.models import Appointment, Hold, Slot, WeeklyHours
from scheduling.slots import make_slots

logger = logging.getLogger(__name__)


class HoursForm(SameClinicForm):
    """Hours belong to their doctor's clinic."""

    def own_clinic_id(self, cleaned: dict[str, Any]) -> int | None:
        doctor = cleaned.get("doctor") or (self.instance.doctor if self.instance.doctor_id else None)
        if doctor is not None:
            self.instance.clinic_id = doctor.clinic_id
        return self.instance.clinic_id


def make_slots_after_commit(doctor_id: int) -> None:
    """Make a doctor's times at once; should that fail, the nightly job makes them."""

    def make() -> None:
        made = make_slots(doctor_id=doctor_id)
        logger.info("%s times made for doctor %s", made, doctor_id)

    transaction.on_commit(make, robust=True)


class HoursInline(ClinicInline):
    """When a doctor sits."""

    model = WeeklyHours
    form = HoursForm
    exclude = ["clinic"]
    autocomplete_fields = ["branch"]


@admin.register(WeeklyHours)
class HoursAdmin(ClinicAdmin):
    """When doctors sit; saving makes the times for the next 90 days."""

    form = HoursForm
    exclude = ["clinic"]
    fixed = ("doctor",)
    list_display = ["doctor", "weekday", "starts", "ends", "slot_minutes", "capacity", "branch"]
    list_filter = ["weekday", ("clinic", OwnRelated)]
    search_fields = ["doctor__name", "clinic__name"]
    list_select_related = ["doctor", "branch"]
    ordering = ["doctor_id", "weekday", "starts"]
    autocomplete_fields = ["doctor", "branch"]

    def save_model(self, request: HttpRequest, obj: WeeklyHours, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        join_branches_of_hours(obj.doctor_id)
        make_slots_after_commit(obj.doctor_id)
        reassess_after_commit(obj.doctor_id)


admin.site.unregister(Doctor)


@admin.register(Doctor)
class DoctorWithHoursAdmin(BookabilityPanel, DoctorAdmin):
    """A doctor with the hours on the same page, once there is a doctor."""

    inlines = [*DoctorAdmin.inlines, HoursInline]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [] if obj is None else self.inlines

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        join_branches_of_hours(form.instance.pk)
        make_slots_after_commit(form.instance.pk)
        reassess_after_commit(form.instance.pk)


@admin.register(Slot)
class SlotAdmin(ClinicAdmin):
    """Bookable times: one can be taken off the offer; what is booked in it stays booked."""

    may_add = may_delete = False
    list_display = ["starts_at", "doctor", "branch", "capacity", "held", "booked", "is_blocked"]
    list_filter = ["date", "is_blocked", ("clinic", OwnRelated)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "branch"]
    ordering = ["doctor_id", "starts_at"]  # the index there is: eighteen million rows are not sorted
    sortable_by = ()
    fields = ["clinic", "doctor", "branch", "date", "starts_at", "ends_at", "capacity", "held", "booked", "is_blocked"]
    readonly_fields = fields[:-1]

    def of_clinics(self, queryset: models.QuerySet, clinic_ids: Any) -> models.QuerySet:
        return queryset.filter(doctor_id__in=Doctor.objects.filter(clinic_id__in=clinic_ids).values("pk"))


@admin.register(Hold)
class HoldAdmin(LookOnly):
    """Places kept while somebody books, without the secret of their browser."""

    list_display = ["created_at", "doctor", "slot", "state", "expires_at", "clinic"]
    list_filter = ["state", ("clinic", OwnRelated)]
    search_fields = ["doctor__name", "pk__exact"]
    list_select_related = ["doctor", "slot", "clinic"]
    ordering = ["-pk"]
    fields = ["clinic", "doctor", "slot", "state", "made_by", "created_at", "expires_at", "is_extended"]


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
