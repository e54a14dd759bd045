"""Second factors: whose, and since when; never their keys."""

from clinics.backoffice import LookOnly


class DeviceAdmin(LookOnly):
    """An authenticator app, or a sheet of recovery codes."""

    clinic_path = None
    list_display = ["user", "name", "confirmed", "created_at", "last_used_at"]
    list_filter = ["confirmed"]
    search_fields = ["user__email", "user__name"]
    list_select_related = ["user"]
    ordering = ["-pk"]
    fields = ["user", "name", "confirmed", "created_at", "last_used_at"]
