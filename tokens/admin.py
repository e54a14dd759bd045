"""The back office of queues, tokens and boards."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from clinics.backoffice import ClinicAdmin, LookOnly, OwnRelated
from patients.admin import veil_patient
from tokens.models import Board, Queue, Token, TokenEvent


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
        "note_at",
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
        "clinic", "queue", "number", "patient", "kind", "mode", "state", "is_first", "due_at", "kept_until",
        "why", "calls", "created_at", "arrived_at", "consulting_at", "set_aside_at", "ended_at", "moved_to",
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
        "clinic", "queue", "token", "verb", "at", "by", "from_state", "to_state", "due_at", "is_first", "why",
    ]  # fmt: skip


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
