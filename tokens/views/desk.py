"""Reception's pages: a clinic's doctors today, one queue, one token."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from clinics.access import own_page, staff_page
from clinics.models import Clinic, Role
from doctors.models import Doctor
from tokens import days, screens
from tokens.finding import find
from tokens.forms import AddForm, EmergencyForm
from tokens.models import Purpose, Queue, Token, TokenEvent
from tokens.place import Place
from tokens.reasons import why_here
from tokens.services.placing import MAY_BE_PLACED
from tokens.snapshot import Snapshot
from tokens.states import State
from tokens.views.answers import STAFF, queue_of, route

FOLDED = 5  # tokens of one visit, handed on from doctor to doctor or day to day


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
    days.ensure_queues(clinic)
    days.ensure_board(clinic)
    fragment = screens.draw(screens.of_clinic("desk_all", clinic.pk, clinic.pk))
    if "fragment" in request.GET:
        return HttpResponse(fragment)
    asked = request.GET.get("q", "").strip()[:80]
    found = find(days.day_of(clinic), asked) if asked else []
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
    days.ensure_queues(queue.clinic)
    context = {
        "clinic": queue.clinic,
        "queue": queue,
        "doctors": screens.draw(screens.of_clinic("doctors", queue.clinic_id, queue.pk)),
        "fragment": screens.draw(screens.of_queue("desk", queue.pk)),
        "add": add_form(queue),
        "emergency": emergency_form(queue),
        "known_url": reverse("tokens:known", args=route(queue)),
        "purposes": Purpose.choices,
    }
    return render(request, "tokens/desk.html", context | forms)


def add_form(queue: Queue, typed: QueryDict | None = None) -> AddForm:
    """Somebody for the line; with the numbers that are kept back, to choose from."""
    return AddForm(typed, reserved=list(queue.reserved.free()))


def emergency_form(queue: Queue, typed: QueryDict | None = None) -> EmergencyForm:
    """Somebody who goes first; the clinic says whether a reason must be given."""
    return EmergencyForm(typed, needs_reason=queue.clinic.emergency_needs_reason)


@staff_page(*STAFF)
def desk_token(request: HttpRequest, clinic: Clinic, doctor: str, number: int) -> HttpResponse:
    """All that can be done with one token, and all that has happened to it."""
    queue = queue_of(clinic, doctor)
    token = get_object_or_404(queue.tokens.select_related("patient", "moved_to"), number=number)
    picture = screens.newest(queue.pk)
    place = picture.place(token.pk)
    inside = picture.inside
    context = {
        "clinic": clinic, "queue": queue, "token": token, "events": history(token), "inside": inside,
        "seen": inside.number if inside else "", "why_here": why_here(picture, place),
        "line": [other for other in picture.line if other.number != number],
        "bookings": _bookings(picture, place), "others": _others(clinic, queue),
        "may_be_placed": token.state in MAY_BE_PLACED and not queue.closed_at,
        "follow_ups": screens.FOLLOW_UPS,
    }  # fmt: skip
    return render(request, "tokens/desk_token.html", context)


def history(token: Token) -> list[TokenEvent]:
    """What has happened to a token, and before that to the one it was with another doctor or on another day."""
    keys, latest = [token.pk], token.pk
    while (latest := Token.objects.filter(moved_to=latest).values_list("pk", flat=True).first()) and len(keys) < FOLDED:
        keys.append(latest)
    events = TokenEvent.objects.filter(token__in=keys).select_related("by", "token__queue__doctor")
    return list(events.order_by("pk"))


def _bookings(picture: Snapshot, place: Place) -> list[Place]:
    """The bookings a walk-in may turn out to have."""
    if place.kind == Token.Kind.BOOKED or place.is_over or place.state == State.CONSULTING:
        return []
    states = (State.BOOKED, State.LATE, State.WAITING)
    return [it for it in picture.places if it.kind == Token.Kind.BOOKED and it.state in states]


def _others(clinic: Clinic, queue: Queue) -> QuerySet[Doctor]:
    """The colleagues a token can go to."""
    return Doctor.objects.at_work().filter(clinic=clinic).exclude(pk=queue.doctor_id).order_by("name")
