"""The back office of messages: what was sent, and what became of it."""

from django.contrib import admin

from clinics.backoffice import ClinicAdmin, LookOnly, OwnRelated
from clinics.office import masked_phone
from notifications.models import (
    Alert,
    Contact,
    Dispatch,
    Line,
    Message,
    Policy,
    PushSubscription,
    Receipt,
    Sender,
    Spending,
    Template,
)


@admin.register(Message)
class MessageAdmin(LookOnly):
    """The outbox."""

    list_display = ["created_at", "kind", "to", "state", "reason", "channel", "attempts", "clinic"]
    list_filter = ["state", "reason", "kind", "channel", ("clinic", OwnRelated)]
    search_fields = ["pk__exact", "error"]
    search_help_text = "The number of a message, or words of its error."
    list_select_related = ["clinic"]
    ordering = ["-pk"]
    fields = [
        "clinic", "kind", "to", "shown_text", "state", "reason", "channel", "created_at", "due_at", "useful_until",
        "attempts", "sent_at", "error",
    ]  # fmt: skip
    readonly_fields = fields

    def veil(self, message: Message) -> None:
        """Operators see where to, half, and not what."""
        message.to, message.variables = masked_phone(message.to), "{}"

    @admin.display(description="text")
    def shown_text(self, message: Message) -> str:
        """A code is for the phone it was sent to, and for nobody else."""
        return "A code: not shown." if message.kind == Message.Kind.CODE else message.text


@admin.register(Dispatch)
class DispatchAdmin(LookOnly):
    """How messages were handed over, and what the providers said."""

    list_display = ["started_at", "kind", "channel", "account", "fate", "error_code", "segments", "cost_paise"]
    list_filter = ["fate", "channel", "kind", ("clinic", OwnRelated)]
    search_fields = ["pk__exact", "provider_id", "error_code"]
    search_help_text = "The provider's key of a message, or its error code."
    ordering = ["-pk"]
    fields = [
        "clinic", "kind", "channel", "account", "provider_id", "template", "segments", "cost_paise", "fate",
        "started_at", "changed_at", "error_code", "error",
    ]  # fmt: skip
    readonly_fields = fields


@admin.register(Template)
class TemplateAdmin(ClinicAdmin):
    """The registered templates."""

    list_select_related = ["clinic"]
    list_display = ["kind", "language", "clinic", "category", "dlt_template", "content_sid"]
    list_filter = ["kind", "language", "category"]
    search_fields = ["wording", "dlt_template", "content_sid"]


@admin.register(Policy)
class PolicyAdmin(ClinicAdmin):
    """What clinics send, and for how much."""

    list_display = ["clinic", "monthly_cap_paise"]
    list_filter = [("clinic", OwnRelated)]
    search_fields = ["clinic__name"]


@admin.register(Sender)
class SenderAdmin(ClinicAdmin):
    """Clinics' own accounts."""

    list_display = ["clinic", "account_sid", "is_active"]
    exclude = ["auth_token"]
    list_filter = ["is_active"]
    search_fields = ["clinic__name", "account_sid"]


@admin.register(Spending)
class SpendingAdmin(LookOnly):
    """What messages cost."""

    list_display = ["month", "clinic", "paise"]
    list_filter = ["month", ("clinic", OwnRelated)]
    search_fields = ["clinic__name"]


@admin.register(Alert)
class AlertAdmin(LookOnly):
    """What staff should look after."""

    list_select_related = ["clinic"]
    list_display = ["last_at", "kind", "clinic", "said", "count", "closed_at"]
    list_filter = ["kind", ("clinic", OwnRelated)]
    search_fields = ["said"]


@admin.register(Receipt)
class ReceiptAdmin(LookOnly):
    """What providers told us."""

    clinic_path = "dispatch__clinic"
    list_display = ["at", "fate", "error_code"]
    list_filter = ["fate"]
    search_fields = ["error_code"]


@admin.register(Line)
class LineAdmin(LookOnly):
    """Whether the providers are well, for operators."""

    clinic_path = None
    list_display = ["name", "failures", "rests_until", "error"]
    list_filter = ["rests_until"]
    search_fields = ["name"]


@admin.register(Contact)
class ContactAdmin(LookOnly):
    """What phones have chosen, for operators: never which phone."""

    clinic_path = None
    list_display = ["created_at", "language", "by_push", "by_whatsapp", "stopped_at"]
    list_filter = ["language", "by_push", "by_whatsapp"]
    search_fields = ["pk__exact"]
    fields = ["created_at", "language", "by_push", "by_whatsapp", "stopped_at", "wrote_at"]
    readonly_fields = fields


@admin.register(PushSubscription)
class PushSubscriptionAdmin(LookOnly):
    """Browsers that are told by push, for operators: never which."""

    clinic_path = None
    list_display = ["created_at", "contact"]
    list_filter = ["created_at"]
    search_fields = ["pk__exact"]
    fields = ["created_at", "contact"]
    readonly_fields = fields
