"""A doctor's usual week, for whoever runs the clinic: drawn, changed as a whole, and tried before it is saved."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from clinics.access import staff_page
from clinics.models import Clinic, Role
from doctors.models import Doctor
from scheduling import services
from scheduling.errors import CalendarError, HoursRefused
from scheduling.forms import Week


@staff_page(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """The week; pressed “Whom would it affect?” it is only tried, and an HTMX request asks that at each change."""
    whose = get_object_or_404(Doctor.objects.filter(clinic=clinic).select_related("clinic"), slug=doctor)
    week = Week(request.POST or None, instance=whose, prefix="hours")
    tried: dict[str, Any] = {"sorry": "", "affected": [], "known": False}
    is_try = bool(request.htmx) or "try" in request.POST
    if request.method == "POST" and week.is_valid():
        try:
            if not is_try:
                return _saved(request, whose, services.change_hours(doctor=whose, by=request.user, **week.rows))
            tried["affected"] = services.hours_affect(doctor=whose, by=request.user, **week.rows)
            tried["known"] = True
        except HoursRefused as error:
            week.refuse(error)
        except CalendarError as error:
            tried["sorry"] = str(error)
    template = "scheduling/_hours_tried.html" if request.htmx else "scheduling/hours.html"
    return render(request, template, {"clinic": clinic, "doctor": whose, "week": week} | tried)


def _saved(request: HttpRequest, doctor: Doctor, found: list[Any]) -> HttpResponse:
    """Say what came of it, and show the week as it is now."""
    told = ""
    if found:
        visits = "1 visit is" if len(found) == 1 else f"{len(found)} visits are"
        told = f" {visits} affected: the patients have been told, and a time is kept for each."
    messages.success(request, f"The hours of {doctor.short_name} are saved.{told}")
    return redirect("scheduling:hours", doctor.clinic.slug, doctor.slug)
