"""What became of a message: as the provider answered, and as its receipts say afterwards."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from notifications import alerts, lines, wallet
from notifications.channels import Accepted, Outcome, Refused, Unsure, channel_named
from notifications.delivery.claiming import Taken
from notifications.kinds import Kind
from notifications.models import Alert, Dispatch, Message, PushSubscription, Receipt

logger = logging.getLogger(__name__)

CONFIRMED_WITHIN = timedelta(seconds=45)  # or it goes the next way; with the sweep within 60 s
LAST_TRIES, OTHER_TRIES = 8, 3  # by the last way there is, and by one after which there is another
UNSURE_FOR = timedelta(minutes=5)  # as long as a provider is asked whether it has a message
Fate, Reason, State = Dispatch.Fate, Message.Reason, Message.State


def retry_after(attempts: int, asked: float = 0.0) -> timedelta:
    """How long to wait before the next try: 5 s, doubling, at most 10 min, give or take a half; or as long as asked."""
    return timedelta(seconds=max(min(5 * 2 ** (attempts - 1), 600) * random.uniform(0.5, 1.5), asked))


def record(results: Iterable[tuple[Taken, Outcome]]) -> int:
    """Write down how providers answered; returns how many messages they took."""
    sent = 0
    for taken, outcome in results:
        try:
            _record(taken, outcome)
        except IntegrityError:
            if not isinstance(outcome, Accepted) or not outcome.provider_id:
                raise
            logger.warning("Message %s was given a key that is another's already", taken.handover.message)
            # Found by asking, it was not this one that was found; a gateway may call every message "OK".
            _record(taken, Unsure("Another message was found") if taken.asks else replace(outcome, provider_id=""))
        sent += isinstance(outcome, Accepted)
    return sent


def _record(taken: Taken, outcome: Outcome) -> None:
    with transaction.atomic():
        match outcome:
            case Accepted():
                _accepted(taken, outcome)
            case Refused():
                _refused(taken, outcome)
            case Unsure():
                _unsure(taken, outcome)


def _accepted(taken: Taken, outcome: Accepted) -> None:
    it, now = taken.handover, timezone.now()
    Dispatch.objects.filter(pk=it.id).update(
        provider_id=outcome.provider_id[:80], fate=Greatest(F("fate"), Value(int(outcome.fate))), changed_at=now,
        error_code=outcome.error_code[:20],
    )  # fmt: skip
    if outcome.fate == Fate.FAILED:
        _next_way(taken, outcome.error_code or "The provider says that it failed.")
        return
    waits = not taken.is_last and channel_named(it.channel, it.account.provider).has_receipts
    is_there = outcome.fate >= Fate.DELIVERED
    state = State.DELIVERED if is_there else State.AWAITED if waits else State.SENT
    _ours(taken).update(state=state, sent_at=now, due_at=now + CONFIRMED_WITHIN, error="")
    lines.works(it.line)
    _forget(outcome.gone)


def _refused(taken: Taken, outcome: Refused) -> None:
    it, now = taken.handover, timezone.now()
    failed = Dispatch.objects.filter(pk=it.id, fate__lt=Fate.FAILED).update(
        fate=Fate.FAILED, changed_at=now, error_code=outcome.code[:20], error=outcome.why[:200]
    )  # fmt: skip
    if failed:
        wallet.give_back(taken.clinic_id, taken.cost_paise, timezone.localdate(taken.started_at).replace(day=1))
    _forget(outcome.gone)
    logger.warning("Message %s was not taken by %s: %s %s", it.message, it.line, outcome.code, outcome.why)
    if outcome.ours:
        lines.fails(it.line, outcome.why, after=outcome.after)
        if outcome.lasting:  # our credentials: every message waits until somebody has put them right
            said = f"{it.line}: {outcome.code} {outcome.why}"
            alerts.notice(Alert.Kind.CREDENTIALS, said=said, subject=it.line)
    if taken.asks and it.kind == Kind.CODE:
        _end(taken, Reason.UNSURE, "It was not sent. A code is not sent again by itself.")
    elif outcome.lasting and not outcome.ours:
        _next_way(taken, f"{outcome.code} {outcome.why}".strip())
    else:
        tries = LAST_TRIES if taken.is_last else OTHER_TRIES
        if taken.attempts < tries or (taken.is_last and outcome.ours):
            _again(taken, now + retry_after(taken.attempts or 1, outcome.after), outcome.why)
        elif taken.is_last:
            _end(taken, Reason.TRIES, outcome.why)
        else:
            _next_way(taken, outcome.why)


def _unsure(taken: Taken, outcome: Unsure) -> None:
    it, now = taken.handover, timezone.now()
    if not taken.asks:
        lines.fails(it.line, outcome.why)
    Dispatch.objects.filter(pk=it.id, fate=Fate.TRYING).update(
        fate=Fate.UNKNOWN, changed_at=now, error=outcome.why[:200]
    )
    passed = now - taken.started_at
    if passed >= CONFIRMED_WITHIN and not taken.is_last and it.kind != Kind.CODE:
        _next_way(taken, outcome.why)
    elif passed >= UNSURE_FOR:
        _end(taken, Reason.UNSURE, outcome.why)
    else:
        due_at = now + max(passed / 2, timedelta(seconds=1))
        _ours(taken).update(state=State.UNKNOWN, due_at=due_at, error=outcome.why[:200])


def hear(dispatch_id: UUID, fate: Fate, *, error_code: str = "", error: str = "", provider_id: str = "") -> bool:
    """A receipt has come: its dispatch moves forward, or nothing happens; returns whether it was news.

    Receipts come twice, in any order, and before the answer to the request itself.
    """
    with transaction.atomic():
        dispatch = Dispatch.objects.select_for_update().get(pk=dispatch_id)
        _, is_new = Receipt.objects.get_or_create(
            dispatch=dispatch, fate=fate, defaults={"error_code": error_code[:20]}
        )  # fmt: skip
        if not is_new or fate <= dispatch.fate:
            return False
        dispatch.fate, dispatch.changed_at = fate, timezone.now()
        dispatch.error_code, dispatch.error = error_code[:20], error[:200]
        if not dispatch.provider_id and _is_new(provider_id, dispatch.pk, dispatch.channel):
            dispatch.provider_id = provider_id[:80]
        dispatch.save(update_fields=["fate", "changed_at", "error_code", "error", "provider_id"])
        _follow(dispatch, fate)
        return True


def _follow(dispatch: Dispatch, fate: Fate) -> None:
    """What a receipt means for its message: there, on its way, or to be sent the next way at once."""
    message = Message.objects.select_for_update().get(pk=dispatch.message_id)
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


def _is_new(provider_id: str, dispatch_id: UUID | str, channel: str) -> bool:
    """Whether this key of the provider's is no other dispatch's."""
    others = Dispatch.objects.filter(channel=channel, provider_id=provider_id[:80]).exclude(pk=dispatch_id)
    return bool(provider_id) and not others.exists()


def _is_superseded(dispatch: Dispatch) -> bool:
    return Dispatch.objects.filter(message=dispatch.message_id, started_at__gt=dispatch.started_at).exists()


def _ours(taken: Taken) -> QuerySet[Message]:
    """The message, while nothing better is known of it and it has not gone another way meanwhile."""
    it = taken.handover
    return Message.objects.filter(pk=it.message, channel=it.channel, state__in=[State.SENDING, State.UNKNOWN])


def _again(taken: Taken, due_at: datetime, why: str) -> None:
    _ours(taken).update(state=State.WAITING, due_at=due_at, error=why[:200])


def _next_way(taken: Taken, why: str) -> None:
    _ours(taken).update(
        state=State.WAITING, due_at=timezone.now(), rung=F("rung") + 1, attempts=0, channel="", error=why[:200]
    )  # fmt: skip


def _end(taken: Taken, reason: str, why: str) -> None:
    if _ours(taken).update(state=State.FAILED, reason=reason, error=why[:200]):
        said = f"{Kind(taken.handover.kind).label}: {why}"
        alerts.notice(Alert.Kind.DEAD, clinic_id=taken.clinic_id, said=said)


def _forget(browsers: tuple[str, ...]) -> None:
    if browsers:
        PushSubscription.objects.filter(pk__in=browsers).delete()
