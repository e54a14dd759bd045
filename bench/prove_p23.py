"""P23: every SMS body is what is registered for it; WhatsApp's 24 hours are exact to the second; the next way ≤ 60 s.

Seen to fail with the protection off: OOZHAM_UNPROTECTED=1 sends wordings as they are filled in, with nobody looking
whether that is what is registered.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

BODIES, MOMENTS = 20_000, 200
ODD = [
    "{token}",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "a\nb",
    "😀😀",
    "ഡോക്ടർ റാവു",
    "“Dr” – Rao’s…",
    "{#var#}",
    "%s\\1$1",
    "\0",
    "",
]


def run() -> tuple[bool, str]:
    """Whether it holds, and the figures."""
    wrong, sent, refused = bodies()
    early, late = window()
    seconds = fallback()
    figure = (
        f"{sent} bodies as registered, {wrong} not ({refused} refused); window wrong {early + late} times in "
        f"{MOMENTS} × 23:59:59 and 24:00:00; unconfirmed WhatsApp went by SMS within {seconds:.0f} s"
    )
    return wrong == early == late == 0 and sent > 0 and seconds <= 60, figure


def bodies() -> tuple[int, int, int]:
    """Random values into every kind: bodies that are not what is registered, those that are, and refused ones."""
    from notifications import registered
    from notifications.kinds import KINDS
    from notifications.registered import TemplateError, fitted, render, text_for_register

    rng, wrong, sent, refused = random.Random(23), 0, 0, 0
    with _unlooked_at(registered):
        for kind in (kind for _ in range(BODIES // len(KINDS)) for kind in KINDS):
            wording = KINDS[kind].wording
            register = text_for_register(wording)
            values = {name: _value(rng, name) for name in KINDS[kind].variables}
            try:
                text = render(wording, fitted(kind, values), register=register)
            except TemplateError:
                refused += 1
                continue
            sent += 1
            wrong += re.fullmatch(_shape(register), text) is None
    return wrong, sent, refused


def window() -> tuple[int, int]:
    """WhatsApp through the real claim: free until the last second, a template from then on."""
    from django.utils import timezone

    from notifications.models import Contact, Message

    clinic, rng, early, late = _clinic(), random.Random(24), 0, 0
    with _providers() as handed:
        for n in range(MOMENTS):
            wrote_at = timezone.now() - timedelta(seconds=rng.uniform(1, 3e6))
            phone = f"+9198{n:08d}"
            contact = _contact(phone)
            Contact.objects.filter(pk=contact.pk).update(wrote_at=wrote_at)
            for after, is_free in ((86_399, True), (86_400, False)):
                Message.objects.all().delete()
                with _clock(wrote_at + timedelta(seconds=after)):
                    _write(clinic, phone)
                    _sweep()
                if handed[-1].freely != is_free:
                    early, late = (early, late + 1) if is_free else (early + 1, late)
    return early, late


def fallback() -> float:
    """How long after WhatsApp took it a message goes by SMS when nobody confirms it, swept every five seconds."""
    from django.utils import timezone

    clinic, began = _clinic(), timezone.now()
    with _providers() as handed:
        with _clock(began):
            _write(clinic, "+919847000999")
            _sweep()
        assert handed[-1].channel == "whatsapp"
        for seconds in range(5, 125, 5):
            with _clock(began + timedelta(seconds=seconds)):
                _sweep()
            if handed[-1].channel == "sms":
                return float(seconds)
    return 120.0


def _value(rng: random.Random, name: str) -> str:
    """Something odd, too long, or as it should be."""
    from notifications.kinds import VARIABLES, Type

    variable, chance = VARIABLES[name], rng.random()
    if chance < 0.08:
        return rng.choice(ODD)
    if variable.type == Type.NUMBER:
        return str(rng.randrange(10 ** rng.randint(1, variable.longest)))
    if variable.type == Type.LINK:
        return "https://oozham.example/t/" + "".join(rng.choices("abcXYZ019-_", k=rng.randint(4, 60)))
    letters = "abc XYZ 019 ഡോക്ടർ 😀 {}[]=+-@#’–"
    return "".join(rng.choices(letters, k=rng.randint(1, variable.longest + 20))) + " x"


def _shape(register: str) -> str:
    """What the register lets through, read independently of the product: marks by their type, all else as it stands."""
    pieces = re.split(r"\{#(\w+)#\}", register)
    marks = {"numeric": "[0-9]+", "alphanumeric": "[^\n]+", "url": r"\S+"}
    return "".join(re.escape(it) if at % 2 == 0 else marks[it] for at, it in enumerate(pieces))


@contextmanager
def _unlooked_at(module: object) -> Iterator[None]:
    """With the protection off, values and texts are taken as they come."""
    if not os.environ.get("OOZHAM_UNPROTECTED"):
        yield
        return
    with (
        patch.object(module, "_fit", lambda _, value: str(value)),
        patch.object(module, "_must_hold", lambda *_: None),
        patch.object(module, "matches", lambda *_: True),
    ):
        yield


@contextmanager
def _providers() -> Iterator[list[object]]:
    """SMS and WhatsApp that take everything and confirm nothing; what they were handed, in order."""
    from django.conf import settings
    from django.test import override_settings

    from notifications import channels
    from notifications.models import Template

    handed: list[object] = []

    class Taking:
        concurrency, has_receipts, repeats_harmlessly = 8, True, False

        def __init__(self, name: str) -> None:
            self.name = name

        def send(self, it: channels.Handover) -> channels.Outcome:
            handed.append(it)
            return channels.Accepted(f"{self.name}-{it.id}")

    both = {(name, "twilio"): Taking(name) for name in ("sms", "whatsapp")}
    account = {"sid": "AC1", "token": "x", "sms_from": "OOZHAM", "whatsapp_from": "+914842000000"}
    Template.objects.update(dlt_entity="1101", dlt_header="OOZHAM", dlt_template="1107", content_sid="HX1")
    with (
        patch.dict(channels.CHANNELS, both),
        override_settings(TWILIO=account, USE_INBOX=False, SMS_GATEWAY=settings.SMS_GATEWAY | {"url": ""}),
    ):
        yield handed


@contextmanager
def _clock(moment: object) -> Iterator[None]:
    """Another time of day."""
    from tests.clock import clock_at

    with clock_at(moment):
        yield


def _clinic() -> object:
    from clinics.models import Clinic

    fields = {"name": "Lake Clinic", "status": Clinic.Status.APPROVED}
    return Clinic.objects.get_or_create(slug="lake-clinic", defaults=fields)[0]


def _contact(phone: str) -> object:
    from clinics.sealed import blind_index
    from notifications.models import Contact

    return Contact.objects.get_or_create(phone_key=blind_index(phone))[0]


def _write(clinic: object, phone: str) -> None:
    """Something that may wake somebody, so that the hour of the day does not matter."""
    from django.utils import timezone

    from notifications.letters import Letter, made

    words = {"token": 13, "doctor": "Dr Rao", "place": "Lake Clinic", "link": "https://oozham.example/t/abc/"}
    made("added", Letter(to=phone, about=None, variables=words), clinic=clinic, due_at=timezone.now()).save()


def _sweep() -> None:
    from notifications import jobs

    jobs.sweep()
