"""The back office of messages: what was sent, and what became of it."""

from django.contrib import admin

from clinics.backoffice import LookOnly, OwnRelated
from clinics.office import masked_phone
from notifications.models import Message


@admin.register(Message)
class MessageAdmin(LookOnly):
    """The outbox."""

    list_display = ["created_at", "kind", "to", "state", "channel", "attempts", "clinic"]
    list_filter = ["state", "kind", "channel", ("clinic", OwnRelated)]
    search_fields = ["pk__exact", "error"]
    search_help_text = "The number of a message, or words of its error."
    list_select_related = ["clinic"]
    ordering = ["-pk"]
    fields = [
        "clinic", "kind", "to", "shown_text", "state", "channel", "created_at", "due_at", "leased_until", "attempts",
        "sent_at", "error",
    ]  # fmt: skip
    readonly_fields = fields

    def veil(self, message: Message) -> None:
        """Operators see where to, half, and not what."""
        message.to, message.text = masked_phone(message.to), "Not shown: it is the patient’s."

    @admin.display(description="text")
    def shown_text(self, message: Message) -> str:
        """A code is for the phone it was sent to, and for nobody else."""
        return "A code: not shown." if message.kind == Message.Kind.CODE else message.text
