"""The back office of queues, tokens and boards."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from clinics.backoffice import ClinicAdmin, LookOnly, OwnRelated
from patients.admin import veil_patient
from tokens.models import (
    Board,
    LateRule,
    Queue,
    QueueEvent,
    Rating,
    ReservedNumber,
    Sheet,
    StandingBlock,
    Token,
    TokenEvent,
)


@admin.register(Queue)
class QueueAdmin(LookOnly):
    """Doctors' days."""

    list_display = ["doctor", "date", "clinic", "last_number", "doctor_state", "note"]
    list_filter = ["doctor_state", "date", ("clinic", OwnRelated)]
    search_fields = ["doctor__name", "clinic__name"]
    list_select_related = ["doctor", "clinic"]
    ordering = ["-pk"]
    fields = [
        "clinic", "doctor", "date", "last_number", "version", "doctor_state", "doctor_state_at", "opened_at", "note",
        "note_at", "back_at", "late_minutes", "closed_at", "runs_until",
    ]  # fmt: skip


@admin.register(Token)
class TokenAdmin(LookOnly):
    """Tokens, without their secret addresses."""

    list_display = ["number", "queue", "patient", "kind", "state", "due_at", "clinic"]
    list_filter = ["state", "kind", ("clinic", OwnRelated)]
    search_fields = ["number__exact", "queue__doctor__name"]
    list_select_related = ["queue__doctor", "patient", "clinic"]
    ordering = ["-pk"]
    fields = [
        "clinic", "queue", "number", "patient", "kind", "mode", "state", "is_first", "due_at", "promised_at", "placed",
        "kept_until", "why", "calls", "recalls", "follow_up_on", "told_delay", "created_at", "arrived_at",
        "consulting_at", "set_aside_at", "ended_at", "moved_to",
    ]  # fmt: skip

    def veil(self, token: Token) -> None:
        """Whose it is, masked."""
        veil_patient(token.patient)


@admin.register(TokenEvent)
class TokenEventAdmin(LookOnly):
    """What happened to tokens."""

    list_display = ["at", "token", "verb", "from_state", "to_state", "by", "clinic"]
    list_filter = ["to_state", ("clinic", OwnRelated)]
    search_fields = ["token__pk__exact", "verb__exact"]
    list_select_related = ["token", "by", "clinic"]
    ordering = ["-pk"]
    fields = [
        "clinic", "queue", "token", "verb", "at", "by", "from_state", "to_state", "due_at", "is_first", "placed", "why",
    ]  # fmt: skip


@admin.register(QueueEvent)
class QueueEventAdmin(LookOnly):
    """What happened to doctors' days."""

    list_display = ["at", "queue", "verb", "doctor_state", "late_minutes", "by", "clinic"]
    list_filter = ["verb", "doctor_state", ("clinic", OwnRelated)]
    search_fields = ["queue__doctor__name", "verb__exact"]
    list_select_related = ["queue__doctor", "by", "clinic"]
    ordering = ["-pk"]
    fields = [
        "clinic", "queue", "verb", "at", "by", "doctor_state", "doctor_state_at", "back_at", "late_minutes",
        "is_closed", "why",
    ]  # fmt: skip


@admin.register(ReservedNumber)
class ReservedNumberAdmin(LookOnly):
    """Numbers kept back, without their secret addresses."""

    list_display = ["number", "queue", "purpose", "note", "token", "by", "clinic"]
    list_filter = ["purpose", ("clinic", OwnRelated)]
    search_fields = ["number__exact", "queue__doctor__name"]
    list_select_related = ["queue__doctor", "token", "by", "clinic"]
    ordering = ["-reserved_at"]
    fields = ["clinic", "queue", "number", "purpose", "note", "reserved_at", "by", "token"]


@admin.register(Sheet)
class SheetAdmin(LookOnly):
    """What was printed; the documents hold names and are read at the desk only."""

    list_display = ["asked_at", "kind", "queue", "state", "pages", "asked_by", "clinic"]
    list_filter = ["kind", "state", ("clinic", OwnRelated)]
    search_fields = ["queue__doctor__name", "error"]
    list_select_related = ["queue__doctor", "asked_by", "clinic"]
    fields = [
        "clinic", "queue", "kind", "state", "asked_at", "asked_by", "numbers", "tries", "begun_at", "pages", "error",
    ]  # fmt: skip


@admin.register(StandingBlock)
class StandingBlockAdmin(ClinicAdmin):
    """How many of a doctor's first numbers are kept back each day."""

    list_display = ["doctor", "purpose", "size", "clinic"]
    list_filter = ["purpose", ("clinic", OwnRelated)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "clinic"]
    autocomplete_fields = ["clinic", "doctor"]
    fields = ["clinic", "doctor", "purpose", "size"]


@admin.register(LateRule)
class LateRuleAdmin(ClinicAdmin):
    """Doctors with a rule of their own for late arrivals."""

    list_display = ["doctor", "grace_minutes", "policy", "goes_after", "max_recalls", "clinic"]
    list_filter = ["policy", ("clinic", OwnRelated)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "clinic"]
    autocomplete_fields = ["clinic", "doctor"]
    fields = ["clinic", "doctor", "grace_minutes", "policy", "goes_after", "max_recalls"]


@admin.register(Board)
class BoardAdmin(ClinicAdmin):
    """Waiting-room displays: whoever has the address sees the numbers, until it is revoked."""

    list_display = ["name", "clinic", "is_active", "address"]
    list_filter = ["is_active", ("clinic", OwnRelated)]
    search_fields = ["name", "clinic__name"]
    list_select_related = ["clinic"]
    autocomplete_fields = ["clinic", "doctors"]
    fields = ["clinic", "name", "doctors", "is_active", "address"]
    readonly_fields = ["address"]
    actions = ["revoke"]

    @admin.display
    def address(self, board: Board) -> str:
        """Where the display opens it."""
        return format_html('<a href="{0}">{0}</a>', board.get_absolute_url()) if board.pk else "Given once saved"

    @admin.action(description="Revoke: the display goes blank", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Board]) -> Any:
        """Switch displays off."""
        for board in queryset:
            board.is_active = False
            board.save(update_fields=["is_active"])
            self.log_change(request, board, [{"changed": {"fields": ["Is active"]}}])


@admin.register(Rating)
class RatingAdmin(LookOnly):
    """What patients thought of their visits, without their names."""

    list_display = ["created_at", "doctor", "stars", "words", "clinic"]
    list_filter = ["stars", "created_at", ("clinic", OwnRelated)]
    search_fields = ["token__queue__doctor__name"]
    list_select_related = ["token__queue__doctor", "clinic"]
    ordering = ["-created_at"]
    fields = ["clinic", "doctor", "stars", "words", "created_at"]
    readonly_fields = fields

    def veil(self, rating: Rating) -> None:
        """What was written is for the clinic."""
        rating.words = None

    @admin.display(ordering="token__queue__doctor__name")
    def doctor(self, rating: Rating) -> str:
        """Whose patient it was."""
        return str(rating.token.queue.doctor)
