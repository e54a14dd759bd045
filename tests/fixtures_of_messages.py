"""What messages go by: phone lines that remember, an account with Twilio, and a queue of jobs that is looked at."""

from typing import Any

import pytest


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messages whose jobs were put into the queue, instead of the queue."""
    from notifications import outbox

    opened: list[str] = []
    monkeypatch.setattr(outbox, "enqueue_job", lambda job, message_id: opened.append(message_id))
    return opened


@pytest.fixture
def twilio_account(settings: Any) -> None:
    """An account of the platform with Twilio."""
    from tests import telling

    settings.TWILIO = telling.TWILIO


@pytest.fixture
def lines(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """SMS, WhatsApp and e-mail, each a `Phone` that remembers what it carried."""
    from tests import telling

    return telling.connect(settings, monkeypatch)


@pytest.fixture
def sms(lines: Any) -> Any:
    """The SMS line."""
    return lines["sms"]


@pytest.fixture
def whatsapp(lines: Any) -> Any:
    """The WhatsApp line, with an approved template for every kind."""
    from notifications.models import Template

    Template.objects.update(content_sid="HX0123456789")
    return lines["whatsapp"]
