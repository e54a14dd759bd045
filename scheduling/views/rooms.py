"""A clinic's rooms, for whoever runs it."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinics.access import staff_page
from clinics.models import Clinic, Role
from scheduling.rooms import rooms_of
from scheduling.views.calendars import asked_day


@staff_page(Role.ADMIN)
@require_safe
def rooms(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """Who sits where today, what is out of use, and how much of a week each room is used."""
    asked, today = asked_day(request, clinic, "week"), clinic.today()
    monday = asked - timedelta(days=asked.weekday())
    context = {"clinic": clinic, "found": rooms_of(clinic, monday), "today": today, "monday": monday}
    context |= {
        "sunday": monday + timedelta(days=6), "before": monday - timedelta(days=7), "after": monday + timedelta(days=7),
    }  # fmt: skip
    return render(request, "scheduling/rooms.html", context)
