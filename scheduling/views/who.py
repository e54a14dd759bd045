"""Who comes: one of the family of the signed-in phone, or somebody new."""

from uuid import UUID

from django.http import HttpRequest

from patients.forms import PersonForm
from patients.models import Patient

NEW = "new"
CHOOSE = "Choose who is coming."


def family_of(request: HttpRequest) -> list[Patient]:
    """The people of the signed-in phone, the one booked first coming first."""
    return list(Patient.objects.filter(phone_key=request.user.phone_key).order_by("created_at"))


def of_family(request: HttpRequest, who: str) -> Patient | None:
    """One of the signed-in phone's own people."""
    try:
        return Patient.objects.filter(phone_key=request.user.phone_key, pk=UUID(who)).first()
    except ValueError:
        return None


def chosen(request: HttpRequest) -> tuple[Patient | None, PersonForm | None]:
    """Who was chosen, not saved yet when new; nobody when that cannot be said, with the form that says why."""
    if request.POST.get("who", NEW) != NEW:
        return of_family(request, request.POST["who"]), None
    form = PersonForm(request.POST)
    if not form.is_valid():
        return None, form
    return form.patient(phone=request.user.phone, phone_key=bytes(request.user.phone_key)), form


def to_choose(request: HttpRequest, form: PersonForm | None) -> dict[str, object]:
    """What `_who.html` shows: the family, who is picked, and the fields of somebody new."""
    family = family_of(request)
    picked = request.POST.get("who") or (str(family[0].pk) if family else NEW)
    return {"family": family, "picked": picked, "person_form": form or PersonForm()}
