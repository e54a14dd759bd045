"""The ways a message can go; one file each."""

from notifications.channels.base import (
    ANSWER,
    CONNECT,
    Accepted,
    Account,
    Browser,
    Channel,
    Handover,
    Outcome,
    Refused,
    Registered,
    Unsure,
)
from notifications.channels.email import Email
from notifications.channels.gateway import Gateway
from notifications.channels.inbox import Inbox
from notifications.channels.push import Push
from notifications.channels.sms import Sms
from notifications.channels.whatsapp import WhatsApp

__all__ = [
    "ANSWER",
    "CONNECT",
    "Accepted",
    "Account",
    "Browser",
    "Channel",
    "Handover",
    "Outcome",
    "Refused",
    "Registered",
    "Unsure",
    "channel_named",
]

CHANNELS: dict[tuple[str, str], Channel] = {
    ("sms", "twilio"): Sms(),
    ("sms", "gateway"): Gateway(),
    ("whatsapp", "twilio"): WhatsApp(),
    ("push", "webpush"): Push(),
    ("email", "smtp"): Email(),
    ("inbox", "inbox"): Inbox(),
}


def channel_named(name: str, provider: str) -> Channel:
    """What carries messages by this way of this provider."""
    return CHANNELS[name, provider]
