"""What the tests of hooks have in common: what was handed over, Twilio calling us, and all that a hook could write."""

from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import Contact, Dispatch, Message, Receipt
from tests import cast
from tests.provider.receipts import signature
from tests.telling import TWILIO

TOKEN = TWILIO["token"]


def handed_over(channel: str = "sms", *, account: str = "platform", clinic: Any = None, **more: Any) -> Dispatch:
    """A message that was handed over, and waits for its receipt."""
    message = cast.message(clinic=clinic, code="402931", host="localhost")
    message.state, message.sent_at, message.channel = Message.State.AWAITED, timezone.now(), channel
    message.save()
    return Dispatch.objects.create(
        message=message, clinic=clinic, kind="code", channel=channel, account=account, text=message.text,
        fate=Dispatch.Fate.ACCEPTED, **more,
    )  # fmt: skip


def says(at: str, fields: dict[str, str], *, token: str = TOKEN, forged: str | None = None) -> int:
    """Twilio calls an address of ours; returns the status it is answered."""
    sign = signature(token, f"{settings.PUBLIC_URL}{at}", fields) if forged is None else forged
    return Client().post(at, fields, headers={"X-Twilio-Signature": sign}).status_code


def receipt(dispatch: Dispatch, word: str, *, token: str = TOKEN, **more: str) -> int:
    """Twilio tells of a dispatch."""
    fields = {"MessageSid": "SM1", "MessageStatus": word, "To": cast.ASHAS_PHONE, "AccountSid": "AC1"} | more
    return says(reverse("notifications:twilio_status", args=[dispatch.pk]), fields, token=token)


def written() -> list[Any]:
    """Everything a hook could write."""
    rows = (Message, Dispatch, Receipt, Contact)
    return [list(model.objects.order_by("pk").values()) for model in rows]
