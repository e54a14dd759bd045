"""Booking for several of a family: how many, and a time with places side by side."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache

from clinics.access import public_page
from doctors.models import Doctor
from patients.browser import browser_of
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import Slot
from scheduling.models.hold import FAMILY
from scheduling.together import together_page

CHOICES = range(2, FAMILY + 1)


@public_page(because="free times; anybody may hold as many of them as a family needs, for ten minutes")
@never_cache
def together(request: HttpRequest, clinic: str, doctor: str) -> HttpResponse:
    """Choose how many come and when; a tap holds all their places."""
    doctors = Doctor.objects.active().select_related("clinic")
    who = get_object_or_404(doctors, clinic__slug=clinic, slug=doctor)
    if not who.takes_patients:
        return redirect(who)
    if request.method == "POST":
        return _hold(request, who)
    people = _people(request.GET.get("people", ""))
    shown = together_page(who, people=people, asked=_day(request.GET.get("day", "")))
    context = {"doctor": who, "clinic": who.clinic, "shown": shown, "choices": CHOICES}
    return render(request, "scheduling/together.html", context)


def _hold(request: HttpRequest, doctor: Doctor) -> HttpResponse:
    people, tapped = _people(request.POST.get("people", "")), request.POST.get("slot", "")
    is_key = tapped.isascii() and tapped.isdecimal() and len(tapped) < 19
    slot = Slot.objects.filter(pk=tapped, doctor=doctor).first() if is_key else None
    back = f"{reverse('scheduling:together', args=[doctor.clinic.slug, doctor.slug])}?people={people}"
    if slot is None:
        messages.error(request, f"That is not a time of {doctor.short_name}. Choose one of these.")
        return redirect(back)
    slot.doctor = doctor
    try:
        first, *_ = services.hold_together(slot=slot, people=people, browser=browser_of(request))
    except BookingError as error:
        messages.error(request, str(error))
        return redirect(f"{back}&day={slot.date}")
    return redirect("scheduling:book", first.pk)


def _people(text: str) -> int:
    """How many, two unless something that can be is said."""
    return int(text) if text in {str(many) for many in CHOICES} else CHOICES[0]


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None  # 2026-02-31
