"""What is to be done with a message that is due: send it this way, later, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from notifications import alerts
from notifications.channels import channel_named
from notifications.delivery.known import Known, Way
from notifications.delivery.room import Room
from notifications.kinds import CLINICS, KINDS, Kind
from notifications.models import Alert, Dispatch, Message
from notifications.models.clinic import usual_kinds
from notifications.quiet import quiet_until
from notifications.registered import TemplateError, render
from notifications.wallet import Purses, price

WITHOUT_A_WAY = timedelta(minutes=1)  # until somebody has set up a provider
Reason, State = Message.Reason, Message.State


@dataclass(frozen=True, slots=True)
class Verdict:
    """It is not sent now: it waits until `due_at`, or this was its end."""

    state: str
    due_at: datetime | None = None
    reason: str = ""
    error: str = ""
    channel: str | None = None

    def save(self, message: Message) -> None:
        """Write it down; what has failed is shown to staff."""
        if message.state == State.AWAITED and self.state == State.DROPPED:  # somebody has it: no more is done about it
            Message.objects.filter(pk=message.pk).update(state=State.SENT)
            return
        fields = {"state": self.state, "reason": self.reason, "rung": message.rung, "error": self.error[:200]}
        fields |= {"due_at": self.due_at} if self.due_at else {}
        fields |= {"channel": self.channel} if self.channel is not None else {}
        Message.objects.filter(pk=message.pk).update(sent_at=None, **fields)
        if self.state == State.FAILED:
            said = f"{message.get_kind_display()}: {self.error or Reason(self.reason).label}"
            alerts.notice(Alert.Kind.DEAD, clinic_id=message.clinic_id, said=said)


@dataclass(frozen=True, slots=True)
class Go:
    """It is handed over now, this way."""

    way: Way
    dispatch: Dispatch
    is_last: bool


def judge(message: Message, known: Known, purses: Purses, room: Room) -> Verdict | Go:
    """Decide of one message. Where its channel has no room just now, it stays where it is.

    Raises SealError where it does not open, before anything is spent on it.
    """
    return _unknown(message, known) or _unwanted(message, known) or _by_a_way(message, known, purses, room)


def _unknown(message: Message, known: Known) -> Verdict | None:
    """Of a kind that this release does not know: another may, in a minute; it is as long of use as it is."""
    if message.kind in KINDS or message.useful_until <= known.now:
        return None
    said = f"Messages of a kind that is not known here wait: “{message.kind}”."
    alerts.notice(Alert.Kind.NO_WAY, said=said, subject=message.kind)
    return Verdict(State.WAITING, due_at=known.now + WITHOUT_A_WAY, error="Its kind is not known here.")


def _unwanted(message: Message, known: Known) -> Verdict | None:
    """Why nobody wants it, or not now."""
    if message.useful_until <= known.now:
        return _drop(Reason.PASSED)
    contact, policy = known.contact(message), known.policies.get(message.clinic_id)
    if (
        message.clinic_id
        and message.kind in CLINICS
        and message.kind not in (policy.chosen if policy else usual_kinds())
    ):
        return _drop(Reason.OFF)
    if contact and contact.has_stopped(message.clinic_id) and not KINDS[message.kind].essential:
        return _drop(Reason.STOPPED)
    return None if KINDS[message.kind].wakes else _asleep(message, known)


def _asleep(message: Message, known: Known) -> Verdict | None:
    """Nobody is woken at night: it waits until the morning, unless it would come too late then."""
    tz = message.clinic.tz if message.clinic else timezone.get_default_timezone()
    morning = quiet_until(known.now, tz)
    if morning is None:
        return None
    if morning < message.useful_until:
        return Verdict(State.WAITING, due_at=morning)
    # What cannot wait until the morning: a visit at half past seven is cancelled tonight, or not at all.
    return None if KINDS[message.kind].essential else _drop(Reason.PASSED)


def _by_a_way(message: Message, known: Known, purses: Purses, room: Room) -> Verdict | Go:
    """The first way from its rung on that works just now."""
    known.must_open(message)
    ways = known.ways(message)
    if not ways:
        what = "e-mail" if message.kind == Kind.ALERT else "SMS"
        alerts.notice(Alert.Kind.NO_WAY, said=f"No provider is set up for {what}; messages wait.", subject=message.kind)
        return Verdict(State.WAITING, due_at=known.now + WITHOUT_A_WAY, error="No provider is set up.")
    if message.rung >= len(ways) and not message.dispatches.filter(channel=ways[-1].channel).exists():
        message.rung = len(ways) - 1  # a way it tried is there no more: it has not gone by the last one yet
    while message.rung < len(ways):
        way = ways[message.rung]
        is_last = message.rung == len(ways) - 1
        rests = known.rests_until(message, way)
        if rests is None:
            return _handed_over(message, way, known, purses, room, is_last=is_last)
        if is_last:
            return Verdict(State.WAITING, due_at=rests, error=f"{way.channel} is out of order, and tried again.")
        message.rung, message.attempts = message.rung + 1, 0
    return Verdict(State.FAILED, reason=Reason.REFUSED, error=message.error)


def _handed_over(
    message: Message, way: Way, known: Known, purses: Purses, room: Room, *, is_last: bool
) -> Verdict | Go:
    template = known.template(message, way.account)
    if template is None:
        return _unregistered(message, "There is no template of this kind.")
    if way.channel == "sms" and not template.is_registered_for_sms:
        return _unregistered(message, "The template has no DLT entity, header and template id.")
    try:
        text = render(template.wording, message.words, register=template.register)
    except TemplateError as error:
        return _unregistered(message, str(error))
    if not room.take(way.channel, channel_named(way.channel, way.account.provider).concurrency):
        return Verdict(State.WAITING, channel=way.channel)
    parts, paise = price(way.channel, way.account, text)
    if not purses.take(message.clinic_id, paise, always=message.kind == Kind.CODE):
        room.give_back(way.channel)
        return Verdict(State.FAILED, reason=Reason.CAP, error="The clinic’s monthly cap is reached.")
    dispatch = Dispatch(
        message=message, clinic_id=message.clinic_id, kind=message.kind, channel=way.channel, account=way.account.name,
        text=text, template=template.dlt_template or template.content_sid, segments=parts, cost_paise=paise,
        started_at=known.now, changed_at=known.now,
    )  # fmt: skip
    return Go(way, dispatch, is_last)


def _unregistered(message: Message, why: str) -> Verdict:
    alerts.notice(
        Alert.Kind.TEMPLATE, clinic_id=message.clinic_id, subject=message.kind,
        said=f"{Kind(message.kind).label}: {why}",
    )  # fmt: skip
    return Verdict(State.FAILED, reason=Reason.TEMPLATE, error=why)


def _drop(reason: str) -> Verdict:
    return Verdict(State.DROPPED, reason=reason)
