"""Reception's pages: a clinic's doctors today, one queue, one token."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from clinics.access import own_page, staff_page
from clinics.models import Clinic, Role
from tokens import screens
from tokens.finding import find
from tokens.forms import AddForm, EmergencyForm
from tokens.models import Queue
from tokens.views.answers import STAFF, queue_of


@own_page()
def desks(request: HttpRequest, clinics: list[Clinic]) -> HttpResponse:
    """Straight to the desk of one's only clinic, or a choice."""
    if len(clinics) == 1:
        clinic = clinics[0]
        only_doctor = set(clinic.my_roles) == {Role.DOCTOR}
        return redirect("tokens:today") if only_doctor else redirect("tokens:desk_all", clinic.slug)
    return render(request, "tokens/desks.html", {"clinics": clinics})


@staff_page(*STAFF)
def desk_all(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """Every doctor of the clinic today, and finding a patient among them."""
    screens.ensure_queues(clinic)
    screens.ensure_board(clinic)
    fragment = screens.draw(screens.of_clinic("desk_all", clinic.pk, clinic.pk))
    if "fragment" in request.GET:
        return HttpResponse(fragment)
    asked = request.GET.get("q", "").strip()[:80]
    found = find(screens.day_of(clinic), asked) if asked else []
    boards = clinic.boards.filter(is_active=True).order_by("name", "pk")
    context = {"clinic": clinic, "fragment": fragment, "asked": asked, "found": found, "boards": boards}
    return render(request, "tokens/desk_all.html", context)


@staff_page(*STAFF)
def desk(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """One doctor's queue, and adding to it."""
    queue = queue_of(clinic, doctor)
    if asked := request.GET.get("fragment"):
        strip = screens.of_clinic("doctors", clinic.pk, queue.pk)
        return HttpResponse(screens.draw(strip if asked == "doctors" else screens.of_queue("desk", queue.pk)))
    return desk_page(request, queue)


def desk_page(request: HttpRequest, queue: Queue, **forms: AddForm | EmergencyForm) -> HttpResponse:
    """The page of one queue, with a form as it was typed when it must be shown again."""
    screens.ensure_queues(queue.clinic)
    context = {
        "clinic": queue.clinic,
        "queue": queue,
        "doctors": screens.draw(screens.of_clinic("doctors", queue.clinic_id, queue.pk)),
        "fragment": screens.draw(screens.of_queue("desk", queue.pk)),
        "add": AddForm(),
        "emergency": EmergencyForm(),
    }
    return render(request, "tokens/desk.html", context | forms)


@staff_page(*STAFF)
def desk_token(request: HttpRequest, clinic: Clinic, doctor: str, number: int) -> HttpResponse:
    """All that can be done with one token, and all that has happened to it."""
    queue = queue_of(clinic, doctor)
    token = get_object_or_404(queue.tokens.select_related("patient", "moved_to"), number=number)
    events = token.events.select_related("by").order_by("pk")
    inside = queue.tokens.consulting().first()
    context = {"clinic": clinic, "queue": queue, "token": token, "events": events, "inside": inside}
    context["seen"] = inside.number if inside else ""
    return render(request, "tokens/desk_token.html", context)
