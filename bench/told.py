"""Messages to send to a provider of our own, which speaks real HTTP and counts what it has taken."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from tests.provider.running import SID, TOKEN, At

WORDS = {"token": 13, "doctor": "Dr Rao", "place": "Lake Clinic", "link": "https://oozham.example/t/k3v9x2m7q4/"}


def environment(provider: At) -> dict[str, str]:
    """What makes our processes send to it."""
    return {
        "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_SMS_FROM": "OOZHAM",
        "TWILIO_API_URL": provider.address,
    }  # fmt: skip


def times_told(provider: At) -> Counter[str]:
    """How often it has taken a message to each phone."""
    return Counter(it["to"] for it in provider.accepted())


def clinic() -> Any:
    """A clinic that has something to tell; every template is registered, so that an SMS may be sent."""
    from clinics.models import Clinic
    from notifications.models import Template

    Template.objects.update(dlt_entity="1101000000001", dlt_header="OOZHAM", dlt_template="1107000000001")
    return Clinic.objects.get_or_create(slug="told", defaults={"name": "Lake Clinic", "status": "approved"})[0]


def phones(count: int, *, begin: int) -> list[str]:
    """Mobile numbers that nobody else in the run has."""
    return [f"+9198{begin + number:08d}" for number in range(count)]


def write(clinic: Any, to: list[str]) -> None:
    """News of today's token for each of these phones, all in one transaction, due now."""
    from notifications import outbox
    from notifications.letters import Letter

    outbox.write_many("added", [Letter(to=phone, about=None, variables=WORDS) for phone in to], clinic=clinic)


def wait_until_all_are_told(seconds: float) -> bool:
    """Whether every message has met its fate within so long."""
    from notifications.models import Message

    until = time.monotonic() + seconds
    while Message.objects.open().exists():
        if time.monotonic() > until:
            return False
        time.sleep(0.25)
    return True
