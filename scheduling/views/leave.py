"""Leave: a doctor asks and sees at once whom it touches; the clinic decides."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinics.access import own_page
from clinics.models import Clinic, Role
from doctors.models import Doctor
from scheduling import services
from scheduling.errors import CalendarError
from scheduling.forms import LeaveForm
from scheduling.models import LeaveRequest

DECIDED_SHOWN = 30


@own_page(Role.DOCTOR, Role.ADMIN)
def leave(request: HttpRequest, clinics: list[Clinic]) -> HttpResponse:
    """Ask for leave, and see what was asked: a doctor their own, an admin the whole clinic's."""
    doctors = _doctors(request, clinics)
    form = LeaveForm(request.POST or None, doctors=doctors)
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.ask_leave(**form.span, why=form.cleaned_data["why"], by=request.user)
        except CalendarError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Asked for: {asked.doctor.short_name} away {asked.said}.")
            return redirect("scheduling:leave")
    mine = _requests(request, clinics)
    coming = Q(ends_at__gt=timezone.now())
    waiting = list(mine.waiting().filter(coming).order_by("starts_at"))
    decided = list(mine.exclude(state=LeaveRequest.State.ASKED)[:DECIDED_SHOWN])
    admins_of = {clinic.pk for clinic in clinics if Role.ADMIN in clinic.my_roles}
    context = {"form": form, "doctors": doctors, "waiting": waiting, "decided": decided, "admins_of": admins_of}
    return render(request, "scheduling/leave.html", context | {"now": timezone.now()})


@own_page(Role.DOCTOR, Role.ADMIN)
@require_safe
def leave_impact(request: HttpRequest, clinics: list[Clinic]) -> HttpResponse:
    """Whose visits the leave being typed would touch."""
    form = LeaveForm(request.GET, doctors=_doctors(request, clinics))
    if not form.is_valid():
        sentences = [sentence for errors in form.errors.values() for sentence in errors]
        return _show(request, {"sorry": sentences[0] if request.GET.get("first") else ""})
    return _impact(request, form.span)


@own_page(Role.DOCTOR, Role.ADMIN)
@require_safe
def leave_affects(request: HttpRequest, clinics: list[Clinic], pk: int) -> HttpResponse:
    """Whose visits a leave that was asked for would touch."""
    asked = get_object_or_404(_requests(request, clinics).waiting(), pk=pk)
    return _impact(request, {"doctor": asked.doctor, "starts_at": asked.starts_at, "ends_at": asked.ends_at}, asked)


def _impact(request: HttpRequest, span: dict[str, Any], asked: LeaveRequest | None = None) -> HttpResponse:
    try:
        affected = services.leave_affects(**span, by=request.user, asked=asked)
    except CalendarError as error:
        return _show(request, {"sorry": str(error)})
    return _show(request, {"affected": affected, "known": True})


def _show(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The list alone where the page is there already, else on a page of its own."""
    return render(request, "scheduling/_impact.html" if request.htmx else "scheduling/impact.html", context)


def _decision(decide: Callable[..., str], *roles: Role) -> Callable[..., HttpResponse]:
    @own_page(*roles)
    @require_POST
    def view(request: HttpRequest, clinics: list[Clinic], pk: int) -> HttpResponse:
        asked = get_object_or_404(_requests(request, clinics), pk=pk)
        answer = " ".join(request.POST.get("answer", "").split())[:160]
        try:
            messages.success(request, decide(asked, request.user, answer))
        except CalendarError as error:
            messages.error(request, str(error))
        return redirect("scheduling:leave")

    return view


def _approve(asked: LeaveRequest, by: Any, answer: str) -> str:
    affected = services.approve_leave(request=asked, by=by, answer=answer)
    told = "Nobody was booked." if not affected else f"{len(affected)} told, with a time kept for each."
    return f"Approved: {asked.doctor.short_name} is away {asked.said}. {told}"


def _reject(asked: LeaveRequest, by: Any, answer: str) -> str:
    services.reject_leave(request=asked, by=by, answer=answer)
    return f"Not approved: {asked.doctor.short_name}, {asked.said}."


def _take_back(asked: LeaveRequest, by: Any, answer: str) -> str:
    services.take_leave_back(request=asked, by=by)
    return f"Taken back: {asked.doctor.short_name} is there {asked.said}."


leave_approve = _decision(_approve, Role.ADMIN)
leave_reject = _decision(_reject, Role.ADMIN)
leave_take_back = _decision(_take_back, Role.DOCTOR, Role.ADMIN)


def _doctors(request: HttpRequest, clinics: list[Clinic]) -> QuerySet[Doctor]:
    """For whom somebody may ask: oneself, and as an admin everybody at the clinic."""
    managed = [clinic.pk for clinic in clinics if Role.ADMIN in clinic.my_roles]
    here = Doctor.objects.at_work().filter(clinic__in=clinics).select_related("clinic")
    return here.filter(Q(user=request.user) | Q(clinic__in=managed))


def _requests(request: HttpRequest, clinics: list[Clinic]) -> QuerySet[LeaveRequest]:
    managed = [clinic.pk for clinic in clinics if Role.ADMIN in clinic.my_roles]
    own = Q(doctor__user=request.user, clinic__in=[clinic.pk for clinic in clinics])
    rows = LeaveRequest.objects.filter(own | Q(clinic__in=managed))
    return rows.select_related("doctor__clinic", "clinic", "decided_by")
