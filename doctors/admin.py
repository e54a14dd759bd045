"""The back office of doctors and specialties."""

from django.contrib import admin
from import_export.fields import Field
from import_export.widgets import SimpleArrayWidget

from clinics.backoffice import ClinicAdmin, OwnRelated
from clinics.exports import Exports, ImportsAndExports, SafeResource
from doctors.models import Doctor, Specialty


class SpecialtyResource(SafeResource):
    """A specialty as a row of a spreadsheet; the slug says which one."""

    keywords = Field("keywords", "keywords", SimpleArrayWidget())

    class Meta:
        model = Specialty
        import_id_fields = ["slug"]
        fields = export_order = ["slug", "name", "clinical_name", "keywords", "weight"]
        clean_model_instances = skip_unchanged = True


class DoctorResource(SafeResource):
    """A doctor as a row of a spreadsheet."""

    clinic = Field("clinic__name", "clinic")
    specialty = Field("specialty__name", "specialty")
    department = Field("department__name", "department")

    class Meta:
        model = Doctor
        fields = export_order = [
            "clinic", "name", "slug", "status", "specialty", "department", "qualifications", "registration_number",
            "fee_paise", "consultation_minutes",
        ]  # fmt: skip


@admin.register(Specialty)
class SpecialtyAdmin(ImportsAndExports, ClinicAdmin):
    """What patients look for: everybody chooses, operators change."""

    clinic_path, is_shared = None, True
    resource_classes = [SpecialtyResource]
    list_display = ["name", "clinical_name", "slug", "weight"]
    list_filter = [("doctors__clinic", OwnRelated)]
    search_fields = ["name", "clinical_name", "slug", "keywords"]
    fixed = ("slug",)
    prepopulated_fields = {"slug": ["name"]}


class DoctorAdmin(Exports, ClinicAdmin):
    """Doctors, each at one clinic. They are never deleted: what they did is kept."""

    may_delete = False
    resource_classes = [DoctorResource]
    fixed = ("clinic", "slug")
    list_display = ["__str__", "clinic", "specialty", "department", "status"]
    list_filter = ["status", ("specialty", OwnRelated), ("clinic", OwnRelated)]
    search_fields = ["name", "registration_number", "clinic__name", "specialty__name"]
    list_select_related = ["clinic", "specialty", "department"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["clinic", "user", "specialty", "department", "room"]
    fieldsets = [
        (None, {"fields": ["clinic", "name", "slug", "status", "user"]}),
        ("Practice", {"fields": ["specialty", "department", "room", "consultation_minutes", "fee_paise"]}),
        (
            "What patients read",
            {"fields": ["gender", "qualifications", "registration_number", "languages", "about"]},
        ),
    ]


admin.site.register(Doctor, DoctorAdmin)
