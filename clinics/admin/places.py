"""Districts and cities: everybody chooses among them, operators change them."""

from django.contrib import admin
from import_export.fields import Field
from import_export.widgets import ForeignKeyWidget, SimpleArrayWidget

from clinics.backoffice import ClinicAdmin
from clinics.exports import ImportsAndExports, SafeResource
from clinics.models import City, District


class CityResource(SafeResource):
    """A city as a row of a spreadsheet; the slug says which one."""

    district = Field("district", "district", ForeignKeyWidget(District, "slug"))
    aliases = Field("aliases", "aliases", SimpleArrayWidget())

    class Meta:
        model = City
        import_id_fields = ["slug"]
        fields = export_order = ["slug", "name", "name_ml", "district", "aliases", "weight"]
        clean_model_instances = skip_unchanged = True


@admin.register(District)
class DistrictAdmin(ClinicAdmin):
    """Kerala's districts."""

    clinic_path, is_shared = None, True
    list_display = ["name", "name_ml", "slug"]
    search_fields = ["name", "name_ml", "slug"]
    fixed = ("slug",)
    prepopulated_fields = {"slug": ["name"]}


@admin.register(City)
class CityAdmin(ImportsAndExports, ClinicAdmin):
    """Cities and towns, with the other spellings that the search knows."""

    clinic_path, is_shared = None, True
    resource_classes = [CityResource]
    list_display = ["name", "name_ml", "district", "aliases", "weight"]
    list_filter = ["district"]
    search_fields = ["name", "name_ml", "slug", "aliases"]
    list_select_related = ["district"]
    autocomplete_fields = ["district"]
    fixed = ("slug",)
    prepopulated_fields = {"slug": ["name"]}
