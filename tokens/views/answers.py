"""How the desk answers a press, and whose queue it may change."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse

from clinics.compiled import CompiledQuery
from clinics.models import Clinic, Role
from doctors.models import Doctor
from tokens import screens, services
from tokens.models import Queue
from tokens.screens import Screen
from tokens.undo import UNDOABLE

STAFF = (Role.RECEPTIONIST, Role.DOCTOR, Role.ADMIN)


def queue_of(clinic: Clinic, slug: str) -> Queue:
    """The queue one of the clinic's doctors works on now."""
    doctor = _AT_WORK.first(clinic=clinic.pk, slug=slug)
    if doctor is None:
        raise Http404
    return services.current_queue(doctor)


_AT_WORK = CompiledQuery(
    lambda clinic, slug: (
        Doctor.objects.at_work().select_related("clinic").filter(clinic_id=clinic, slug=slug).order_by()
    )
)


def must_be_own(request: HttpRequest, queue: Queue) -> None:
    """A doctor changes their own queue only; reception and the clinic's admin change all."""
    if request.roles == {Role.DOCTOR} and queue.doctor.user_id != request.user.pk:
        raise PermissionDenied


def say(request: HttpRequest, queue: Queue, said: str, *, verb: str, slip: int | None = None) -> None:
    """Tell what was done; what can be taken back brings its undo along, through a redirect too, and a new token the
    address of its slip: two addresses with a space between, "-" where there is none."""
    at = _at(request)  # a patient's page has no form for undoing: the desk's own pages do
    undo = f"{reverse('tokens:undo', args=route(queue))}?at={at}" if verb in UNDOABLE and at != "ticket" else "-"
    paper = reverse("tokens:slip", args=[*route(queue), slip]) + "?print=1" if slip is not None else "-"
    messages.success(request, said, extra_tags=f"{undo} {paper}")


def answer(request: HttpRequest, queue: Queue, *, more: str = "") -> HttpResponse:
    """HTMX gets the live part freshly drawn, what was said and `more`, out of band; a plain form its page again."""
    at = _at(request)
    if not request.htmx:
        if at == "desk_all":
            return redirect("tokens:desk_all", queue.clinic.slug)
        if at.isdecimal():
            return redirect("tokens:desk_token", *route(queue), int(at))
        if at == "ticket" and (number := request.resolver_match.kwargs.get("number")):
            return redirect(get_object_or_404(queue.tokens, number=number))
        if at == "today":
            return redirect(f"{reverse('tokens:today')}?clinic={queue.clinic.slug}&doctor={queue.doctor.slug}")
        return redirect("tokens:desk", *route(queue))
    said = render_to_string("_messages.html", {"oob": True}, request)
    return HttpResponse(screens.draw(_screen(at, queue, request)) + said + more)


def route(queue: Queue) -> tuple[str, str]:
    """A queue in an address: its clinic and its doctor."""
    return queue.clinic.slug, queue.doctor.slug


def _at(request: HttpRequest) -> str:
    """The screen the press was made on; a number is that token's own page."""
    at = request.GET.get("at", "")
    return at if at in {"desk_all", "today", "ticket"} or (at.isdecimal() and len(at) < 10) else "desk"


def _screen(at: str, queue: Queue, request: HttpRequest) -> Screen:
    if at == "desk_all":
        return screens.of_clinic("desk_all", queue.clinic_id, queue.clinic_id)
    if at == "today" and queue.doctor.user_id == request.user.pk:
        return screens.of_queue("today", queue.pk)
    return screens.of_queue("desk", queue.pk)
