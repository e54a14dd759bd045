"""The desk's two forms: somebody for the line, and somebody who goes first."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from clinics.access import staff_page
from clinics.models import Clinic
from doctors.models import Doctor
from tokens import desk_adding
from tokens.forms import AddForm, EmergencyForm
from tokens.known import known as known_patients
from tokens.models import Queue, Token, TokenError
from tokens.views.answers import STAFF, answer, must_be_own, queue_of, route, say
from tokens.views.desk import add_form, desk_page, emergency_form


@staff_page(*STAFF)
@require_POST
def add(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """A walk-in or a phone booking."""
    queue = queue_of(clinic, doctor)
    form = add_form(queue, request.POST)
    must_be_own(request, queue)

    def save(given: dict) -> tuple[Token, bool]:
        return desk_adding.add(queue=queue, by=request.user, **given)

    return _taken(request, queue, form, save) or _again(request, queue, "add", form)


@staff_page(*STAFF)
@require_POST
def emergency(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """Somebody who goes before everybody else."""
    queue = queue_of(clinic, doctor)
    form = emergency_form(queue, request.POST)
    must_be_own(request, queue)

    def save(given: dict) -> tuple[Token, bool]:
        return desk_adding.add_emergency(
            queue=queue, name=given["name"], reason=given["why"], once=given["once"], by=request.user
        )

    return _taken(request, queue, form, save) or _again(request, queue, "emergency", form)


@staff_page(*STAFF)
@require_safe
def known(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """Who of the clinic's patients is meant, while the form is being filled in."""
    get_object_or_404(Doctor.objects.at_work(), clinic=clinic, slug=doctor)
    asked = {name: request.GET.get(name, "")[:80] for name in ("name", "phone")}
    return render(request, "tokens/_known.html", {"found": known_patients(clinic, **asked)})


def _taken(
    request: HttpRequest, queue: Queue, form: Form, save: Callable[[dict], tuple[Token, bool]]
) -> HttpResponse | None:
    """Add the patient and answer with an empty form; None when something typed must be changed first."""
    if not form.is_valid():
        return None
    try:
        token, is_new = save(form.cleaned_data)
    except TokenError as error:
        messages.warning(request, str(error))
        return None
    name = token.patient.name
    said = f"Token {token.number} for {name}." if is_new else f"{name} has token {token.number} already."
    say(request, queue, said, verb="add" if is_new else "", slip=token.number)
    empty = {"add": add_form(queue), "emergency": emergency_form(queue)}
    response = answer(request, queue, more="".join(_fields(queue, name, form) for name, form in empty.items()))
    response["HX-Trigger-After-Settle"] = "added"
    return response


def _again(request: HttpRequest, queue: Queue, name: str, form: AddForm | EmergencyForm) -> HttpResponse:
    """The form as it was typed, each error beside its field."""
    if request.htmx:
        return answer(request, queue, more=_fields(queue, name, form))
    return desk_page(request, queue, **{name: form})


def _fields(queue: Queue, name: str, form: Form) -> str:
    """A form's fields, out of band: they stand beside the live part, not in it."""
    known_url = reverse("tokens:known", args=route(queue))
    return render_to_string(f"tokens/_{name}.html", {"form": form, "oob": True, "known_url": known_url})
