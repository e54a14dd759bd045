"""Calendars: a clinic's day with all its doctors side by side, and a doctor's week."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from clinics.access import staff_page
from clinics.models import Clinic, Role
from doctors.models import Doctor
from scheduling.calendars import Column, calendar_of

REACH = timedelta(days=2 * 366)  # either way: calendars are neither made nor kept beyond


@staff_page(Role.RECEPTIONIST, Role.DOCTOR, Role.ADMIN)
@require_safe
def calendar(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """One day of a clinic: who sits where, what is closed, how full it is, who is booked."""
    day = asked_day(request, clinic, "day")
    doctors = _doctors(clinic)
    columns = [Column(doctor, day) for doctor in doctors]
    page = calendar_of(clinic, columns, names_of=_readable(request, doctors), hide_idle=True)
    context = {"clinic": clinic, "page": page, "day": day, "today": clinic.today(), "doctors": doctors}
    context |= {"before": day - timedelta(days=1), "after": day + timedelta(days=1), "settles": _settles(request)}
    return render(request, "scheduling/calendar.html", context)


@staff_page(Role.RECEPTIONIST, Role.DOCTOR, Role.ADMIN)
@require_safe
def calendar_week(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """One week of a doctor, from Monday to Sunday."""
    whose = get_object_or_404(_doctors(clinic), slug=doctor)
    asked = asked_day(request, clinic, "week")
    monday = asked - timedelta(days=asked.weekday())
    columns = [Column(whose, monday + timedelta(days=n)) for n in range(7)]
    page = calendar_of(clinic, columns, names_of=_readable(request, [whose]), hide_idle=False)
    context = {"clinic": clinic, "page": page, "doctor": whose, "today": clinic.today(), "doctors": _doctors(clinic)}
    context |= {
        "monday": monday, "sunday": monday + timedelta(days=6), "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7), "settles": _settles(request),
    }  # fmt: skip
    return render(request, "scheduling/calendar_week.html", context)


def _doctors(clinic: Clinic) -> QuerySet[Doctor]:
    """Those who see patients there."""
    return Doctor.objects.at_work().filter(clinic=clinic).select_related("room").order_by("name")


def asked_day(request: HttpRequest, clinic: Clinic, name: str) -> date:
    """The day in the address; today where there is none, or none that anybody could mean."""
    today = clinic.today()
    try:
        asked = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return today
    return asked if abs(asked - today) <= REACH else today


def _settles(request: HttpRequest) -> bool:
    """Whether the list of visits without their doctor is theirs to work through."""
    return not request.roles.isdisjoint({Role.RECEPTIONIST, Role.ADMIN})


def _readable(request: HttpRequest, doctors: Iterable[Doctor]) -> set[int]:
    """Whose patients the asker reads by name: reception and the clinic's admin everybody's, a doctor their own."""
    return {doctor.pk for doctor in doctors if _settles(request) or doctor.user_id == request.user.pk}
