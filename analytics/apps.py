"""The analytics app."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Looking back: figures and charts of what happened at a clinic."""

    name = "analytics"
