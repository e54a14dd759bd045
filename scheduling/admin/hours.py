"""The back office of when doctors sit."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from clinics.backoffice import ClinicAdmin, LookOnly, OwnRelated
from doctors.admin import DoctorAdmin
from doctors.models import Doctor
from scheduling.admin.sources import SourceAdmin, tell
from scheduling.bookability import join_branches_of_hours
from scheduling.doctor_page import BookabilityPanel
from scheduling.models import BookingRules, Calendar, Conflict, DateOverride, Sitting, WeeklyHours
from scheduling.services.sources import Touched, changing

HOURS = [
    "branch", ("room", "equipment"), ("starts", "ends"), ("slot_minutes", "buffer_minutes"),
    ("capacity", "tele_capacity", "home_capacity"),
]  # fmt: skip


@admin.register(WeeklyHours)
class HoursAdmin(SourceAdmin):
    """When doctors sit; saving makes the times for the next 90 days anew."""

    fixed = ("doctor",)
    list_display = ["doctor", "weekday", "starts", "ends", "slot_minutes", "capacity", "branch", "room"]
    list_filter = ["weekday", ("clinic", OwnRelated)]
    search_fields = ["doctor__name", "clinic__name"]
    list_select_related = ["doctor", "branch", "room"]
    ordering = ["doctor_id", "weekday", "starts"]
    autocomplete_fields = ["doctor", "branch", "room", "equipment"]
    fields = ["doctor", ("weekday", "weeks"), *HOURS, ("valid_from", "valid_to")]

    def save_model(self, request: HttpRequest, obj: WeeklyHours, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        join_branches_of_hours(obj.doctor_id)


@admin.register(DateOverride)
class OverrideAdmin(SourceAdmin):
    """Sittings on single dates: extra ones, or instead of the usual hours."""

    fixed = ("doctor",)
    list_display = ["date", "doctor", "starts", "ends", "replaces_day", "branch", "room", "why"]
    list_filter = ["date", ("clinic", OwnRelated)]
    search_fields = ["doctor__name", "why"]
    list_select_related = ["doctor", "branch", "room"]
    ordering = ["-date", "starts"]
    autocomplete_fields = ["doctor", "branch", "room", "equipment"]
    fields = ["doctor", ("date", "replaces_day"), *HOURS, "why"]


@admin.register(BookingRules)
class RulesAdmin(ClinicAdmin):
    """What patients may book by themselves: for the clinic, or for one doctor."""

    list_display = [
        "clinic",
        "doctor",
        "days_ahead",
        "cutoff_minutes",
        "closes_at",
        "active_per_phone",
        "online_percent",
    ]
    list_filter = [("clinic", OwnRelated)]
    search_fields = ["clinic__name", "doctor__name"]
    list_select_related = ["clinic", "doctor"]
    autocomplete_fields = ["clinic", "doctor"]


@admin.register(Sitting)
class SittingAdmin(LookOnly):
    """When each doctor really sits, after all that opens and closes the calendar."""

    list_display = ["starts_at", "ends_at", "doctor", "branch", "room", "source"]
    list_filter = ["date", "source", ("clinic", OwnRelated)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "branch", "room"]
    ordering = ["doctor_id", "date"]
    sortable_by = ()


@admin.register(Calendar)
class CalendarAdmin(LookOnly):
    """How far ahead each doctor's times are made."""

    clinic_path = "doctor__clinic"
    list_display = ["doctor", "made_until"]
    list_filter = ["made_until", ("doctor__clinic", OwnRelated)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor"]
    ordering = ["made_until"]


admin.site.unregister(Doctor)


@admin.register(Doctor)
class DoctorWithHoursAdmin(BookabilityPanel, DoctorAdmin):
    """A doctor with the usual week on the same page, once there is a doctor; it is changed on a page of its own."""

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [] if obj is None else self.inlines

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        found: list[Conflict] = []
        with changing(Touched(frozenset({form.instance.pk})), by=request.user, found=found):
            super().save_related(request, form, formsets, change)
            join_branches_of_hours(form.instance.pk)
        tell(request, found)
