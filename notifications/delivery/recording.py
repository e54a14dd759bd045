"""What became of a message, as the provider answered."""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from notifications import alerts, lines, wallet
from notifications.channels import Accepted, Outcome, Refused, Unsure, channel_named
from notifications.delivery.claiming import Taken
from notifications.kinds import Kind
from notifications.models import Alert, Dispatch, Message, PushSubscription

logger = logging.getLogger(__name__)

CONFIRMED_WITHIN = timedelta(seconds=45)  # or it goes the next way; with the sweep within 60 s
LAST_TRIES, OTHER_TRIES = 8, 3  # by the last way there is, and by one after which there is another
UNSURE_FOR = timedelta(minutes=5)  # as long as a provider is asked whether it has a message
Fate, Reason, State = Dispatch.Fate, Message.Reason, Message.State


def retry_after(attempts: int, asked: float = 0.0) -> timedelta:
    """How long to wait before the next try: 5 s, doubling, at most 10 min, give or take a half; or as long as asked."""
    return timedelta(seconds=max(min(5 * 2 ** (attempts - 1), 600) * random.uniform(0.5, 1.5), asked))


def record(results: Collection[tuple[Taken, Outcome]]) -> int:
    """Write down how providers answered; returns how many messages they took.

    Rows are locked in the order in which a claim locks them: message, dispatch, what it cost.
    """
    plain = [it for it in results if _is_plain(*it)]
    rest = [it for it in results if not _is_plain(*it)]
    try:
        with transaction.atomic():
            _all_accepted(plain)
    except IntegrityError:  # a key that is another's already: one by one it is seen whose
        rest = [*plain, *rest]
    for taken, outcome in rest:
        _record(taken, outcome)
    return sum(isinstance(outcome, Accepted) for _, outcome in results)


def _record(taken: Taken, outcome: Outcome) -> None:
    """One answer. A key that is another message's already is not ours."""
    try:
        with transaction.atomic():
            match outcome:
                case Accepted():
                    _accepted(taken, outcome)
                case Refused():
                    _refused(taken, outcome)
                case Unsure():
                    _unsure(taken, outcome)
    except IntegrityError:
        if not isinstance(outcome, Accepted) or not outcome.provider_id:
            raise
        logger.warning("Message %s was given a key that is another's already", taken.handover.message)
        # Found by asking, it was not this one that was found; a gateway may call every message "OK".
        _record(taken, Unsure("Another message was found") if taken.asks else replace(outcome, provider_id=""))


def _is_plain(taken: Taken, outcome: Outcome) -> bool:
    """Nearly all: handed over, and taken."""
    return isinstance(outcome, Accepted) and not taken.asks and outcome.fate in {Fate.ACCEPTED, Fate.SENT}


def _all_accepted(results: Collection[tuple[Taken, Accepted]]) -> None:
    """Many at once, in a statement for each state and one for their dispatches."""
    if not results:
        return
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    answers, gone, well = [], [], set()
    for taken, outcome in results:
        well |= {taken.handover.line, outcome.line or taken.handover.line}
        alike[_state_after(taken, outcome), taken.handover.channel].append(taken.handover.message)
        answers.append((taken.handover.id, outcome.provider_id[:80], int(outcome.fate)))
        gone += outcome.gone
    now = timezone.now()
    for (state, channel), ids in alike.items():
        ours = Message.objects.filter(pk__in=ids, channel=channel, state__in=[State.SENDING, State.UNKNOWN])
        ours.update(state=state, sent_at=now, due_at=now + CONFIRMED_WITHIN, error="")
    ids, keys, fates = zip(*answers, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(ACCEPTED, [now, list(ids), list(keys), list(fates)])
    for line in sorted(well):
        lines.works(line)
    _forget(gone)


ACCEPTED = """
UPDATE notifications_dispatch AS d SET provider_id = a.key, fate = greatest(d.fate, a.fate), changed_at = %s
FROM unnest(%s::uuid[], %s::text[], %s::smallint[]) AS a(id, key, fate) WHERE d.id = a.id
"""


def _state_after(taken: Taken, outcome: Accepted) -> str:
    """What a message is once a provider has it: another way is tried when nobody confirms this one.

    Of a code it is not: whoever waits for it presses, and gets a new one by the next way.
    """
    it = taken.handover
    if outcome.fate >= Fate.DELIVERED:
        return State.DELIVERED
    has_receipts = channel_named(it.channel, it.account.provider).has_receipts
    return State.AWAITED if has_receipts and not taken.is_last and it.kind != Kind.CODE else State.SENT


def _accepted(taken: Taken, outcome: Accepted) -> None:
    """The provider was asked, and has it."""
    it, now = taken.handover, timezone.now()
    if outcome.fate == Fate.FAILED:
        _next_way(taken, outcome.error_code or "The provider says that it failed.")
    else:
        state = _state_after(taken, outcome)
        _ours(taken).update(state=state, sent_at=now, due_at=now + CONFIRMED_WITHIN, error="")
    Dispatch.objects.filter(pk=it.id).update(
        provider_id=(outcome.provider_id or it.provider_id)[:80], fate=Greatest(F("fate"), Value(int(outcome.fate))),
        changed_at=now, error_code=outcome.error_code[:20],
    )  # fmt: skip
    for line in sorted({it.line, outcome.line or it.line}):
        lines.works(line)
    _forget(outcome.gone)


def _refused(taken: Taken, outcome: Refused) -> None:
    """The provider does not have it: later, the next way, or this was the last."""
    it = taken.handover
    line = outcome.line or it.line
    logger.warning("Message %s was not taken by %s: %s %s", it.message, line, outcome.code, outcome.why)
    _after_refusal(taken, outcome)
    failed = Dispatch.objects.filter(pk=it.id, fate__lt=Fate.FAILED).update(
        fate=Fate.FAILED, changed_at=timezone.now(), error_code=outcome.code[:20], error=outcome.why[:200], cost_paise=0
    )  # fmt: skip
    if failed:
        wallet.give_back(taken.clinic_id, taken.cost_paise, timezone.localdate(taken.started_at).replace(day=1))
    if outcome.ours:
        lines.fails(line, outcome.why, after=outcome.after)
        if outcome.lasting:  # our credentials: every message waits until somebody has put them right
            said = f"{line}: {outcome.code} {outcome.why}"
            alerts.notice(Alert.Kind.CREDENTIALS, said=said, clinic_id=lines.owner(line), subject=line)
    _forget(outcome.gone)


def _after_refusal(taken: Taken, outcome: Refused) -> None:
    """Once more this way, unless that is of no use, or the next way is there sooner."""
    tries = LAST_TRIES if taken.is_last else OTHER_TRIES
    wait = retry_after(max(taken.attempts, 1), outcome.after)
    if taken.asks and taken.handover.kind == Kind.CODE:
        _end(taken, Reason.UNSURE, "It was not sent. A code is not sent again by itself.")
    elif outcome.lasting and not outcome.ours:
        _next_way(taken, f"{outcome.code} {outcome.why}".strip())
    elif not taken.is_last and wait > CONFIRMED_WITHIN:
        _next_way(taken, outcome.why)
    elif taken.attempts < tries or (taken.is_last and outcome.ours):
        _ours(taken).update(state=State.WAITING, due_at=timezone.now() + wait, error=outcome.why[:200])
    elif taken.is_last:
        _end(taken, Reason.TRIES, outcome.why)
    else:
        _next_way(taken, outcome.why)


def _unsure(taken: Taken, outcome: Unsure) -> None:
    """Nobody knows whether the provider has it: it is asked, and asked again, and left to people in the end."""
    it, now = taken.handover, timezone.now()
    passed = now - taken.started_at
    if passed >= CONFIRMED_WITHIN and not taken.is_last and it.kind != Kind.CODE:
        _next_way(taken, outcome.why)
    elif passed >= UNSURE_FOR:
        _end(taken, Reason.UNSURE, outcome.why)
    else:
        due_at = now + max(passed / 2, timedelta(seconds=1))
        _ours(taken).update(state=State.UNKNOWN, due_at=due_at, error=outcome.why[:200])
    Dispatch.objects.filter(pk=it.id, fate=Fate.TRYING).update(
        fate=Fate.UNKNOWN, changed_at=now, error=outcome.why[:200]
    )  # fmt: skip
    if not taken.asks:
        lines.fails(outcome.line or it.line, outcome.why)


def _ours(taken: Taken) -> QuerySet[Message]:
    """The message, while nothing better is known of it and it has not gone another way meanwhile."""
    it = taken.handover
    return Message.objects.filter(pk=it.message, channel=it.channel, state__in=[State.SENDING, State.UNKNOWN])


def _next_way(taken: Taken, why: str) -> None:
    _ours(taken).update(
        state=State.WAITING, due_at=timezone.now(), rung=F("rung") + 1, attempts=0, channel="", error=why[:200]
    )  # fmt: skip


def _end(taken: Taken, reason: str, why: str) -> None:
    if _ours(taken).update(state=State.FAILED, reason=reason, error=why[:200]):
        said = f"{Kind(taken.handover.kind).label}: {why}"
        alerts.notice(Alert.Kind.DEAD, clinic_id=taken.clinic_id, said=said)


def _forget(browsers: Collection[str]) -> None:
    if browsers:
        PushSubscription.objects.filter(pk__in=browsers).delete()
