"""The back office of patients: a clinic sees those who have been given a token there."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from clinics.backoffice import LookOnly
from clinics.office import masked_name, masked_phone
from patients.models import Challenge, Patient, Pin, Quota
from patients.phones import PhoneError, parse_mobile


def veil_patient(patient: Patient) -> None:
    """Mask a patient in memory, for operators; such a row is only looked at, never saved."""
    patient.name, patient.phone = masked_name(patient.name), masked_phone(patient.phone)


@admin.register(Patient)
class PatientAdmin(LookOnly):
    """Patients, found by their exact phone: names are sealed, so nobody can search them."""

    list_display = ["name", "phone", "gender", "birth_year", "created_at"]
    list_display_links = ["name"]
    list_filter = ["gender"]
    search_fields = ["pk__exact"]
    search_help_text = "A whole mobile number of ten digits."
    ordering = ["-pk"]
    fields = ["name", "phone", "gender", "birth_year", "created_at"]  # not at which other clinic
    readonly_fields = fields
    sortable_by = ["created_at"]
    veil = staticmethod(veil_patient)

    def of_clinics(self, queryset: QuerySet[Patient], clinic_ids: Any) -> QuerySet[Patient]:
        return queryset.filter(pk__in=Patient.objects.filter(tokens__clinic_id__in=clinic_ids).values("pk"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Patient], search_term: str
    ) -> tuple[QuerySet[Patient], bool]:
        if not search_term:
            return queryset, False
        try:
            return queryset.of_phone(parse_mobile(search_term)), False
        except PhoneError:
            return queryset.none(), False


@admin.register(Challenge)
class ChallengeAdmin(LookOnly):
    """Codes on their way, for operators: how often, never which."""

    clinic_path = None
    list_display = ["created_at", "phone", "address", "tries", "used_at", "expires_at", "nth", "message"]
    list_select_related = ["message"]
    list_filter = ["tries"]
    search_fields = ["address__exact"]
    search_help_text = "The address that asked."
    ordering = ["-pk"]
    fields = ["phone", "address", "created_at", "expires_at", "tries", "used_at", "nth", "message"]
    readonly_fields = fields

    def veil(self, challenge: Challenge) -> None:
        """Half a phone is enough to see that it is the same one."""
        challenge.phone = masked_phone(challenge.phone)


@admin.register(Pin)
class PinAdmin(LookOnly):
    """PINs given at the counter: by whom and when, never which."""

    list_display = ["created_at", "phone", "given_by", "tries", "used_at", "expires_at"]
    list_select_related = ["given_by"]
    list_filter = ["tries"]
    search_fields = ["given_by__name"]
    search_help_text = "Who gave it."
    ordering = ["-pk"]
    fields = ["clinic", "phone", "given_by", "created_at", "expires_at", "tries", "used_at"]
    readonly_fields = fields

    def veil(self, pin: Pin) -> None:
        """Operators see half a phone."""
        pin.phone = masked_phone(pin.phone)


@admin.register(Quota)
class QuotaAdmin(LookOnly):
    """What is counted before a code goes out, for operators: how much, never of whom."""

    clinic_path = None
    list_display = ["scope", "used", "most", "began_at"]
    list_filter = ["scope"]
    search_fields = ["scope__exact"]
    search_help_text = "What is counted: phone, network, prefix, budget."
    ordering = ["-pk"]
    fields = ["scope", "used", "most", "began_at"]
    readonly_fields = fields
