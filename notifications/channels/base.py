"""What every way of sending is given, and answers. None touches the database: they run in threads of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from notifications.models.dispatch import Fate

HOST = re.compile(r"^(?:https?://)?([^/:]*)")
NUMBER = re.compile(r"\+?\d[\d -]{6,}\d")
CONNECT, ANSWER = 3.0, 8.0  # seconds a provider has to be reached, and to answer; the lease of a claim is longer


def without_numbers(said: str) -> str:
    """What a provider says, without the phone it repeats: it is logged, and read by people who see no phones."""
    return NUMBER.sub("…", said)


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account a message goes by: the platform's, or a clinic's own. Prices in paise."""

    name: str
    provider: str
    sid: str = ""
    token: str = ""
    sms_from: str = ""
    whatsapp_from: str = ""
    sms_paise: int = 0
    whatsapp_paise: int = 0


@dataclass(frozen=True, slots=True)
class Registered:
    """What a template is registered as, for the providers that must be told."""

    dlt_entity: str = ""
    dlt_header: str = ""
    dlt_template: str = ""
    content_sid: str = ""


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser's push subscription."""

    id: str
    endpoint: str
    p256dh: str
    auth: str

    @property
    def line(self) -> str:
        """Its push service: what fails together."""
        return f"push:{HOST.search(self.endpoint)[1]}"


@dataclass(frozen=True, slots=True)
class Handover:
    """Everything a channel needs to hand one message over, read beforehand.

    `to` is a phone (E.164) or an e-mail address; `values` are the template's variables in its order; `freely` says that
    WhatsApp's window is open; `seconds` is for how long the message is of use; `others` are the provider's keys of what
    else the phone was sent lately, where it is asked about one.
    """

    id: str
    message: str
    kind: str
    channel: str
    to: str
    text: str
    title: str
    link: str
    values: tuple[str, ...]
    registered: Registered
    account: Account
    seconds: int
    started: float
    freely: bool = False
    provider_id: str = ""
    browsers: tuple[Browser, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The way and the account: what fails together."""
        return f"{self.channel}:{self.account.name}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it, under this key, and got so far with it. `line`: whose it is, where that is not the way's."""

    provider_id: str = ""
    fate: Fate = Fate.ACCEPTED
    error_code: str = ""
    gone: tuple[str, ...] = ()  # browsers that are no more
    line: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider certainly does not have it. `lasting`: asking again this way is of no use.

    `ours`: it is not the message that is refused but we are (wrong credentials, too many requests, out of order), by
    `line`, or by the whole way where that says nothing.
    """

    why: str
    code: str = ""
    lasting: bool = False
    ours: bool = False
    after: float = 0.0  # seconds the provider asks us to wait
    gone: tuple[str, ...] = ()
    line: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", without_numbers(self.why))


@dataclass(frozen=True, slots=True)
class Unsure:
    """The provider may have it, or not: it did not answer in time. `line` as above."""

    why: str
    line: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", without_numbers(self.why))


Outcome = Accepted | Refused | Unsure


class Channel(Protocol):
    """What carries messages."""

    name: str
    concurrency: int  # messages handed over at the same time by one process
    has_receipts: bool  # whether somebody tells us afterwards what became of it
    repeats_harmlessly: bool  # whether the same message twice is seen once

    def send(self, it: Handover) -> Outcome:
        """Hand over one message. Never raises for what a provider does."""

    def ask(self, it: Handover) -> Outcome:
        """Ask the provider whether it has a message we are unsure of; Refused when it certainly has not."""
