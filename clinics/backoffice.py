"""What every page of the back office has in common: each clinic sees its own rows, operators see no patient's name."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.options import BaseModelAdmin
from django.core.paginator import Paginator
from django.db import models
from django.db.models.query import ModelIterable
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property

from clinics import audit
from clinics.models import Clinic
from clinics.office import Office, office_of

COUNTED = 2000  # rows: of a table of millions nobody reads further, and counting it all takes seconds
CHOICES = 60  # a filter with more to choose from than this is of no use: search finds it


class CappedPaginator(Paginator):
    """Pages through the first rows of a large table without counting the rest."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, up to COUNTED."""
        return self.object_list.order_by()[:COUNTED].count()


class OwnRelated(RelatedFieldListFilter):
    """Filters by a related object, offering only those that the asker may see."""

    def field_choices(self, field: models.Field, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        remote = model_admin.admin_site.get_model_admin(field.remote_field.model)
        found = list(remote.get_queryset(request)[: CHOICES + 1])
        return [] if len(found) > CHOICES else [(row.pk, str(row)) for row in found]


class SameClinicForm(forms.ModelForm):
    """Refuses what belongs to another clinic than the row itself; the database would refuse it less kindly."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        own = self.own_clinic_id(cleaned)
        for name, value in list(cleaned.items()):
            rows = value if isinstance(value, models.QuerySet) else [value]
            if own and any(getattr(row, "clinic_id", own) != own for row in rows):
                self.add_error(name, "This belongs to another clinic.")
        return cleaned

    def own_clinic_id(self, cleaned: dict[str, Any]) -> int | None:
        """The clinic the row belongs to, as typed or as it stands."""
        typed = cleaned.get("clinic")
        return typed.pk if isinstance(typed, Clinic) else getattr(self.instance, "clinic_id", None)


class Guarded(BaseModelAdmin):
    """By role instead of by Django's permissions: operators everything, clinic admins the rows of their clinics.

    `clinic_path` leads from a row to its clinic ("" when the row is one, None when it belongs to none: operators
    only). `is_shared` rows belong to everybody: clinic admins choose among them, operators change them.
    """

    clinic_path: str | None = "clinic"
    is_shared = False
    may_add = may_change = may_delete = True

    def of_clinics(self, queryset: models.QuerySet, clinic_ids: Iterable[int]) -> models.QuerySet:
        """The rows of these clinics."""
        return queryset.filter(**{f"{self.clinic_path or 'pk'}__in": clinic_ids})

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        queryset, office = super().get_queryset(request), office_of(request)
        if office is None or not self._opens(office):
            return queryset.none()
        return queryset if office.is_operator or self.is_shared else self.of_clinics(queryset, office.clinic_ids)

    def _opens(self, office: Office) -> bool:
        return office.is_operator or self.is_shared or self.clinic_path is not None

    def _may(self, request: HttpRequest, obj: Any, *, touch: bool) -> bool:
        """Whether these rows may be seen, or touched; of a row the queryset decides, the one rule there is."""
        office = office_of(request)
        if office is None or not self._opens(office) or (touch and self.is_shared and not office.is_operator):
            return False
        if office.is_operator or not isinstance(obj, self.model) or obj.pk is None or self.is_shared:
            return True
        known = request.__dict__.setdefault("_seen_rows", {})
        key = (self.model, obj.pk)
        if key not in known:
            known[key] = self.get_queryset(request).filter(pk=obj.pk).exists()
        return known[key]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, None, touch=False)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj, touch=False)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_add and self._may(request, None, touch=True)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change and self._may(request, obj, touch=True)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and self._may(request, obj, touch=True)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self._choosable(db_field, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self._choosable(db_field, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _choosable(self, db_field: Any, request: HttpRequest) -> models.QuerySet:
        """What the asker may see in the other table's own list."""
        return self.admin_site.get_model_admin(db_field.remote_field.model).get_queryset(request)


class ClinicInline(Guarded, admin.TabularInline):
    """Rows of a clinic inside another page."""

    form = SameClinicForm
    extra = 0
    show_change_link = False


class ClinicAdmin(Guarded, admin.ModelAdmin):
    """A page of the back office. `veil` masks what operators must not read; `fixed` never changes once saved."""

    form = SameClinicForm
    fixed: tuple[str, ...] = ("clinic",)
    veil: Any = None
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    list_per_page = 50
    empty_value_display = "–"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        queryset = super().get_queryset(request)
        if self.veil is not None and not office_reads(request):
            queryset._iterable_class = type("Veiled", (VeiledRows,), {"veil": staticmethod(self.veil)})
        return queryset

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [name for name in self.fixed if obj is not None and hasattr(self.model, name)]
        return list(dict.fromkeys([*super().get_readonly_fields(request, obj), *fixed]))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj is not None else super().get_prepopulated_fields(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial, office = super().get_changeform_initial_data(request), office_of(request)
        if office and len(office.clinic_ids) == 1:
            initial.setdefault("clinic", next(iter(office.clinic_ids)))
        return initial

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what a filter offers: no guessing at passwords, keys and names through the address."""
        names = [item[0] if isinstance(item, (list, tuple)) else item for item in self.get_list_filter(request)]
        firsts = {getattr(name, "parameter_name", name).split("__")[0] for name in names}
        return lookup.split("__", maxsplit=1)[0] in firsts and super().lookup_allowed(lookup, value, request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write only what was changed here, so that a counter that moved meanwhile stays as it is."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in obj._meta.concrete_fields}
        if changed := [name for name in form.changed_data if name in columns]:
            obj.save(update_fields=changed)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "added", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "changed", message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        for obj in queryset:
            self._record(request, obj, "deleted", [])
        return super().log_deletions(request, queryset)

    def _record(self, request: HttpRequest, obj: Any, verb: str, message: Any) -> None:
        """Into the audit trail: which fields, never what was in them."""
        parts = message if isinstance(message, list) else []
        fields = [name for part in parts for name in part.get("changed", {}).get("fields", [])]
        clinic = obj if isinstance(obj, Clinic) else getattr(obj, "clinic", None)
        audit.record(
            f"office.{verb}", clinic=clinic, by=request.user, about=obj, model=self.opts.label_lower, fields=fields
        )

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404(f"No {opts.verbose_name} of yours has this number.")


class LookOnly(ClinicAdmin):
    """Rows that the product writes: shown, never added, changed or deleted by hand."""

    may_add = may_change = may_delete = False
    actions = None


class VeiledRows(ModelIterable):
    """Rows as operators see them: the patients in them masked before anybody reads them."""

    veil: Any

    def __iter__(self) -> Iterator[Any]:
        for row in super().__iter__():
            self.veil(row)
            yield row


def office_reads(request: HttpRequest) -> bool:
    """Whether the asker may read the names and phones of the patients in the rows shown: clinics may, operators not."""
    office = office_of(request)
    return office is not None and not office.is_operator
