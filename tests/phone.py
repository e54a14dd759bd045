"""A patient's cheap phone: a browser without JavaScript, as the tests of booking use it."""

import re
from html import unescape
from typing import Any

from django.test import Client

from notifications.models import Message
from scheduling.models import Slot

DOCTOR = "/c/lake-clinic/dr-rao/"
ASHA = {"who": "new", "name": "Asha Thomas", "age": "38", "gender": "f"}


class Phone:
    """Somebody's browser: presses buttons, follows where they lead, and reads."""

    def __init__(self) -> None:
        self.client = Client()
        self.at = self.booking = ""

    def open(self, path: str) -> str:
        """Open an address; the words on the page."""
        return self._read(self.client.get(path, follow=True), path)

    def press(self, path: str, **typed: str) -> str:
        """Send a form."""
        return self._read(self.client.post(path, typed, follow=True), path)

    def _read(self, response: Any, path: str) -> str:
        assert response.status_code in (200, 404), response.status_code
        self.at = response.redirect_chain[-1][0] if response.redirect_chain else path
        self.html = response.content.decode()
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    def hold(self, slot: Slot | str) -> str:
        """Tap a time."""
        words = self.press(f"{DOCTOR}hold/", slot=str(getattr(slot, "pk", slot)))
        self.booking = self.at
        return words

    def prove(self, typed: str = "98470 00112") -> str:
        """Give the phone and the code that comes to it."""
        self.press(f"{self.booking}phone/", phone=typed)
        return self.press(f"{self.booking}code/", code=last_code())


def last_code() -> str:
    """The code on its way."""
    return Message.objects.filter(kind="code").latest("created_at").text[:6]
