"""The desk's two forms: somebody for the line, and somebody who goes first."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from clinics.access import staff_page
from clinics.models import Clinic
from tokens import desk_adding
from tokens.forms import AddForm, EmergencyForm
from tokens.models import Queue, Token, TokenError
from tokens.views.answers import STAFF, answer, must_be_own, queue_of, say
from tokens.views.desk import desk_page


@staff_page(*STAFF)
@require_POST
def add(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """A walk-in or a phone booking."""
    queue, form = queue_of(clinic, doctor), AddForm(request.POST)
    must_be_own(request, queue)

    def save(given: dict) -> tuple[Token, bool]:
        return desk_adding.add(queue=queue, by=request.user, **given)

    return _taken(request, queue, form, save) or _again(request, queue, "add", form)


@staff_page(*STAFF)
@require_POST
def emergency(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """Somebody who goes before everybody else."""
    queue, form = queue_of(clinic, doctor), EmergencyForm(request.POST)
    must_be_own(request, queue)

    def save(given: dict) -> tuple[Token, bool]:
        return desk_adding.add_emergency(
            queue=queue, name=given["name"], reason=given["why"], once=given["once"], by=request.user
        )

    return _taken(request, queue, form, save) or _again(request, queue, "emergency", form)


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
    say(request, queue, said, verb="add" if is_new else "")
    empty = {"add": AddForm(), "emergency": EmergencyForm()}
    response = answer(request, queue, more="".join(_fields(name, form) for name, form in empty.items()))
    response["HX-Trigger-After-Settle"] = "added"
    return response


def _again(request: HttpRequest, queue: Queue, name: str, form: Form) -> HttpResponse:
    """The form as it was typed, each error beside its field."""
    if request.htmx:
        return answer(request, queue, more=_fields(name, form))
    return desk_page(request, queue, **{name: form})


def _fields(name: str, form: Form) -> str:
    """A form's fields, out of band: they stand beside the live part, not in it."""
    return render_to_string(f"tokens/_{name}.html", {"form": form, "oob": True})
