"""Clinics and what belongs to them."""

from typing import Any
from zoneinfo import available_timezones

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from clinics.backoffice import ClinicAdmin, ClinicInline, OwnRelated, SameClinicForm
from clinics.models import Branch, Clinic, Department, Equipment, Room
from clinics.office import office_of


class ClinicForm(SameClinicForm):
    """A clinic's own settings."""

    def clean_timezone(self) -> str:
        """The name of a zone there is."""
        name = self.cleaned_data["timezone"]
        if name not in available_timezones():
            raise ValidationError("There is no such time zone; Kerala’s is Asia/Kolkata.")
        return name


class BranchInline(ClinicInline):
    """The places of a clinic."""

    model = Branch
    autocomplete_fields = ["city"]
    may_delete = False


@admin.register(Clinic)
class ClinicsAdmin(ClinicAdmin):
    """Clinics: operators open and approve them, each clinic's admins look after their own."""

    clinic_path = ""
    form = ClinicForm
    may_delete = False
    fixed = ("slug",)
    inlines = [BranchInline]
    list_display = ["name", "kind", "status", "phone", "needs_second_factor", "created_at"]
    list_filter = ["status", "kind", "needs_second_factor"]
    search_fields = ["name", "slug", "phone"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "status", "phone", "timezone"]}),
        (
            "At the desk",
            {
                "fields": [
                    "checks_people_in",
                    "grace_minutes",
                    "late_policy",
                    "late_goes_after",
                    "max_recalls",
                    "emergency_needs_reason",
                    "undo_minutes",
                    "slip_width",
                ]
            },
        ),
        ("Safety", {"fields": ["needs_second_factor"]}),
    ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        office = office_of(request)
        return office is not None and office.is_operator

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Approval is the platform's word, not the clinic's."""
        decided = [] if self.has_add_permission(request) else ["status", "timezone"]
        return [*super().get_readonly_fields(request, obj), *decided]


@admin.register(Branch)
class BranchAdmin(ClinicAdmin):
    """The places of a clinic, each in a city."""

    may_delete = False
    list_display = ["name", "clinic", "city", "locality"]
    list_filter = [("clinic", OwnRelated)]
    search_fields = ["name", "locality", "clinic__name", "city__name"]
    list_select_related = ["clinic", "city"]
    autocomplete_fields = ["clinic", "city"]


@admin.register(Department)
class DepartmentAdmin(ClinicAdmin):
    """The departments of a hospital."""

    list_display = ["name", "clinic"]
    list_filter = [("clinic", OwnRelated)]
    search_fields = ["name", "clinic__name"]
    list_select_related = ["clinic"]
    autocomplete_fields = ["clinic"]


@admin.register(Room)
class RoomAdmin(ClinicAdmin):
    """The consulting rooms."""

    list_display = ["name", "branch", "clinic"]
    list_filter = [("clinic", OwnRelated)]
    search_fields = ["name", "clinic__name"]
    list_select_related = ["clinic", "branch"]
    autocomplete_fields = ["clinic", "branch"]


@admin.register(Equipment)
class EquipmentAdmin(ClinicAdmin):
    """What procedures are done with, and where it stands."""

    list_display = ["name", "room", "clinic"]
    list_filter = [("clinic", OwnRelated)]
    search_fields = ["name", "clinic__name"]
    list_select_related = ["clinic", "room"]
    autocomplete_fields = ["clinic", "room"]
