"""What people do about messages by hand: send one again, tell somebody by telephone, see to an alert."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from clinics import audit
from clinics.models import Clinic, User
from notifications.kinds import Kind
from notifications.models import Alert, Message
from notifications.outbox import send_soon

A_WHILE = timedelta(minutes=10)  # what is sent again gets at least so long to arrive
State = Message.State


def send_again(messages: QuerySet[Message], *, by: User) -> list[Message]:
    """Send those of these messages once more that reached nobody and still matter; returns which.

    They begin anew with the first way. Never a code: whoever waits for one asks for another. Nor what reception has
    told by telephone meanwhile; nor what is no longer so, which has been withdrawn.
    """
    now = timezone.now()
    wanted = Q(state=State.FAILED, useful_until__gt=now, called_at=None) & ~Q(kind__in=[Kind.CODE, Kind.ALERT])
    again: list[Message] = []
    with transaction.atomic():
        for message in list(messages.filter(wanted).select_related("clinic").order_by("pk")):
            # One by one and on the condition still: of two who press at the same moment, one sends.
            begun = Message.objects.filter(wanted, pk=message.pk).update(
                state=State.WAITING, reason="", error="", channel="", rung=0, attempts=0, due_at=now,
                useful_until=Greatest(F("useful_until"), now + A_WHILE),
            )  # fmt: skip
            if begun:
                audit.record("message.sent_again", clinic=message.clinic, by=by, about=message, kind=message.kind)
                again.append(message)
        if again:
            send_soon(again[0])  # whoever sends it sends all that is due
    return again


def tell_by_telephone(*, clinic: Clinic, message_id: object, by: User) -> bool:
    """Reception has told the patient; False where a colleague was quicker, or it has been sent meanwhile."""
    with transaction.atomic():
        told = Message.objects.to_telephone().filter(clinic=clinic, pk=message_id)
        if not told.update(called_at=timezone.now(), called_by=by):
            return False
        audit.record("message.telephoned", clinic=clinic, by=by, about=message_id)
        return True


def take_back_telephone(*, clinic: Clinic, message_id: object, by: User) -> bool:
    """Nobody was told after all: it stands on the list again."""
    with transaction.atomic():
        told = Message.objects.dead().filter(clinic=clinic, pk=message_id, called_at__isnull=False)
        if not told.update(called_at=None, called_by=None):
            return False
        audit.record("message.not_telephoned", clinic=clinic, by=by, about=message_id)
        return True


def see_to(alerts: QuerySet[Alert], *, by: User) -> int:
    """Close these alerts; what goes on being wrong opens another. Returns how many were open."""
    closed = 0
    with transaction.atomic():
        for alert in list(alerts.filter(closed_at=None).select_related("clinic")):
            if Alert.objects.filter(pk=alert.pk, closed_at=None).update(closed_at=timezone.now(), closed_by=by):
                audit.record("alert.seen_to", clinic=alert.clinic, by=by, about=alert, kind=alert.kind)
                closed += 1
    return closed
