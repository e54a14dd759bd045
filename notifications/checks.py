"""What is missing, or only half given, for messages to reach anybody: said at every start in production."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from notifications import vapid


def ways_are_set_up(**_: Any) -> list[CheckMessage]:
    """A warning for each way that would fail; development has its inbox and is not bothered."""
    if settings.DEBUG:
        return []
    return [*_sms(), *_push(), *_email()]


def _sms() -> list[CheckMessage]:
    twilio, gateway = settings.TWILIO, settings.SMS_GATEWAY
    if not twilio["sid"] and not gateway["url"]:
        return [
            _warning(1, "No SMS can be sent: messages wait.", "Give TWILIO_ACCOUNT_SID and so on, or SMS_GATEWAY_URL.")
        ]
    found = []
    if twilio["sid"] and not twilio["token"]:
        found.append(_warning(2, "Twilio will refuse every message.", "Give TWILIO_AUTH_TOKEN."))
    if twilio["sid"] and not gateway["url"] and not twilio["sms_from"]:
        found.append(_warning(3, "No SMS can be sent: messages wait.", "Give TWILIO_SMS_FROM."))
    if gateway["url"] and not gateway["key"]:
        found.append(_warning(4, "The SMS gateway is given no key.", "Give SMS_GATEWAY_KEY."))
    return found


def _push() -> list[CheckMessage]:
    if bool(settings.VAPID_PRIVATE_KEY) != bool(settings.VAPID_CONTACT):
        return [_warning(5, "Web push is half set up.", "Give both VAPID_PRIVATE_KEY and VAPID_CONTACT, or neither.")]
    try:
        vapid.public_key()
    except ValueError:
        return [_warning(6, "VAPID_PRIVATE_KEY is no key.", "Make one: python -m notifications.vapid")]
    return []


def _email() -> list[CheckMessage]:
    if settings.HAS_EMAIL and settings.DEFAULT_FROM_EMAIL.endswith("@localhost>"):
        return [_warning(7, "E-mail to staff has no sender.", "Give EMAIL_FROM, as in Oozham <tokens@clinic.example>.")]
    return []


def _warning(number: int, what: str, hint: str) -> CheckMessage:
    return Warning(what, hint=hint, id=f"notifications.W{number:03}")
