"""The audit trail, to be read."""

from django.contrib import admin

from clinics.backoffice import LookOnly, OwnRelated
from clinics.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(LookOnly):
    """Who did what."""

    list_display = ["at", "action", "by", "clinic", "object_id"]
    list_filter = [("clinic", OwnRelated)]
    search_fields = ["action__startswith", "object_id__exact"]
    search_help_text = "An action, such as appointment.booked, or the number of an object."
    list_select_related = ["by", "clinic"]
    ordering = ["-pk"]
    fields = ["at", "action", "by", "clinic", "object_id", "detail"]
