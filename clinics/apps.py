"""The clinics app."""

from django.apps import AppConfig


class ClinicsConfig(AppConfig):
    """Who we are and who may do what: places, users, memberships, access, audit, sealed personal data."""

    name = "clinics"
