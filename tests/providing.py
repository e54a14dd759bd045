"""The fake provider beside the tests: a process of its own, to which SMS, WhatsApp, push and the gateway lead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.provider.running import SID, TOKEN, At, running

FROM, WHATSAPP_FROM = "OOZHAM", "+914842000000"
QUICK = 0.5  # seconds an answer is waited for in tests, in place of eight


@pytest.fixture(scope="session")
def _provider() -> Iterator[At]:
    """One provider a process."""
    with running() as at:
        yield at


@pytest.fixture
def provider(_provider: At, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> At:
    """SMS and WhatsApp by an account of the platform's with a provider over HTTP, every template registered."""
    from notifications.models import Template

    _provider.forget()
    settings.TWILIO = {"sid": SID, "token": TOKEN, "sms_from": FROM, "whatsapp_from": WHATSAPP_FROM}
    settings.TWILIO_API_URL = _provider.address
    settings.USE_INBOX = False
    monkeypatch.setattr("notifications.channels.base.ANSWER", QUICK)
    monkeypatch.setattr("notifications.channels.twilio.SETTLES", 0.0)
    Template.objects.update(dlt_entity="1101000000001", dlt_header=FROM, dlt_template="1107000000001")
    return _provider


@pytest.fixture
def whatsapp_too(provider: At) -> At:
    """The provider, with an approved WhatsApp template for every kind."""
    from notifications.models import Template

    Template.objects.update(content_sid="HX0123456789")
    return provider


@pytest.fixture
def gateway(provider: At, settings: Any) -> At:
    """The provider as an SMS gateway in place of Twilio."""
    params = "to={number}&text={text}&header={header}&pe={entity}&dlt={template}&ref={id}&callback={receipts}&x={none}"
    settings.SMS_GATEWAY = {"url": f"{provider.address}/gateway", "params": params, "key": TOKEN}
    return provider


@pytest.fixture
def push(provider: At, settings: Any) -> At:
    """The provider as a push service."""
    from notifications import vapid

    settings.VAPID_PRIVATE_KEY, settings.VAPID_CONTACT = vapid.made()[0], "mailto:omana@oozham.example"
    settings.PUSH_SERVICES = ["127.0.0.1"]
    return provider
