"""The patients app."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Who comes: a phone proved by a code, and the family behind it."""

    name = "patients"
