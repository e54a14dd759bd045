"""The back office of what closes a calendar: holidays, leave, blocks, maintenance."""

from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from import_export.fields import Field
from import_export.results import RowResult
from import_export.widgets import DateWidget, ForeignKeyWidget
from tablib import Dataset

from clinics.backoffice import LookOnly, OwnRelated
from clinics.exports import ImportsAndExports, SafeResource
from clinics.models import Clinic
from clinics.office import office_of
from clinics.templatetags.words import full_day
from scheduling.admin.sources import SourceAdmin, tell
from scheduling.errors import CalendarError
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

    def __init__(self, clinics: list[Clinic] | None = None, by: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.clinics, self.by = {clinic.slug: clinic for clinic in clinics or ()}, by

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(branch=None)

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        headers = [str(it or "").strip().lower() for it in dataset.headers or ()]
        if missing := [name for name in NEEDED if name not in headers]:
            are = "is" if len(missing) == 1 else "are"
            raise CalendarError(
                f"The first line must name the columns date and name; {' and '.join(missing)} {are} missing."
            )
        dataset.headers = headers
        if "clinic" not in headers:
            only = next(iter(self.clinics)) if len(self.clinics) == 1 else ""
            dataset.append_col([only] * len(dataset), header="clinic")

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """A day that is over closes nothing: it is refused, unless it is known already."""
        clinic = self.clinics.get(row["clinic"])
        if clinic is None:
            raise ValidationError({"clinic": f"No clinic of yours has the address “{row['clinic']}”."})
        row["date"] = day = _day(row["date"])
        if day < clinic.today() and not self.get_queryset().filter(clinic=clinic, date=day).exists():
            raise ValidationError({"date": f"{full_day(day)} {day.year} is over."})

    def after_import(self, dataset: Dataset, result: Any, **kwargs: Any) -> None:
        """The times of these days are made anew, in the same transaction; the preview takes it all back."""
        result.affected = []
        if result.has_errors() or result.has_validation_errors():
            return
        new = [row.object_id for row in result.rows if row.import_type == RowResult.IMPORT_TYPE_NEW]
        touched = [touched_by(holiday) for holiday in Holiday.objects.filter(pk__in=new)]
        with changing(*touched, by=self.by, found=result.affected):
            pass  # the rows are saved already


def _day(cell: Any) -> date:
    """The date of a cell, which is a text in a CSV file and may be a moment in a spreadsheet."""
    if isinstance(cell, datetime):
        return cell.date()
    try:
        return datetime.strptime(str(cell or "").strip(), "%Y-%m-%d").date()
    except ValueError:
        raise ValidationError(
            {"date": f"“{cell or ''}” is no date: write year, month and day like 2027-08-15."}
        ) from None


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

    import_template_name = "scheduling/office/import_holidays.html"

    def has_import_permission(self, request: HttpRequest) -> bool:
        return office_of(request) is not None

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        tell(request, result.affected)
        return super().process_result(result, request)

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
