"""When the doctor is away after all: the patient's three answers, and reception's list of whom it concerns."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from clinics.access import is_patient, public_page, staff_page
from clinics.models import Clinic, Role
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import Conflict
from scheduling.views.visits import SECRET
from tokens.models import Token

SHOWN = 200
RECENT = timedelta(days=7)


@public_page(because=SECRET)
@never_cache
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Move to the time that is kept, wait, or cancel."""
    token = get_object_or_404(Token.objects.select_related("patient", "clinic", "queue"), code=code)
    appointment = getattr(token, "appointment", None)
    conflict = appointment and services.open_conflict(appointment)
    if conflict is None:
        return redirect(token)
    by = request.user if is_patient(request.user) else None
    if request.method == "POST":
        try:
            if request.POST.get("answer") == "move":
                return redirect(services.accept(conflict=conflict, by=by).token)
            services.wait(conflict=conflict, by=by)
            messages.success(request, "The clinic knows that you wait. They will call you.")
            return redirect(token)
        except BookingError as error:
            messages.error(request, str(error))
            return redirect("scheduling:choose", code)
    context = {"token": token, "conflict": conflict, "kept": services.kept_for(conflict), "doctor": appointment.doctor}
    return render(request, "scheduling/choose.html", context)


@staff_page(Role.RECEPTIONIST, Role.ADMIN)
@require_safe
def changes(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """Whose doctor is away, who has answered, and how far it is."""
    related = ("doctor__clinic", "appointment__patient", "appointment__token__queue", "appointment__slot__branch")
    kept = ("alternative__slot", "alternative__doctor__clinic")
    rows = Conflict.objects.filter(clinic=clinic).select_related(*related, *kept)
    open_ones = list(rows.open().order_by("appointment__starts_at")[:SHOWN])
    for conflict in open_ones:
        conflict.kept = services.kept_for(conflict)
    settled = rows.exclude(state__in=Conflict.OPEN).filter(settled_at__gte=timezone.now() - RECENT)
    settled = list(settled.order_by("-settled_at")[:SHOWN])
    context = {"clinic": clinic, "conflicts": open_ones, "settled": settled, "all": len(open_ones) + len(settled)}
    return render(request, "scheduling/changes.html", context)


@staff_page(Role.RECEPTIONIST, Role.ADMIN)
@require_POST
def change(request: HttpRequest, clinic: Clinic, pk: str) -> HttpResponse:
    """Answer for a patient who is on the phone: move, wait or cancel."""
    related = ("appointment__token__queue__clinic", "appointment__patient", "doctor")
    conflict = get_object_or_404(Conflict.objects.select_related(*related), clinic=clinic, pk=pk)
    name = conflict.appointment.patient.name
    try:
        match request.POST.get("answer"):
            case "move":
                moved = services.accept(conflict=conflict, by=request.user)
                on = clinic.local(moved.starts_at)
                said = f"{name} is moved: token {moved.token.number}, {on:%a} {on.day} {on:%b}."
                messages.success(request, said)
            case "cancel":
                services.cancel(token=conflict.appointment.token, by=request.user, why=conflict.why)
                messages.success(request, f"The visit of {name} is cancelled.")
            case _:
                services.wait(conflict=conflict, by=request.user)
                messages.success(request, f"{name} waits for the clinic’s word.")
    except BookingError as error:
        messages.error(request, str(error))
    if request.GET.get("at") == "rest":
        return redirect("scheduling:rest_of_day", clinic.slug, conflict.doctor.slug)
    return redirect("scheduling:changes", clinic.slug)
