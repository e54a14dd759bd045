"""Spreadsheets out of the back office, without formulas; and in, with a preview, for operators."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import escape, format_html
from import_export.admin import ExportMixin, ImportExportMixin
from import_export.formats.base_formats import CSV, XLSX
from import_export.forms import ExportForm
from import_export.resources import Diff, ModelResource
from import_export.results import Result
from import_export.tmp_storages import CacheStorage

from clinics.office import office_of

# What a spreadsheet may take for the beginning of a formula, and the full-width twins of it (OWASP: CSV injection).
FORMULA = frozenset("=+-@\t\r\n\0＝＋－＠")


def safe_cell(value: Any) -> Any:
    """A cell no spreadsheet runs: text that could begin a formula gets a quote before it."""
    if isinstance(value, str) and value and (value[0] in FORMULA or value.lstrip()[:1] in FORMULA):
        return f"'{value}"
    return value


class PlainDiff(Diff):
    """What an import changes in a row, without the inline styles that our content policy refuses."""

    def as_html(self) -> list[str]:
        cells = zip(self.left, self.right, strict=True)
        return [escape(new) if self.new or old == new else format_html("<s>{}</s> {}", old, new) for old, new in cells]


class SafeResource(ModelResource):
    """Rows for a spreadsheet, every cell safe."""

    @classmethod
    def get_diff_class(cls) -> type[Diff]:
        return PlainDiff

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        return safe_cell(super().export_field(field, instance, **kwargs))


class Exports(ExportMixin):
    """Exports what the asker's own list shows."""

    export_formats = [CSV, XLSX]
    export_form_class = ExportForm  # the other one has inline handlers, which our content policy refuses

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class UploadGoneError(Exception):
    """What was uploaded is kept no longer."""


class KeptUpload(CacheStorage):
    """An upload between its preview and its confirmation: by a name nobody guesses, for an hour.

    A file in the folder for temporary files would be asked for by a name the browser gives, like any other in there.
    """

    CACHE_LIFETIME = 3600  # seconds

    def read(self) -> bytes:
        data = super().read()
        if data is None:
            raise UploadGoneError
        return data


class ImportsAndExports(Exports, ImportExportMixin):
    """Exports for everybody in the office; imports, with a preview first and all rows or none, for operators."""

    import_formats = [CSV, XLSX]
    import_template_name = "clinics/office/import.html"
    tmp_storage_class = KeptUpload

    def has_import_permission(self, request: HttpRequest) -> bool:
        office = office_of(request)
        return office is not None and office.is_operator

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_import_data_kwargs(**kwargs) | {"rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        form.add_error(
            "import_file", "This file cannot be read. Save it as CSV (UTF-8) or XLSX and choose that format."
        )

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Confirmed twice, or too late, there is nothing left to import."""
        try:
            return super().process_import(request, **kwargs)
        except UploadGoneError:
            messages.error(request, "That file was imported already, or is kept no longer. Please choose it again.")
            return self._again()

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Between the preview and the confirmation somebody else may have been quicker."""
        if result.has_errors() or result.has_validation_errors():
            messages.error(request, "Something changed since the preview, so nothing was imported. Please look again.")
            return self._again()
        return super().process_result(result, request)

    def _again(self) -> HttpResponse:
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")
