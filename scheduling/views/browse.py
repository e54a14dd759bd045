"""What everybody may look at: cities, clinics, doctors and their free times."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from clinics.access import public_page
from clinics.models import City, Clinic
from doctors.models import Doctor
from scheduling.browse import city_page
from scheduling.cards import clinic_card
from scheduling.days import doctor_page
from scheduling.question import FILTERS
from scheduling.screens import of_page
from scheduling.search import cities_called, cities_with_clinics, clean, likeness, nearest_cities, search

SHARED = {"public": True, "max_age": 30}


@public_page(because="cities and names of clinics, as on their signboards")
@require_safe
@cache_control(**SHARED)
def home(request: HttpRequest) -> HttpResponse:
    """Choose a city, or find a clinic or a doctor by name."""
    words = clean(request.GET.get("q"))
    cities = list(cities_with_clinics())
    found = search(words, cities) if words else None
    if found is not None and found.city:
        address = reverse("scheduling:city", args=[found.city.slug])
        return redirect(f"{address}?{urlencode({'q': found.rest})}" if found.rest else address)
    return render(request, "scheduling/home.html", {"cities": cities, "words": words, "found": found})


@public_page(because="clinics, doctors and free times; nobody's bookings")
@require_safe
@cache_control(**SHARED)
def city(request: HttpRequest, city: str) -> HttpResponse:
    """A city's clinics and doctors, each with the next free time."""
    place = City.objects.filter(slug=city).first()
    if place is None:
        return _no_city(request, clean(city.replace("-", " ")))
    if any(request.GET.get(it.name) == "" for it in FILTERS):  # a form without JavaScript says what is left open, too
        filled = {name: text for name, text in request.GET.items() if text}
        return redirect(f"{request.path}?{urlencode(filled)}" if filled else request.path)
    shown = city_page(place, request.GET)
    nearest = [] if shown.facts.doctors else list(cities_with_clinics()[:4])
    return render(request, "scheduling/city.html", {"shown": shown, "city": place, "nearest": nearest})


@public_page(because="a clinic's address, doctors and free times; nobody's bookings")
@require_safe
@cache_control(**SHARED)
def clinic(request: HttpRequest, clinic: str) -> HttpResponse:
    """A clinic and its doctors."""
    place = Clinic.objects.approved().filter(slug=clinic).first()
    if place is None:
        return _no_clinic(request)
    return render(request, "scheduling/clinic.html", {"clinic": place, "card": clinic_card(place)})


@public_page(because="free times; who holds or booked the others is not said")
@require_safe
@cache_control(private=True, no_cache=True)  # its form carries a CSRF token
def doctor(request: HttpRequest, clinic: str, doctor: str) -> HttpResponse:
    """A doctor's days and free times; a tap holds one."""
    doctors = Doctor.objects.active().select_related("clinic", "specialty", "room").as_patients_read()
    who = doctors.filter(clinic__slug=clinic, slug=doctor).first()
    if who is None:
        place = Clinic.objects.approved().filter(slug=clinic).first()
        return _no_doctor(request, place) if place else _no_clinic(request)
    shown = doctor_page(who, asked=request.GET.get("day", ""), how=request.GET.get("mode", ""))
    fragment = of_page(shown)
    if "fragment" in request.GET:
        return HttpResponse(fragment)
    context = {"doctor": who, "clinic": who.clinic, "shown": shown, "fragment": fragment}
    return render(request, "scheduling/doctor.html", context)


def _no_city(request: HttpRequest, asked: str) -> HttpResponse:
    """To the city with that old or other spelling; otherwise those spelt most alike."""
    cities = list(cities_with_clinics())
    called = cities_called(asked, cities)
    if called and likeness(asked, called[0]) == 1:
        return redirect("scheduling:city", called[0].slug)
    context = {"said": f"We know no city called “{asked}”", "cities": nearest_cities(asked, cities)}
    return render(request, "scheduling/nothing.html", context, status=404)


def _no_clinic(request: HttpRequest) -> HttpResponse:
    """No such clinic, or none that takes bookings: the largest cities instead."""
    said = "No clinic that takes bookings here has this address"
    return render(request, "scheduling/nothing.html", {"said": said, "cities": cities_with_clinics()[:4]}, status=404)


def _no_doctor(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """No such doctor, or one who takes no bookings: the clinic's others instead."""
    said = f"No doctor at {clinic} has this address"
    return render(request, "scheduling/nothing.html", {"said": said, "clinic": clinic}, status=404)
