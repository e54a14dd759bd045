"""The notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Telling people: messages are rows first, sent after commit, their fate recorded."""

    name = "notifications"
