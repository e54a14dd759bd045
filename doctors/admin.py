"""The back office of doctors and specialties."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export.fields import Field
from import_export.widgets import SimpleArrayWidget

from clinics.backoffice import ClinicAdmin, ClinicInline, LookOnly, OwnRelated
from clinics.exports import Exports, ImportsAndExports, SafeResource
from doctors import photos
from doctors.errors import DoctorError
from doctors.forms import DoctorForm, OfDoctorForm
from doctors.models import Doctor, DoctorBranch, DoctorDepartment, Photo, Specialty
from doctors.states import CHECKED


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
            "clinic", "name", "slug", "status", "specialty", "department", "qualifications", "council",
            "registration_number", "licence_status", "fee_paise", "follow_up_fee_paise", "follow_up_days",
            "tele_fee_paise", "is_free", "consultation_minutes", "score",
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


class BranchInline(ClinicInline):
    """Where a doctor sees patients."""

    model = DoctorBranch
    form = OfDoctorForm
    exclude = ["clinic"]
    autocomplete_fields = ["branch"]
    verbose_name, verbose_name_plural = "branch", "branches"


class DepartmentInline(ClinicInline):
    """Where else a doctor works."""

    model = DoctorDepartment
    form = OfDoctorForm
    exclude = ["clinic"]
    autocomplete_fields = ["department"]
    verbose_name, verbose_name_plural = "further department", "further departments"


class DoctorAdmin(Exports, ClinicAdmin):
    """Doctors, each at one clinic. They are never deleted: what they did is kept."""

    may_delete = False
    form = DoctorForm
    resource_classes = [DoctorResource]
    inlines = [BranchInline, DepartmentInline]
    fixed = ("clinic", "slug")
    readonly_fields = ["photo_now"]
    list_display = ["__str__", "clinic", "specialty", "status"]
    list_filter = ["status", "licence_status", ("specialty", OwnRelated), ("clinic", OwnRelated)]
    search_fields = ["name", "registration_number", "clinic__name", "specialty__name"]
    list_select_related = ["clinic", "specialty"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["clinic", "user", "specialty", "department", "room"]
    fieldsets = [
        (None, {"fields": ["clinic", "name", "slug", "user"]}),
        ("Practice", {"fields": ["specialty", "department", "room", "consultation_minutes"]}),
        ("Licence", {"fields": ["council", "registration_number"]}),
        ("Fees", {"fields": ["fee_paise", "is_free", "follow_up_fee_paise", "follow_up_days", "tele_fee_paise"]}),
        (
            "What patients read",
            {"fields": ["gender", "qualifications", "languages", "about", "photo_now", "photo", "no_photo"]},
        ),
    ]

    def save_model(self, request: HttpRequest, obj: Doctor, form: Any, change: bool) -> None:
        """What was verified is another licence once its number or council is another: it is checked again."""
        super().save_model(request, obj, form, change)
        if obj.licence_status in CHECKED and {"council", "registration_number"} & set(form.changed_data):
            try:
                obj.licence_to(obj.Licence.WAITING, by=request.user)
            except DoctorError as error:
                messages.error(request, str(error))
        if form.cleaned_data.get("photo"):
            photos.keep(doctor=obj, image=form.cleaned_data["photo"])
        elif form.cleaned_data.get("no_photo"):
            photos.keep(doctor=obj, image=None)

    @admin.display(description="photo now")
    def photo_now(self, doctor: Doctor) -> SafeString | str:
        """What patients see; it stands in the page itself, since only active doctors' photos have an address."""
        photo = Photo.objects.filter(doctor=doctor).first()
        return format_html('<img class="face" src="{}" alt="{}">', photo.inline, doctor) if photo else "none"


admin.site.register(Doctor, DoctorAdmin)


class OfDoctorAdmin(ClinicAdmin):
    """Rows of a doctor, kept on the doctor's page; here they are found and put right."""

    form = OfDoctorForm
    exclude = ["clinic"]
    fixed = ("doctor",)
    list_filter = [("clinic", OwnRelated)]
    list_select_related = ["doctor", "clinic"]
    autocomplete_fields = ["doctor"]
    search_fields = ["doctor__name", "clinic__name"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(DoctorBranch)
class DoctorBranchAdmin(OfDoctorAdmin):
    """Who sees patients where."""

    list_display = ["doctor", "branch", "clinic"]
    list_select_related = ["doctor", "branch", "clinic"]
    autocomplete_fields = ["doctor", "branch"]


@admin.register(DoctorDepartment)
class DoctorDepartmentAdmin(OfDoctorAdmin):
    """Who works where else."""

    list_display = ["doctor", "department", "clinic"]
    list_select_related = ["doctor", "department", "clinic"]
    autocomplete_fields = ["doctor", "department"]


@admin.register(Photo)
class PhotoAdmin(LookOnly):
    """Photos, changed on the doctor's page."""

    list_display = ["doctor", "made_at", "clinic"]
    list_filter = [("clinic", OwnRelated)]
    list_select_related = ["doctor", "clinic"]
    search_fields = ["doctor__name", "clinic__name"]
    ordering = ["-pk"]
    fields = ["clinic", "doctor", "made_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        return super().get_queryset(request).defer("image")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False
