"""The tokens app."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    """The queue on the day: numbers, states, order, estimates and the live screens."""

    name = "tokens"
