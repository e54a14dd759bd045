"""Taking what is due, and deciding of each message: send it this way, later, or not at all.

One transaction takes a handful of messages with a lease and writes a dispatch for each that is to be handed over. From
then on, whatever happens to the process, the dispatch says that a provider may have been told.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import Error, transaction

from clinics.sealed import NoKeyError
from notifications import alerts
from notifications.channels import Handover, channel_named
from notifications.delivery.judging import Go, Verdict, judge
from notifications.delivery.known import Known, Way
from notifications.delivery.room import Room
from notifications.models import Alert, Dispatch, Message
from notifications.wallet import Purses

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)  # longer than any provider may take; a claim that outlives it was a dead worker's
CLOCKS_DIFFER = timedelta(seconds=10)  # of two machines of ours, at most
WITHOUT_A_KEY = timedelta(minutes=1)  # until a process takes it that has it
Fate, Reason, State = Dispatch.Fate, Message.Reason, Message.State


@dataclass(frozen=True, slots=True)
class Taken:
    """A message in our hands, to be handed over, or (`asks`) to be asked about."""

    handover: Handover
    asks: bool
    is_last: bool
    attempts: int
    clinic_id: int | None
    cost_paise: int
    started_at: datetime


def claim(at_most: int, room: Room, *, only: Collection[UUID] = (), until: float = 0.0) -> list[Taken]:
    """Take up to so many due messages, of each channel no more than there is room for; colleagues take others.

    Where none of them is to be sent (their time has passed, a cap is reached), others are looked at, `until` then.
    """
    while True:
        with transaction.atomic():
            due = Message.objects.due().select_for_update(skip_locked=True, of=("self",)).select_related("clinic")
            due = due.filter(pk__in=only) if only else due
            messages = list(due.exclude(channel__in=room.full())[:at_most])
            taken = _take(messages, room) if messages else []
        if taken or not messages or time.monotonic() >= until:
            return taken


def _take(messages: list[Message], room: Room) -> list[Taken]:
    known = Known(messages)
    purses = Purses({it.clinic_id for it in messages if it.clinic_id}, known.policies)
    begun = _begun(messages)
    taken: list[Taken] = []
    new: list[Dispatch] = []
    for message in messages:
        match _decide(message, begun.get(message.pk), known, purses, room):
            case Verdict() as verdict:
                verdict.save(message)
            case Taken() as one, dispatch:
                taken.append(one)
                new += [dispatch] if dispatch else []
    Dispatch.objects.bulk_create(new)
    purses.close()
    _lease(messages, taken, known.now)
    return taken


def _decide(
    message: Message, begun: Dispatch | None, known: Known, purses: Purses, room: Room
) -> Verdict | tuple[Taken, Dispatch | None]:
    """What to do with one message. One that cannot be read, or breaks us, is put aside, and holds up no other."""
    try:
        return _ask_or_judge(message, begun, known, purses, room)
    except Error:  # not this message's fault, and the end of the transaction
        raise
    except Exception as error:
        logger.exception("Message %s is put aside", message.pk)
        if begun:
            Dispatch.objects.filter(pk=begun.pk, fate=Fate.TRYING).update(fate=Fate.UNKNOWN)
            return Verdict(State.FAILED, reason=Reason.UNSURE, error=f"It cannot be read ({type(error).__name__}).")
        if isinstance(error, NoKeyError):
            alerts.notice(Alert.Kind.NO_WAY, said=f"Messages wait: {error}", subject="FIELD_KEYS")
            return Verdict(State.WAITING, due_at=known.now + WITHOUT_A_KEY, error=str(error))
        return Verdict(State.FAILED, reason=Reason.NO_WAY, error=f"It cannot be read ({type(error).__name__}).")


def _ask_or_judge(
    message: Message, begun: Dispatch | None, known: Known, purses: Purses, room: Room
) -> Verdict | tuple[Taken, Dispatch | None]:
    if message.state == State.AWAITED:  # nobody has confirmed it: the next way
        message.rung, message.attempts = message.rung + 1, 0
    elif begun is not None:
        match _to_ask(message, begun, known):
            case Taken() as asks:
                return asks, None
            case Verdict() as verdict:
                return verdict
    match judge(message, known, purses, room):
        case Verdict() as verdict:
            return verdict
        case Go() as go:
            return _taken(message, go.dispatch, go.way, known, is_last=go.is_last), go.dispatch


def _begun(messages: list[Message]) -> dict[UUID, Dispatch]:
    """The dispatches of which nobody knows what became: their worker died, or their provider did not answer."""
    unsure = [it.pk for it in messages if it.state in {State.SENDING, State.UNKNOWN}]
    if not unsure:
        return {}
    begun = Dispatch.objects.filter(message__in=unsure, fate__in=[Fate.TRYING, Fate.UNKNOWN]).order_by("started_at")
    return {it.message_id: it for it in begun}


def _to_ask(message: Message, dispatch: Dispatch, known: Known) -> Taken | Verdict | None:
    """What to ask the provider about a dispatch; a verdict where nobody can; None where it may be sent once more."""
    way = next((it for it in known.ways(message) if it.channel == dispatch.channel), None)
    if way is not None and channel_named(way.channel, way.account.provider).repeats_harmlessly:
        Dispatch.objects.filter(pk=dispatch.pk).update(fate=Fate.FAILED, error="The process ended.")
        return None
    Dispatch.objects.filter(pk=dispatch.pk).update(fate=Fate.UNKNOWN)
    if way is None:  # the account it went by is gone
        return Verdict(State.FAILED, reason=Reason.UNSURE, error="The provider cannot be asked.")
    return Taken(
        handover=known.handover(message, dispatch, way, _others(message, dispatch)), asks=True,
        is_last=known.is_last(message, way), attempts=message.attempts, clinic_id=message.clinic_id,
        cost_paise=dispatch.cost_paise, started_at=dispatch.started_at,
    )  # fmt: skip


def _others(message: Message, dispatch: Dispatch) -> tuple[str, ...]:
    """The provider's keys of what else this phone was sent since: none of these is the one we ask about."""
    since = Dispatch.objects.filter(pk__gte=_earliest(dispatch.started_at), channel=dispatch.channel)
    theirs = since.exclude(provider_id="").exclude(pk=dispatch.pk).filter(message__to_key=message.to_key)
    return tuple(theirs.values_list("provider_id", flat=True))


def _earliest(moment: datetime) -> UUID:
    """The lowest key that a row made a little before a moment can have: keys are in the order of their making."""
    return UUID(int=int((moment - CLOCKS_DIFFER).timestamp() * 1000) << 80)


def _taken(message: Message, dispatch: Dispatch, way: Way, known: Known, *, is_last: bool) -> Taken:
    return Taken(
        handover=known.handover(message, dispatch, way), asks=False, is_last=is_last, attempts=message.attempts + 1,
        clinic_id=message.clinic_id, cost_paise=dispatch.cost_paise, started_at=dispatch.started_at,
    )  # fmt: skip


def _lease(messages: list[Message], taken: list[Taken], now: datetime) -> None:
    """Mark what we have taken, in one statement for all that go the same way."""
    by_id = {str(it.pk): it for it in messages}
    alike: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    for one in taken:
        message = by_id[one.handover.message]
        alike[one.handover.channel, message.rung, one.attempts].append(one.handover.message)
    for (channel, rung, attempts), ids in alike.items():
        Message.objects.filter(pk__in=ids).update(
            state=State.SENDING, due_at=now + LEASE, sent_at=None, channel=channel, rung=rung, attempts=attempts
        )  # fmt: skip
