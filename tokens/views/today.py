"""The doctor's own list of the day, made for a thumb."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clinics.access import own_page
from clinics.models import Clinic, Role
from doctors.models import Doctor
from tokens import screens, services


@own_page(Role.DOCTOR)
def today(request: HttpRequest, clinics: list[Clinic]) -> HttpResponse:
    """The queue of today at one's clinic; who works at several chooses first."""
    mine = Doctor.objects.at_work().filter(user=request.user, clinic__in=clinics).select_related("clinic")
    chosen = mine
    if clinic := request.GET.get("clinic"):
        chosen = chosen.filter(clinic__slug=clinic)
    if doctor := request.GET.get("doctor"):
        chosen = chosen.filter(slug=doctor)
    doctors = list(chosen) or list(mine)
    if len(doctors) != 1:
        return render(request, "tokens/today_choose.html", {"doctors": doctors})
    queue = services.current_queue(doctors[0])
    fragment = screens.draw(screens.of_queue("today", queue.pk))
    if "fragment" in request.GET:
        return HttpResponse(fragment)
    context = {"clinic": doctors[0].clinic, "queue": queue, "fragment": fragment}
    return render(request, "tokens/today.html", context)
