"""Telling people: what is told, workers that come for it, and phone lines in place of a provider."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from notifications import channels, jobs, outbox
from notifications.channels import Accepted, Handover, Outcome, Refused
from notifications.models import Dispatch, Line, Message, Template
from scheduling.models import Appointment
from tests import cast
from tests.clock import ist

PUSH_KEY = base64.urlsafe_b64encode(bytes(31) + b"\x07").rstrip(b"=").decode()  # the server's own, for web push
KEYS = {"p256dh": "B" * 87, "auth": "A" * 22}  # a browser's
TWILIO = {"sid": "AC1", "token": "secret", "sms_from": "OOZHAM", "whatsapp_from": "+914842000000"}
BUSY = Refused("Too many requests", code="429", ours=True)


DAYS_AGO = ist("2026-11-20 12:00")


def visit(doctor: Any, at: str, *, patient: Any = None, booked_at: Any = DAYS_AGO, **fields: Any) -> Appointment:
    """A visit booked some days ago, unless said otherwise."""
    slot = cast.slot(doctor=doctor, starts_at=ist(at), minutes=1, booked=1)
    return cast.appointment(
        doctor=doctor, patient=patient or cast.patient(), slot=slot, created_at=booked_at, **fields
    )  # fmt: skip


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
    settings.TWILIO = TWILIO
    settings.USE_INBOX, settings.HAS_EMAIL = False, True
    phones = {name: Phone(name) for name in ("sms", "whatsapp", "email")}
    for name, provider in {"sms": "twilio", "whatsapp": "twilio", "email": "smtp"}.items():
        monkeypatch.setitem(channels.CHANNELS, (name, provider), phones[name])
    Template.objects.update(dlt_entity="1101000000001", dlt_header="OOZHAM", dlt_template="1107000000001")
    return phones


def code_to_asha() -> Message:
    """A message to Asha's phone, that wakes her."""
    return outbox.write(Message.Kind.CODE, to=cast.ASHAS_PHONE, clinic=None, code="402931", host="localhost")


def news(clinic: Any, *, token: int = 13, **more: Any) -> Message:
    """Today's token, written at the desk."""
    words = cast.todays_token(token=token)
    return outbox.write(Message.Kind.ADDED, to=cast.ASHAS_PHONE, clinic=clinic, **words, **more)


def again(message: Message) -> Message:
    """The message as it is by now."""
    message.refresh_from_db()
    return message


def sent(message: Message) -> Message:
    """The message after a worker has come for it."""
    jobs.deliver(str(message.pk))
    return again(message)


def in_time(message: Message) -> None:
    """Let the time come at which something is to be done with it."""
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
    Line.objects.update(rests_until=None)


def swept(message: Message) -> Message:
    """The message after its time has come and a sweep has done its work."""
    in_time(message)
    jobs.sweep()
    return again(message)


def fates() -> list[tuple[str, int, str]]:
    """Every handing over: the channel, its fate, the reason's number."""
    return list(Dispatch.objects.order_by("pk").values_list("channel", "fate", "error_code"))
