"""The project as an app, so that its own commands (the demo) are found."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The project: settings, addresses, processes and the demo."""

    name = "config"
