"""The project as an app, so that its own commands (the demo) are found."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ProjectConfig(AppConfig):
    """The project: settings, addresses, processes and the demo."""

    name = "config"

    def ready(self) -> None:
        """From the first migration on, every kind of message has a template."""
        from notifications.templates import make_missing

        post_migrate.connect(make_missing, sender=apps.get_app_config("notifications"))
