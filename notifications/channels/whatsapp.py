"""WhatsApp by Twilio: an approved template, or plain words within 24 hours of the person's own."""

from __future__ import annotations

import json

from notifications.channels import twilio
from notifications.channels.base import Handover, Outcome, Refused
from notifications.channels.reasons import in_words


class WhatsApp:
    """WhatsApp by the platform's Twilio account or a clinic's."""

    name = "whatsapp"
    concurrency = 16
    has_receipts = True
    repeats_harmlessly = False

    def send(self, it: Handover) -> Outcome:
        """Hand over the words where the window is open, else the approved template with its numbered variables."""
        if not it.freely and not it.registered.content_sid:
            return Refused(in_words("63016"), code="63016", lasting=True)
        return twilio.create(it, to=_address(it.to), from_=_address(it.account.whatsapp_from), **_content(it))

    def ask(self, it: Handover) -> Outcome:
        """Look for it among the latest to the phone: the approved template may read a little differently."""
        return twilio.look_for(it, to=_address(it.to), is_ours=lambda body: body == it.text or _has_all(body, it))


def _address(phone: str) -> str:
    return f"whatsapp:{phone}"


def _content(it: Handover) -> dict[str, str]:
    if it.freely:
        return {"body": it.text}
    numbered = {str(number): value for number, value in enumerate(it.values, start=1)}
    return {
        "content_sid": it.registered.content_sid,
        "content_variables": json.dumps(numbered, ensure_ascii=False),
    }


def _has_all(body: str, it: Handover) -> bool:
    return bool(it.values) and all(value in body for value in it.values)
