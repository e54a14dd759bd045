"""The back office of how a clinic tells people: which kinds, by whose account, for how much."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from clinics import audit
from clinics.backoffice import ClinicAdmin, LookOnly, OwnRelated
from clinics.models import Clinic
from clinics.office import office_of
from notifications import alerts
from notifications.errors import MessageError
from notifications.forms import PolicyForm, SenderForm
from notifications.models import Alert, Message, Policy, Sender, Spending
from notifications.trying import check_account


@admin.register(Policy)
class PolicyAdmin(ClinicAdmin):
    """What clinics send, and for how much."""

    form = PolicyForm
    may_delete = False
    change_form_template = "notifications/office/policy.html"
    list_display = ["clinic", "cap", "evening_at", "near_ahead"]
    list_filter = [("clinic", OwnRelated)]
    search_fields = ["clinic__name"]
    list_select_related = ["clinic"]
    fields = ["clinic", "kinds", "monthly_cap", "evening_at", "near_ahead", "thanks_after"]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["is_operator"] = office_of(request).is_operator
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="monthly cap", ordering="monthly_cap_paise")
    def cap(self, policy: Policy) -> str:
        """In rupees."""
        return "no cap" if policy.monthly_cap_paise is None else f"₹{policy.monthly_cap_paise / 100:.2f}"

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Opened for the first time, a clinic's page is there: what it says is what holds without it."""
        office = office_of(request)
        if office is not None and office.clinic_ids:
            usual = [Policy(clinic_id=clinic_id) for clinic_id in sorted(office.clinic_ids)]
            Policy.objects.bulk_create(usual, ignore_conflicts=True)
        return super().changelist_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Policy, form: PolicyForm, change: bool) -> None:
        if change:
            columns = {"monthly_cap": "monthly_cap_paise"}
            if changed := [columns.get(name, name) for name in form.changed_data]:
                obj.save(update_fields=changed)
        else:
            obj.save()
        if "monthly_cap" in form.changed_data:
            self._after_cap(request, obj)

    def _after_cap(self, request: HttpRequest, policy: Policy) -> None:
        """With another cap the alert is over; what the one before has stopped can be sent again."""
        alerts.over(Alert.Kind.CAP, clinic_id=policy.clinic_id)
        stopped = Message.objects.to_telephone().filter(clinic=policy.clinic_id, reason=Message.Reason.CAP).count()
        if stopped:
            where = f"{reverse('admin:notifications_message_changelist')}?reason__exact=cap&reached=telephone"
            messages.warning(
                request,
                format_html(
                    'The cap before has stopped {} that still matter: <a href="{}">send them again</a>.',
                    "1 message" if stopped == 1 else f"{stopped} messages", where,
                ),
            )  # fmt: skip


@admin.register(Sender)
class SenderAdmin(ClinicAdmin):
    """Clinics' own accounts, entered once the platform has approved the clinic: anybody can register one."""

    form = SenderForm
    change_form_template = "notifications/office/sender.html"
    list_display = ["clinic", "account_sid", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["clinic__name", "account_sid"]
    list_select_related = ["clinic"]
    fields = [
        "clinic", "account_sid", "token", "sms_from", "whatsapp_from", "sms_paise", "whatsapp_paise", "is_active",
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        office = office_of(request)
        return super().has_add_permission(request, obj) and (office.is_operator or bool(office.approved_ids))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        office, is_row = office_of(request), isinstance(obj, Sender) and not obj._state.adding
        approved = office is not None and (office.is_operator or not is_row or obj.clinic_id in office.approved_ids)
        return super().has_change_permission(request, obj) and approved

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        office = office_of(request)
        if db_field.name == "clinic" and not office.is_operator:
            kwargs["queryset"] = Clinic.objects.filter(pk__in=office.approved_ids)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Sender, form: SenderForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and form.cleaned_data.get("token"):
            obj.save(update_fields=["auth_token"])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.check_credentials)
        return [path("<uuid:pk>/check/", view, name="notifications_sender_check"), *super().get_urls()]

    @method_decorator(require_POST)
    def check_credentials(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Ask the provider whether the account and its token are right."""
        sender = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, sender):
            return HttpResponse(status=403)
        try:
            name = check_account(sender)
        except MessageError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"Twilio knows this account{f' as {name}' if name else ''}: it can be used.")
        audit.record("sender.checked", clinic=sender.clinic, by=request.user, about=sender)
        return redirect("admin:notifications_sender_change", sender.pk)


@admin.register(Spending)
class SpendingAdmin(LookOnly):
    """What messages cost."""

    list_display = ["month", "clinic", "paise"]
    list_filter = ["month", ("clinic", OwnRelated)]
    search_fields = ["clinic__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Spending]:
        return super().get_queryset(request).select_related("clinic")
