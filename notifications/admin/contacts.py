"""The back office of phones and browsers: for operators, and never whose."""

from django.contrib import admin

from clinics.backoffice import LookOnly
from notifications.models import Contact, PushSubscription


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
