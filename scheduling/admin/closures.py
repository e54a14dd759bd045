"""The back office of what closes a calendar: holidays, leave, blocks, maintenance."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from import_export.fields import Field
from import_export.widgets import DateWidget, ForeignKeyWidget
from tablib import Dataset

from clinics.backoffice import LookOnly, OwnRelated
from clinics.exports import ImportsAndExports, SafeResource
from clinics.models import Clinic
from clinics.office import office_of
from scheduling.admin.sources import SourceAdmin
from scheduling.models import Block, Holiday, LeaveRequest, Maintenance
from scheduling.services.sources import changing, touched_by

NEEDED = ("date", "name")


class HolidayResource(SafeResource):
    """A list of holidays: `date` (2026-08-26) and `name`, and `clinic` (its address) where there are several."""

    clinic = Field("clinic", "clinic", ForeignKeyWidget(Clinic, "slug"))
    date = Field("date", "date", DateWidget("%Y-%m-%d"))

    class Meta:
        model = Holiday
        import_id_fields = ["clinic", "date"]
        fields = export_order = ["clinic", "date", "name"]
        clean_model_instances = skip_unchanged = True

    def __init__(self, clinics: list[Clinic] | None = None, by: Any = None) -> None:
        super().__init__()
        self.clinics, self.by = {clinic.slug: clinic for clinic in clinics or ()}, by

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(branch=None)

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        headers = [str(it).strip().lower() for it in dataset.headers or ()]
        if missing := [name for name in NEEDED if name not in headers]:
            raise ValidationError(
                f"The first line must name the columns date and name; {' and '.join(missing)} is missing."
            )
        dataset.headers = headers
        if "clinic" not in headers:
            only = next(iter(self.clinics)) if len(self.clinics) == 1 else ""
            dataset.append_col([only] * len(dataset), header="clinic")

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        if row["clinic"] not in self.clinics:
            raise ValidationError({"clinic": f"No clinic of yours has the address “{row['clinic']}”."})

    def after_import(self, dataset: Dataset, result: Any, **kwargs: Any) -> None:
        if kwargs.get("dry_run"):
            return
        saved = Holiday.objects.filter(pk__in=[row.object_id for row in result.rows if row.object_id])
        with changing(*(touched_by(holiday) for holiday in saved), by=self.by):
            pass  # the rows are saved already, in the same transaction


@admin.register(Holiday)
class HolidayAdmin(ImportsAndExports, SourceAdmin):
    """Days on which a clinic is closed; a whole year's list comes in as a file."""

    resource_classes = [HolidayResource]
    fixed = ("clinic",)
    list_display = ["date", "name", "clinic", "branch"]
    list_filter = ["date", ("clinic", OwnRelated)]
    search_fields = ["name", "clinic__name"]
    list_select_related = ["clinic", "branch"]
    ordering = ["-date"]
    autocomplete_fields = ["clinic", "branch"]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return office_of(request) is not None

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        office = office_of(request)
        clinics = Clinic.objects.all() if office.is_operator else Clinic.objects.filter(pk__in=office.clinic_ids)
        return super().get_import_resource_kwargs(request, **kwargs) | {"clinics": list(clinics), "by": request.user}


@admin.register(Block)
class BlockAdmin(SourceAdmin):
    """Times at which a doctor sees nobody, at once and without asking."""

    fixed = ("doctor",)
    list_display = ["starts_at", "ends_at", "doctor", "kind", "why"]
    list_filter = ["kind", ("clinic", OwnRelated)]
    search_fields = ["doctor__name", "why"]
    list_select_related = ["doctor"]
    ordering = ["-starts_at"]
    autocomplete_fields = ["doctor"]
    fields = ["doctor", "kind", "starts_at", "ends_at", "why"]

    def save_model(self, request: HttpRequest, obj: Block, form: Any, change: bool) -> None:
        if not change:
            obj.made_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(Maintenance)
class MaintenanceAdmin(SourceAdmin):
    """Times at which a room or a piece of equipment cannot be used."""

    list_display = ["starts_at", "ends_at", "room", "equipment", "why", "clinic"]
    list_filter = [("clinic", OwnRelated)]
    search_fields = ["why", "room__name", "equipment__name"]
    list_select_related = ["clinic", "room", "equipment"]
    ordering = ["-starts_at"]
    autocomplete_fields = ["clinic", "room", "equipment"]
    fields = ["clinic", "room", "equipment", "starts_at", "ends_at", "why"]


@admin.register(LeaveRequest)
class LeaveAdmin(LookOnly):
    """Leave as it was asked for and decided; it is decided on the clinic's leave page."""

    list_display = ["starts_at", "ends_at", "doctor", "state", "asked_at", "decided_by"]
    list_filter = ["state", ("clinic", OwnRelated)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "decided_by"]
    ordering = ["-starts_at"]
