"""The ways a message can go; one file each."""

from typing import Protocol

from notifications.channels import development


class ChannelError(Exception):
    """The channel did not take the message; it may be tried again."""


class Channel(Protocol):
    """What carries a message to a phone."""

    name: str

    def send(self, *, to: str, text: str) -> None:
        """Hand over one message to a phone (E.164); raises ChannelError when it was certainly not taken."""


def current_channel() -> Channel:
    """The channel in use. Only the development one exists so far: it prints, and keeps nothing."""
    return development.Terminal()
