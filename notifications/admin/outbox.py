"""The back office of messages: what was sent, what became of it, and what reached nobody."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from clinics.backoffice import ClinicInline, LookOnly, OwnRelated, office_reads
from clinics.office import masked_phone
from notifications import by_hand
from notifications.channels.base import without_numbers
from notifications.kinds import Kind
from notifications.models import Dispatch, Message, Receipt

FIELDS = [
    "clinic", "kind", "channel", "account", "provider_id", "template", "segments", "cost_paise", "fate", "started_at",
    "changed_at", "error_code", "error",
]  # fmt: skip


class ReachedFilter(admin.SimpleListFilter):
    """What somebody should look after."""

    title, parameter_name = "reached", "reached"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("nobody", "Reached nobody"), ("telephone", "Still to be told by telephone")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        match self.value():
            case "nobody":
                return queryset.dead()
            case "telephone":
                return queryset.to_telephone()
        return queryset


class DispatchInline(ClinicInline):
    """How a message was handed over, and what the provider said of it."""

    model = Dispatch
    may_add = may_change = may_delete = False
    verbose_name_plural = "handed over"
    fields = readonly_fields = [
        "started_at", "channel", "account", "fate", "heard", "parts", "paid", "error_code", "error", "words",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispatch]:
        return super().get_queryset(request).select_related("message").prefetch_related("receipts")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Word for word for the clinic whose patient it was; operators see that it went, not what it said."""
        return self.fields if office_reads(request) else [name for name in self.fields if name != "words"]

    @admin.display(description="receipts")
    def heard(self, dispatch: Dispatch) -> str:
        """What the provider told us afterwards, in the order in which it came."""
        return ", ".join(receipt.get_fate_display().lower() for receipt in dispatch.receipts.all()) or "none"

    @admin.display(description="parts")
    def parts(self, dispatch: Dispatch) -> int:
        """Of how many parts the SMS was."""
        return dispatch.segments

    @admin.display(description="cost")
    def paid(self, dispatch: Dispatch) -> str:
        """In rupees."""
        return f"₹{dispatch.cost_paise / 100:.2f}"

    @admin.display(description="word for word")
    def words(self, dispatch: Dispatch) -> str:
        """A code is for the phone it was sent to, and for nobody else."""
        return "A code: not shown." if dispatch.kind == Kind.CODE else dispatch.text


@admin.register(Message)
class MessageAdmin(LookOnly):
    """The outbox."""

    list_display = ["created_at", "kind", "shown_to", "state", "reason", "channel", "attempts", "clinic"]
    list_filter = [ReachedFilter, "state", "reason", "kind", "channel", ("clinic", OwnRelated)]
    search_fields = ["pk__exact", "error"]
    search_help_text = "The number of a message, or words of its error."
    list_select_related = ["clinic"]
    ordering = ["-pk"]
    actions = ["send_again"]
    inlines = [DispatchInline]
    fields = [
        "clinic", "kind", "shown_to", "shown_text", "state", "reason", "channel", "created_at", "due_at",
        "useful_until", "attempts", "sent_at", "error", "called_at", "called_by",
    ]  # fmt: skip
    readonly_fields = fields

    def veil(self, message: Message) -> None:
        """Operators see where to, half, and not what."""
        message.to, message.variables = masked_phone(message.shown_to), "{}"
        message.error = without_numbers(message.error)

    @admin.display(description="to")
    def shown_to(self, message: Message) -> str:
        """Where to, as far as it opens."""
        return message.shown_to

    @admin.display(description="text")
    def shown_text(self, message: Message) -> str:
        """A code is for the phone it was sent to, and for nobody else."""
        return "A code: not shown." if message.kind == Kind.CODE else message.text

    @admin.action(description="Send again what reached nobody")
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Those of the rows chosen that still matter."""
        chosen = queryset.count()
        again = by_hand.send_again(Message.objects.filter(pk__in=queryset.values("pk")), by=request.user)
        if again:
            messages.success(request, f"{len(again)} go{'es' if len(again) == 1 else ''} out again now.")
        if left := chosen - len(again):
            messages.warning(
                request,
                f"{left} stay{'s' if left == 1 else ''} as {'it is' if left == 1 else 'they are'}: only what failed is "
                "sent again, while it still matters and nobody has telephoned, and never a code.",
            )


@admin.register(Dispatch)
class DispatchAdmin(LookOnly):
    """How messages were handed over, and what the providers said."""

    list_display = ["started_at", "kind", "channel", "account", "fate", "error_code", "segments", "cost_paise"]
    list_filter = ["fate", "channel", "kind", ("clinic", OwnRelated)]
    search_fields = ["pk__exact", "provider_id", "error_code"]
    search_help_text = "The provider's key of a message, or its error code."
    ordering = ["-pk"]
    fields = FIELDS
    readonly_fields = fields


@admin.register(Receipt)
class ReceiptAdmin(LookOnly):
    """What providers told us."""

    clinic_path = "dispatch__clinic"
    list_display = ["at", "fate", "error_code"]
    list_filter = ["fate"]
    search_fields = ["error_code"]
