"""A phone line in place of a provider: it remembers what it carried, and answers what a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from notifications import channels
from notifications.channels import Accepted, Handover, Outcome
from notifications.models import Template


class Phone:
    """A channel: what it carried, and what it answers to the next messages, the last of them for ever."""

    concurrency = 8
    has_receipts = True
    repeats_harmlessly = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.carried: list[Handover] = []
        self.asked: list[Handover] = []
        self.answers: list[Outcome | Callable[[Handover], Outcome]] = []
        self.knows: Outcome | None = None
        self._one = threading.Lock()

    @property
    def said(self) -> list[tuple[str, str]]:
        """Who was told what."""
        return [(it.to, it.text) for it in self.carried]

    def send(self, it: Handover) -> Outcome:
        """Carry one message, or do what the test wants."""
        with self._one:
            self.carried.append(it)
            answer = self.answers.pop(0) if len(self.answers) > 1 else (self.answers or [None])[0]
            number = len(self.carried)
        if callable(answer):
            return answer(it)
        return answer or Accepted(f"{self.name}-{it.id}-{number}")

    def ask(self, it: Handover) -> Outcome:
        """Say what it knows of a message."""
        self.asked.append(it)
        assert self.knows is not None, "nobody should have asked"
        return self.knows


def connect(settings: Any, monkeypatch: Any) -> dict[str, Phone]:
    """SMS, WhatsApp and e-mail by accounts of the platform, every template registered; nothing leaves the test."""
    settings.TWILIO = {"sid": "AC1", "token": "secret", "sms_from": "OOZHAM", "whatsapp_from": "+914842000000"}
    settings.USE_INBOX, settings.HAS_EMAIL = False, True
    phones = {name: Phone(name) for name in ("sms", "whatsapp", "email")}
    for name, provider in {"sms": "twilio", "whatsapp": "twilio", "email": "smtp"}.items():
        monkeypatch.setitem(channels.CHANNELS, (name, provider), phones[name])
    Template.objects.update(dlt_entity="1101000000001", dlt_header="OOZHAM", dlt_template="1107000000001")
    return phones
