"""Asking for codes, in browsers and through the service."""

from typing import Any

from django.test import Client

from patients import challenges
from patients.models import Challenge

ASHAS = "98470 00112"


def ask(phone: str = ASHAS, *, client: Client | None = None, address: str = "203.0.113.9", **more: str) -> Any:
    """Ask for a code from an address; the page that comes of it."""
    return (client or Client()).post("/phone/", {"phone": phone, **more}, follow=True, REMOTE_ADDR=address)


def send(number: int, *, browser: str = "", address: str | None = None, device: str = "") -> Challenge:
    """Send a code to the phone of that number, from a browser nobody has seen."""
    return challenges.send_code(
        phone=f"+91984700{number:04d}", browser=browser or f"browser {Challenge.objects.count()}", address=address,
        device=device,
    )  # fmt: skip
