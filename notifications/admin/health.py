"""The back office of what staff should look after: alerts, and whether the providers are well."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from clinics.backoffice import LookOnly, OwnRelated
from notifications import by_hand
from notifications.models import Alert, Line

SHOWN = 5


class OpenFilter(admin.SimpleListFilter):
    """Open alerts, or those that are over."""

    title, parameter_name = "open", "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Open"), ("no", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        return queryset.filter(closed_at__isnull=self.value() == "yes") if self.value() else queryset


@admin.register(Alert)
class AlertAdmin(LookOnly):
    """What staff should look after."""

    list_select_related = ["clinic", "closed_by"]
    list_display = ["last_at", "kind", "clinic", "said", "count", "closed_at", "closed_by"]
    list_filter = [OpenFilter, "kind", ("clinic", OwnRelated)]
    search_fields = ["said"]
    actions = ["seen_to"]

    @admin.action(description="Seen to")
    def seen_to(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Close them; what goes on being wrong opens another."""
        closed = by_hand.see_to(queryset, by=request.user)
        messages.success(request, f"{closed} closed. What goes on being wrong opens another.")

    def open_ones(self, request: HttpRequest) -> list[Alert]:
        """The latest open alerts that the asker may see, for the first page of the back office."""
        return list(self.get_queryset(request).filter(closed_at=None).select_related("clinic")[:SHOWN])


@admin.register(Line)
class LineAdmin(LookOnly):
    """Whether the providers are well, for operators."""

    clinic_path = None
    list_display = ["name", "failures", "rests_until", "error"]
    list_filter = ["rests_until"]
    search_fields = ["name"]
