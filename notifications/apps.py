"""The notifications app."""

from django.apps import AppConfig
from django.core import checks

from notifications.checks import ways_are_set_up


class NotificationsConfig(AppConfig):
    """Telling people: messages are rows first, sent after commit, their fate recorded."""

    name = "notifications"

    def ready(self) -> None:
        """Say at every start what is only half set up."""
        checks.register(ways_are_set_up)
