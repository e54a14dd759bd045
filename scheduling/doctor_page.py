"""A doctor's page of the back office: why not bookable, what is still to do, and the buttons of status and licence."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from clinics.office import office_of
from doctors import onboarding
from doctors.bookability import Bookability, Fix, evaluate
from doctors.errors import DoctorError
from doctors.models import Doctor
from doctors.states import CHECKED, LICENCE_MAY_BECOME, MAY_BECOME, Licence, Status
from scheduling.bookability import days_without_times, facts_of, reassess
from scheduling.errors import CalendarError
from scheduling.services.sources import Touched, changing

STEPS = {
    Status.DRAFT: "Take back to draft",
    Status.PENDING: "Send for verification",
    Status.ACTIVE: "Activate",
    Status.INACTIVE: "Make inactive",
}
# Where each reason is put right: a part of the doctor's own page, unless `fix_address` knows better.
PARTS = {
    Fix.PROFILE: "id_qualifications",
    Fix.CREDENTIALS: "id_council",
    Fix.LICENCE: "licence",
    Fix.FEES: "id_fee_paise",
    Fix.SPECIALTY: "id_specialty",
    Fix.DEPARTMENTS: "id_department",
    Fix.BRANCHES: "at_branches-group",
    Fix.HOURS: "week",
    Fix.ROOM: "id_room",
    Fix.STATUS: "status",
}


LISTS = {Fix.SLOTS: "admin:scheduling_sitting_changelist", Fix.BLOCKS: "admin:scheduling_block_changelist"}


def fix_address(doctor: Doctor, fix: Fix) -> str:
    """The place in the back office where something is put right."""
    if fix in LISTS:
        return f"{reverse(LISTS[fix])}?{urlencode({'q': doctor.name})}"
    if fix == Fix.CLINIC:
        return reverse("admin:clinics_clinic_change", args=[doctor.clinic_id])
    return f"{reverse('admin:doctors_doctor_change', args=[doctor.pk])}#{PARTS[fix]}"


def panel(doctor: Doctor, *, is_operator: bool) -> dict[str, Any]:
    """What the panel shows, as things stand now."""
    facts = facts_of([doctor])[doctor.pk]
    found, stages = evaluate(facts), onboarding.stages(doctor, facts)
    licence = Licence(doctor.licence_status)
    return {
        "doctor": doctor,
        "found": found,
        "levels": _levels(found),
        "reasons": [(reason, fix_address(doctor, reason.fix)) for reason in found.reasons],
        "stages": [(stage, fix_address(doctor, stage.fix)) for stage in stages],
        "done": sum(stage.is_done for stage in stages),
        "week": doctor.weekly_hours.select_related("branch", "room"),
        "may_draw": not is_operator,
        "bare": days_without_times([doctor.pk], timezone.now()).get(doctor.pk, []),
        "steps": [(new, STEPS[new]) for new in STEPS if new in MAY_BECOME[Status(doctor.status)]],
        "may_check": is_operator and bool(LICENCE_MAY_BECOME[licence] & set(CHECKED)),
        "may_ask": licence in (Licence.NOT_ASKED, Licence.FAILED) and bool(doctor.registration_number),
    }


def _levels(found: Bookability) -> list[tuple[str, bool]]:
    return [
        ("Shown in search", found.is_shown),
        ("Patients may book", found.is_bookable_online),
        ("Reception may book", found.is_bookable_at_desk),
    ]


class BookableFilter(admin.SimpleListFilter):
    """Doctors by who may book them."""

    title, parameter_name = "bookable", "bookable"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("patients", "By patients"), ("desk", "At the desk only"), ("nobody", "By nobody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Doctor]) -> QuerySet[Doctor]:
        chosen = {
            "patients": Q(is_bookable_online=True),
            "desk": Q(is_bookable_at_desk=True, is_bookable_online=False),
            "nobody": Q(is_bookable_at_desk=False),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class BareDaysFilter(admin.SimpleListFilter):
    """Doctors with a usual day on which they have no times."""

    title, parameter_name = "days without times", "times"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("missing", "Some usual day")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Doctor]) -> QuerySet[Doctor]:
        return queryset.exclude(days_without_times=[]) if self.value() == "missing" else queryset


class BookabilityPanel(admin.ModelAdmin):
    """The panel on a doctor's page, and what of it the list of doctors shows."""

    change_form_template = "scheduling/office/doctor.html"

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*super().get_list_display(request), "bookable", "bare_days"]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [BookableFilter, BareDaysFilter, *super().get_list_filter(request)]

    @admin.display(description="bookable", ordering="score")
    def bookable(self, doctor: Doctor) -> str:
        """By whom, and the score."""
        if doctor.is_bookable_online:
            return f"by patients, {doctor.score}"
        return f"{'at the desk only' if doctor.is_bookable_at_desk else 'by nobody'}, {doctor.score}"

    @admin.display(description="no times on")
    def bare_days(self, doctor: Doctor) -> str:
        """Those within two weeks."""
        return ", ".join(f"{day:%a} {day.day} {day:%b}" for day in doctor.days_without_times)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:pk>/status/", self.admin_site.admin_view(self.change_status), name="doctors_doctor_status"),
            path("<int:pk>/licence/", self.admin_site.admin_view(self.check_licence), name="doctors_doctor_licence"),
        ]
        return own + super().get_urls()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        shown = kwargs.get("obj")
        if shown is not None:
            context["panel"] = panel(self._theirs(request, shown.pk), is_operator=office_of(request).is_operator)
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_POST)
    def change_status(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A press on one of the steps of the status."""
        doctor, new = self._theirs(request, pk), _chosen(Status, request)
        try:
            with changing(Touched(frozenset({doctor.pk})), by=request.user):  # drafts have hours, and no times
                doctor.move_to(new, by=request.user, facts=facts_of([doctor])[doctor.pk])
        except (DoctorError, CalendarError) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{doctor} is now: {new.label.lower()}.")
        return redirect("admin:doctors_doctor_change", doctor.pk)

    @method_decorator(require_POST)
    def check_licence(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The clinic asks for the licence to be checked; the platform says what came of it."""
        doctor, new = self._theirs(request, pk), _chosen(Licence, request)
        if new in CHECKED and not office_of(request).is_operator:
            raise PermissionDenied
        why = " ".join(request.POST.get("why", "").split())[:160] if new == Licence.FAILED else ""
        try:
            with transaction.atomic():
                doctor.licence_to(new, by=request.user, why=why)
                reassess([doctor.pk])
        except DoctorError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"The licence of {doctor} is now: {new.label.lower()}.")
        return redirect("admin:doctors_doctor_change", doctor.pk)

    def _theirs(self, request: HttpRequest, pk: int) -> Doctor:
        """A doctor whom the asker may change."""
        doctor = self.get_queryset(request).select_related("clinic", "licence_checked_by").filter(pk=pk).first()
        if doctor is None or not self.has_change_permission(request, doctor):
            raise Http404("No doctor of yours has this number.")
        return doctor


def _chosen(choices: Any, request: HttpRequest) -> Any:
    """The step that was pressed."""
    try:
        return choices(request.POST.get("to"))
    except ValueError as error:
        raise Http404("There is no such step.") from error
