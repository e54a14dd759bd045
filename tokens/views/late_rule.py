"""The rule for those who come late: read it, try another on last week, save it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from clinics.access import staff_page
from clinics.models import Clinic, Role
from doctors.models import Doctor
from tokens import services
from tokens.forms import LateRuleForm
from tokens.last_week import try_on_last_week
from tokens.late import Rule, rule_for


@staff_page(Role.ADMIN, Role.RECEPTIONIST)
@require_safe
def late_rule(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """The rules in force; with a rule in the address, what last week would have been under it."""
    doctors = _doctors(clinic)
    if "grace_minutes" not in request.GET:
        whose = doctors.filter(slug=request.GET.get("doctor", "")).first()
        rule = rule_for(clinic, getattr(whose, "late_rule", None))
        return _page(request, clinic, LateRuleForm(doctors=doctors, initial=_typed(rule, whose)))
    form = LateRuleForm(request.GET, doctors=doctors)
    week = None
    if form.is_valid():
        week = try_on_last_week(clinic=clinic, doctor=form.cleaned_data["doctor"], tried=form.rule)
    return _page(request, clinic, form, week=week)


@staff_page(Role.ADMIN)
@require_POST
def late_rule_save(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """Make what was typed the clinic's rule, or a doctor's own."""
    form = LateRuleForm(request.POST, doctors=_doctors(clinic))
    if not form.is_valid():
        return _page(request, clinic, form)
    doctor = form.cleaned_data["doctor"]
    services.set_late_rule(clinic=clinic, doctor=doctor, rule=form.rule, by=request.user)
    whose = f"{doctor.short_name}’s own rule" if doctor else "The clinic’s rule"
    messages.success(request, f"{whose} is saved. It counts from now on.")
    return redirect("tokens:late_rule", clinic.slug)


@staff_page(Role.ADMIN)
@require_POST
def late_rule_drop(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """A doctor goes by the clinic's rule again."""
    whose = get_object_or_404(_doctors(clinic), slug=doctor)
    services.drop_late_rule(doctor=whose, by=request.user)
    messages.success(request, f"{whose.short_name} goes by the clinic’s rule.")
    return redirect("tokens:late_rule", clinic.slug)


def _doctors(clinic: Clinic) -> QuerySet[Doctor]:
    """Those who see patients there, with a rule of their own where they have one."""
    return Doctor.objects.at_work().filter(clinic=clinic).select_related("late_rule").order_by("name")


def _typed(rule: Rule, doctor: Doctor | None) -> dict[str, Any]:
    """A rule as the form has it."""
    return {
        "doctor": doctor.slug if doctor else "", "grace_minutes": rule.grace_minutes, "policy": rule.policy,
        "goes_after": rule.goes_after, "max_recalls": rule.max_recalls,
    }  # fmt: skip


def _page(request: HttpRequest, clinic: Clinic, form: LateRuleForm, **more: Any) -> HttpResponse:
    own = [
        (doctor, rule_for(clinic, rule)) for doctor in _doctors(clinic) if (rule := getattr(doctor, "late_rule", None))
    ]
    context = {
        "clinic": clinic, "form": form, "rule": rule_for(clinic, None), "own": own, "week": None,
        "may_save": Role.ADMIN in request.roles,
    }  # fmt: skip
    return render(request, "tokens/late_rule.html", context | more)
