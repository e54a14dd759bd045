"""The scheduling app."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    """The calendar: hours, slots, holds and appointments."""

    name = "scheduling"
