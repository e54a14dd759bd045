"""What is half set up, of the ways by which people are told, is said at every start."""

from typing import Any

import pytest
from django.core.checks import run_checks

from notifications import vapid
from notifications.checks import ways_are_set_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("doors")]


def warnings(settings: Any, **given: Any) -> list[str]:
    """What is said at the start with these settings."""
    for name, value in given.items():
        setattr(settings, name, value)
    return [it.id.rpartition(".")[2] for it in ways_are_set_up()]


def test_what_is_half_set_up_is_said_at_every_start(settings: Any) -> None:
    good = {"sid": "AC1", "token": "x", "sms_from": "X", "whatsapp_from": ""}
    gateway = {"url": "https://sms.example/", "params": "", "key": "k"}
    assert warnings(settings, DEBUG=True) == []
    assert warnings(settings, DEBUG=False) == ["W001"]
    assert warnings(settings, TWILIO=good) == []
    assert warnings(settings, TWILIO=good | {"token": ""}) == ["W002"]
    assert warnings(settings, TWILIO=good | {"sms_from": ""}) == ["W003"]
    assert warnings(settings, SMS_GATEWAY=gateway) == []
    assert warnings(settings, SMS_GATEWAY=gateway | {"key": ""}) == ["W004"]
    assert warnings(settings, SMS_GATEWAY=gateway, VAPID_PRIVATE_KEY=vapid.made()[0]) == ["W005"]
    assert warnings(settings, VAPID_CONTACT="mailto:x@y.example") == []
    assert warnings(settings, VAPID_PRIVATE_KEY="none") == ["W006"]
    assert warnings(settings, VAPID_PRIVATE_KEY="", VAPID_CONTACT="", HAS_EMAIL=True) == ["W007"]
    assert "notifications.W007" in [it.id for it in run_checks()]
