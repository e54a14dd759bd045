"""The back office of templates: what is registered, how a message of it would read, and how it arrives."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from clinics.backoffice import ClinicAdmin
from clinics.models import Clinic
from clinics.office import office_of
from notifications.errors import MessageError
from notifications.forms import TemplateForm
from notifications.kinds import Kind
from notifications.models import Language, Sender, Template
from notifications.registered import text_for_register
from notifications.samples import missing, samples
from notifications.trying import try_out


@admin.register(Template)
class TemplateAdmin(ClinicAdmin):
    """The registered templates. Everybody sees the platform's; an approved clinic with an account has its own."""

    form = TemplateForm
    fixed = ("clinic", "kind", "language")
    change_form_template = "notifications/office/template.html"
    list_select_related = ["clinic"]
    list_display = ["__str__", "clinic", "category", "is_ready", "dlt_template", "content_sid"]
    list_filter = ["kind", "language", "category"]
    search_fields = ["wording", "dlt_template", "content_sid"]
    fieldsets = [
        (None, {"fields": ["clinic", "kind", "language", "category", "wording"]}),
        ("As registered", {"fields": ["registered_text", "dlt_entity", "dlt_header", "dlt_template", "content_sid"]}),
    ]

    @admin.display(description="registered for SMS", boolean=True)
    def is_ready(self, template: Template) -> bool:
        """The operators drop an SMS without its ids."""
        return template.is_registered_for_sms

    def of_clinics(self, queryset: QuerySet[Template], clinic_ids: Iterable[int]) -> QuerySet[Template]:
        return queryset.filter(Q(clinic=None) | Q(clinic__in=clinic_ids))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self._has_a_sender(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._has_a_sender(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's English ones are what all others fall back on."""
        if isinstance(obj, Template) and obj.clinic_id is None and obj.language == Language.ENGLISH:
            return False
        return super().has_delete_permission(request, obj) and self._has_a_sender(request, obj)

    def _has_a_sender(self, request: HttpRequest, obj: Any) -> bool:
        """Operators change every template; a clinic its own, once it has an account of its own."""
        office = office_of(request)
        if office is None or office.is_operator:
            return office is not None
        if isinstance(obj, Template) and obj.pk is not None:
            return obj.clinic_id in self._own(request)
        return bool(self._own(request))

    def _own(self, request: HttpRequest) -> frozenset[int]:
        """The asker's approved clinics that have accounts of their own: read once a request.

        Also those whose account is not switched on yet: its wordings are got ready before, and go by it alone.
        """
        if not hasattr(request, "_clinics_with_senders"):
            clinic_ids = office_of(request).approved_ids
            found = Sender.objects.filter(clinic__in=clinic_ids).values_list("clinic_id", flat=True)
            request._clinics_with_senders = frozenset(found)
        return request._clinics_with_senders

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        office = office_of(request)
        if db_field.name == "clinic" and not office.is_operator:
            kwargs |= {"queryset": Clinic.objects.filter(pk__in=self._own(request)), "required": True}
            kwargs |= {"empty_label": None}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and form.changed_data:  # the text of the register is filled in where it was left empty
            obj.save(update_fields=["registered_text"])

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        shown = kwargs.get("obj")
        if shown is not None:
            context["panel"] = self._panel(request, self.get_queryset(request).get(pk=shown.pk))
        return super().render_change_form(request, context, *args, **kwargs)

    def _panel(self, request: HttpRequest, template: Template) -> dict[str, Any]:
        """How it would read, what of it costs what, and what is still missing."""
        sender = Sender.objects.filter(clinic=template.clinic_id, is_active=True).first()
        found = list(samples(template, sms_paise=sender.sms_paise if sender else settings.SMS_PAISE))
        return {
            "template": template, "samples": found, "missing": missing(template),
            "to_register": text_for_register(template.wording), "is_alert": template.kind == Kind.ALERT,
            "may_try": template.kind != Kind.ALERT and self.has_change_permission(request, template),
        }  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_out)
        return [path("<int:pk>/try/", view, name="notifications_template_try"), *super().get_urls()]

    @method_decorator(require_POST)
    def try_out(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it to the number that was typed."""
        template = get_object_or_404(self.get_queryset(request).select_related("clinic"), pk=pk)
        if not self.has_change_permission(request, template):
            return HttpResponse(status=403)
        try:
            message = try_out(template=template, to=request.POST.get("to", ""), by=request.user)
        except MessageError as error:
            messages.error(request, str(error))
        else:
            address = reverse("admin:notifications_message_change", args=[message.pk])
            messages.success(
                request, format_html('It is on its way. <a href="{}">See what becomes of it</a>', address)
            )  # fmt: skip
        return redirect("admin:notifications_template_change", template.pk)
