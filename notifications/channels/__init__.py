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
from notifications.channels.inbox import Inbox

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
    ("inbox", "inbox"): Inbox(),
}


def channel_named(name: str, provider: str) -> Channel:
    """What carries messages by this way of this provider."""
    return CHANNELS[name, provider]
