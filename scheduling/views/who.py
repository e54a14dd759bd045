"""Who comes: one of the family of the signed-in phone, or somebody new."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from clinics.access import only_clinic
from clinics.compiled import CompiledQuery
from patients.forms import PersonForm
from patients.models import Patient
from tokens.desk_adding import of_clinic

NEW = "new"
CHOOSE = "Choose who is coming."
_THEIRS = CompiledQuery(lambda pk, phone_key: Patient.objects.filter(pk=pk, phone_key=phone_key).order_by())


def _family(request: HttpRequest) -> QuerySet[Patient]:
    """The people of the signed-in phone; where a PIN from a counter proved it, those that clinic knows."""
    clinic_id = only_clinic(request)
    people = Patient.objects.all() if clinic_id is None else of_clinic(clinic_id)
    return people.filter(phone_key=request.user.phone_key).order_by("created_at")


def family_of(request: HttpRequest) -> list[Patient]:
    """The people of the signed-in phone, the one booked first coming first."""
    return list(_family(request))


def of_family(request: HttpRequest, who: str) -> Patient | None:
    """One of the signed-in phone's own people."""
    try:
        key = UUID(who)
    except ValueError:
        return None
    if only_clinic(request) is None:
        return _THEIRS.first(pk=key, phone_key=request.user.phone_key)
    return _family(request).filter(pk=key).first()


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


def some_chosen(request: HttpRequest, many: int) -> tuple[list[Patient], list[PersonForm], str]:
    """Who of a family come together, those ticked first; else nobody, and a sentence, with what was typed."""
    forms = new_people(request, many)
    typed = [form for form in forms if form.has_changed()]
    known = {str(patient.pk): patient for patient in family_of(request)}
    ticked = [known[key] for key in dict.fromkeys(request.POST.getlist("who")) if key in known]
    if not all(form.is_valid() for form in typed):
        return [], forms, ""
    chosen = len(ticked) + len(typed)
    if chosen != many:
        said = "nobody" if not chosen else f"only {chosen}" if chosen < many else str(chosen)
        return [], forms, f"{many} places are held for you. You have chosen {said}."
    of_phone = {"phone": request.user.phone, "phone_key": bytes(request.user.phone_key)}
    return ticked + [form.patient(**of_phone) for form in typed], forms, ""


def new_people(request: HttpRequest, many: int) -> list[PersonForm]:
    """Fields for so many new people; those left empty are nobody."""
    typed = request.POST if request.method == "POST" else None
    return [
        PersonForm(typed, prefix=f"new{at}", empty_permitted=True, use_required_attribute=False)
        for at in range(1, many + 1)
    ]


def some_to_choose(request: HttpRequest, many: int, forms: list[PersonForm] | None) -> dict[str, object]:
    """What `_who_together.html` shows: the family, the first so many ticked, and fields for the others."""
    family = family_of(request)
    known = [str(patient.pk) for patient in family]
    picked = request.POST.getlist("who") if request.method == "POST" else known[:many]
    forms = forms or new_people(request, many)
    return {"family": family, "picked": picked, "new_people": forms, "missing": many - len(known)}
