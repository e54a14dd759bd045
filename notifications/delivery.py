"""Claiming a message, handing it to a channel, and recording what became of it."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from notifications.channels import ChannelError, current_channel
from notifications.models import Message

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # longer than any channel may take; a claim that outlives it was a dead worker's
MAX_ATTEMPTS = 5
BATCH = 100


def retry_after(attempts: int) -> timedelta:
    """How long to wait before the next try: 10 s, 20 s, 40 s, 80 s."""
    return timedelta(seconds=10 * 2 ** (attempts - 1))


def claim(message_id: str) -> Message | None:
    """Take a due message for ourselves with a lease; None when it is sent, not due, or somebody else's."""
    now = timezone.now()
    claimed = (
        Message.objects.due()
        .filter(pk=message_id)
        .update(state=Message.State.SENDING, leased_until=now + LEASE, attempts=F("attempts") + 1)
    )
    return Message.objects.get(pk=message_id) if claimed else None


def deliver_one(message_id: str) -> bool:
    """Claim a message and send it; returns whether it was sent by us now."""
    message = claim(message_id)
    if message is None:
        return False
    channel = current_channel()
    try:
        channel.send(to=message.to, text=message.text)
    except ChannelError as error:
        _failed(message, str(error))
        return False
    Message.objects.filter(pk=message.pk, state=Message.State.SENDING).update(
        state=Message.State.SENT, sent_at=timezone.now(), leased_until=None, channel=channel.name, error=""
    )
    return True


def _failed(message: Message, error: str) -> None:
    """Put a message back for another try, or give it up where somebody will see it."""
    over = message.attempts >= MAX_ATTEMPTS
    Message.objects.filter(pk=message.pk, state=Message.State.SENDING).update(
        state=Message.State.FAILED if over else Message.State.WAITING,
        due_at=timezone.now() + retry_after(message.attempts),
        leased_until=None,
        error=error[:200],
    )
    logger.warning("Message %s was not sent (try %s): %s", message.pk, message.attempts, error)


def deliver_due() -> int:
    """Send what is due; several sweepers at once take different rows. Returns how many were sent."""
    with transaction.atomic():
        due = Message.objects.due().select_for_update(skip_locked=True).order_by("due_at")
        ids = [str(pk) for pk in due.values_list("pk", flat=True)[:BATCH]]
    return sum(_deliver_or_log(message_id) for message_id in ids)


def _deliver_or_log(message_id: str) -> bool:
    """One message that breaks its sender keeps its lease, and keeps no other message waiting."""
    try:
        return deliver_one(message_id)
    except Exception:
        logger.exception("Message %s broke its sender", message_id)
        return False
