"""Spreadsheets out of the back office, without formulas; and in, with a preview, for operators."""

from typing import Any

from django.http import HttpRequest
from import_export.admin import ExportMixin, ImportExportMixin
from import_export.formats.base_formats import CSV, XLSX
from import_export.forms import ExportForm
from import_export.resources import ModelResource

from clinics.office import office_of

# What a spreadsheet may take for the beginning of a formula, and the full-width twins of it (OWASP: CSV injection).
FORMULA = frozenset("=+-@\t\r\n\0＝＋－＠")


def safe_cell(value: Any) -> Any:
    """A cell no spreadsheet runs: text that could begin a formula gets a quote before it."""
    if isinstance(value, str) and value and (value[0] in FORMULA or value.lstrip()[:1] in FORMULA):
        return f"'{value}"
    return value


class SafeResource(ModelResource):
    """Rows for a spreadsheet, every cell safe."""

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        return safe_cell(super().export_field(field, instance, **kwargs))


class Exports(ExportMixin):
    """Exports what the asker's own list shows."""

    export_formats = [CSV, XLSX]
    export_form_class = ExportForm  # the other one has inline handlers, which our content policy refuses

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class ImportsAndExports(Exports, ImportExportMixin):
    """Exports for everybody in the office; imports, with a preview first, for operators."""

    import_formats = [CSV, XLSX]

    def has_import_permission(self, request: HttpRequest) -> bool:
        office = office_of(request)
        return office is not None and office.is_operator
