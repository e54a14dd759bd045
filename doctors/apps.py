"""The doctors app."""

from django.apps import AppConfig


class DoctorsConfig(AppConfig):
    """Who treats: doctors, their specialties and what patients are told about them."""

    name = "doctors"
