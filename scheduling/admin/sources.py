"""What every page has in common on which hours or closures are changed: tried before it is saved, and told after."""

import copy
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from clinics.backoffice import ClinicAdmin, SameClinicForm
from scheduling.errors import CalendarError
from scheduling.models import Conflict
from scheduling.services.sources import AnySource, Touched, changing, impact, touched_by


class SourceForm(SameClinicForm):
    """Tries the change when it is sound in itself: what the calendar refuses is said here, and nothing is changed."""

    def own_clinic_id(self, cleaned: dict[str, Any]) -> int | None:
        """Where there is a doctor, the doctor's clinic is the row's."""
        doctor = cleaned.get("doctor") or (self.instance.doctor if getattr(self.instance, "doctor_id", None) else None)
        if doctor is not None:
            self.instance.clinic_id = doctor.clinic_id
        return self.instance.clinic_id or super().own_clinic_id(cleaned)

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors or not self.has_changed():
            return
        tried = copy.copy(self.instance)
        try:
            impact(tried.save, *touched(tried), by=None)
        except CalendarError as error:
            self.add_error(None, str(error))


def touched(source: AnySource) -> list[Touched]:
    """Whose days a source spoke of until now, and will speak of."""
    before = type(source).objects.filter(pk=source.pk).first() if source.pk else None
    return [touched_by(it) for it in (before, source) if it is not None]


class SourceAdmin(ClinicAdmin):
    """A source of hours: saved or deleted together with the times it makes, and with the list of whom it affects."""

    form = SourceForm

    def save_model(self, request: HttpRequest, obj: AnySource, form: Any, change: bool) -> None:
        found: list[Conflict] = []
        with changing(*touched(obj), by=request.user, found=found):
            super().save_model(request, obj, form, change)
        tell(request, found)

    def delete_model(self, request: HttpRequest, obj: AnySource) -> None:
        found: list[Conflict] = []
        with changing(touched_by(obj), by=request.user, found=found):
            super().delete_model(request, obj)
        tell(request, found)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        found: list[Conflict] = []
        with changing(*(touched_by(obj) for obj in queryset), by=request.user, found=found):
            super().delete_queryset(request, queryset)
        tell(request, found)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Between the try and the saving somebody else may have been quicker."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except CalendarError as error:
            messages.error(request, str(error))
            return HttpResponse(status=302, headers={"Location": request.path})


def tell(request: HttpRequest, found: Iterable[Conflict]) -> None:
    """Say whose visits are affected, with the way to their list."""
    found = list(found)
    if not found:
        return
    who = "1 visit is" if len(found) == 1 else f"{len(found)} visits are"
    text = capfirst(f"{who} affected. The patients have been told, and a time is kept for each.")
    url = reverse("scheduling:changes", args=[found[0].clinic.slug])
    messages.warning(request, format_html('{} <a href="{}">See who</a>', text, url))
