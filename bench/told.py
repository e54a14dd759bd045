"""Messages to send, and a provider of our own to send them to, which counts what it has taken."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from bench.stack import free_port, running

WORDS = {"token": 13, "doctor": "Dr Rao", "place": "Lake Clinic", "link": "https://oozham.example/t/k3v9x2m7q4/"}


@dataclass(frozen=True)
class Provider:
    """The fake provider, by its address."""

    address: str
    account: tuple[str, str] = ("AC00000000000000000000000000000001", "secret")

    @property
    def environment(self) -> dict[str, str]:
        """What makes our processes send to it."""
        return {
            "TWILIO_ACCOUNT_SID": self.account[0], "TWILIO_AUTH_TOKEN": self.account[1], "TWILIO_SMS_FROM": "OOZHAM",
            "TWILIO_API_URL": self.address,
        }  # fmt: skip

    def behave(self, **how: Any) -> None:
        """From now on it does as it is told."""
        self._ask("/behave", how)

    def taken(self) -> list[dict[str, Any]]:
        """Every message it has taken: `to`, `body` and `at`, seconds since the epoch."""
        return self._ask("/accepted")["messages"]

    def count(self) -> Counter[str]:
        """How often it has taken a message to each phone."""
        return Counter(it["to"] for it in self.taken())

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.request("GET" if body is None else "POST", self.address + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def provider() -> Iterator[Provider]:
    """A fake provider that speaks real HTTP, in a process of its own."""
    port = free_port()
    with running(sys.executable, "-m", "tests.provider", "--port", str(port)):
        found = Provider(f"http://127.0.0.1:{port}")
        for _ in range(200):
            try:
                found.taken()
                break
            except OSError:
                time.sleep(0.05)
        yield found


def clinic() -> Any:
    """A clinic that has something to tell."""
    from clinics.models import Clinic

    return Clinic.objects.get_or_create(slug="told", defaults={"name": "Lake Clinic", "status": "approved"})[0]


def phones(count: int, *, begin: int) -> list[str]:
    """Mobile numbers that nobody else in the run has."""
    return [f"+9198{begin + number:08d}" for number in range(count)]


def write(clinic: Any, to: list[str]) -> None:
    """News of today's token for each of these phones, all in one transaction, due now."""
    from notifications import outbox
    from notifications.letters import Letter

    outbox.write_many("added", [Letter(to=phone, about=None, variables=WORDS) for phone in to], clinic=clinic)


def register() -> None:
    """Every template is registered, so that an SMS may be sent."""
    from notifications.models import Template

    Template.objects.update(dlt_entity="1101000000001", dlt_header="OOZHAM", dlt_template="1107000000001")


def open_messages() -> int:
    """How many messages are on their way still."""
    from notifications.models import Message

    return Message.objects.open().count()


def wait_until_all_are_told(seconds: float) -> bool:
    """Whether every message has met its fate within so long."""
    until = time.monotonic() + seconds
    while open_messages():
        if time.monotonic() > until:
            return False
        time.sleep(0.25)
    return True
