"""What became of a message, as its provider tells us afterwards: twice, in any order, or before its own answer."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from notifications.models import Dispatch, Message, Receipt

Fate, State = Dispatch.Fate, Message.State


def hear(dispatch_id: UUID, fate: Fate, *, error_code: str = "", error: str = "", provider_id: str = "") -> bool:
    """A receipt has come: its dispatch moves forward, or nothing happens; returns whether it was news.

    Receipts come twice, in any order, and before the answer to the request itself.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).get(dispatches=dispatch_id)
        dispatch = Dispatch.objects.select_for_update().get(pk=dispatch_id)
        _, is_new = Receipt.objects.get_or_create(
            dispatch=dispatch, fate=fate, defaults={"error_code": error_code[:20]}
        )  # fmt: skip
        if not is_new or fate <= dispatch.fate:
            return False
        dispatch.fate, dispatch.changed_at = fate, timezone.now()
        dispatch.error_code, dispatch.error = error_code[:20], error[:200]
        if not dispatch.provider_id and _is_new(provider_id, dispatch):
            dispatch.provider_id = provider_id[:80]
        dispatch.save(update_fields=["fate", "changed_at", "error_code", "error", "provider_id"])
        _follow(message, dispatch, fate)
        return True


def _follow(message: Message, dispatch: Dispatch, fate: Fate) -> None:
    """What a receipt means for its message: there, on its way, or to be sent the next way at once."""
    now = timezone.now()
    if message.state in {State.FAILED, State.DROPPED, State.DELIVERED} and fate < Fate.DELIVERED:
        return
    if fate >= Fate.DELIVERED:
        message.state, message.sent_at, message.reason, message.error = State.DELIVERED, message.sent_at or now, "", ""
    elif fate == Fate.FAILED:
        if message.channel != dispatch.channel or _is_superseded(dispatch):
            return
        message.state, message.sent_at, message.due_at = State.WAITING, None, now
        message.rung, message.attempts = message.rung + 1, 0
        message.error = f"{dispatch.error_code} {dispatch.error}".strip()[:200]
    elif message.state in {State.SENDING, State.UNKNOWN} and not _is_superseded(dispatch):
        message.state, message.sent_at = State.SENT, message.sent_at or now
    else:
        return
    message.save(update_fields=["state", "sent_at", "due_at", "rung", "attempts", "error", "reason"])


def _is_new(provider_id: str, dispatch: Dispatch) -> bool:
    """Whether this key of the provider's is no other dispatch's."""
    others = Dispatch.objects.filter(channel=dispatch.channel, provider_id=provider_id[:80]).exclude(pk=dispatch.pk)
    return bool(provider_id) and not others.exists()


def _is_superseded(dispatch: Dispatch) -> bool:
    return Dispatch.objects.filter(message=dispatch.message_id, started_at__gt=dispatch.started_at).exists()
