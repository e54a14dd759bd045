"""The rest of a doctor's day called off: no more times, whoever booked told, and reception led through everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from clinics import audit
from clinics.models import User
from scheduling.models import Block, Conflict, Hold
from scheduling.services.conflicts import kept_for
from scheduling.services.sources import changing, touched_by
from tokens import services as tokens
from tokens.models import Queue, Token, TokenError
from tokens.states import LIVE, State


@dataclass(frozen=True)
class Affected:
    """Somebody who was to be seen today and will not be; a conflict where they have a booking, with the time kept."""

    token: Token
    conflict: Conflict | None
    kept: Hold | None


def call_off(*, queue: Queue, kind: str, by: User) -> Block:
    """The doctor sees nobody else today. Pressed twice, it is done once. Raises TokenError, in words."""
    if kind not in Block.Kind:
        raise TokenError("Say why: called to an emergency, or blocked by the clinic.")
    with transaction.atomic():
        block = called_off(queue)
        if block is None:
            ends_at = _midnight(queue)
            block = Block(
                clinic_id=queue.clinic_id, doctor=queue.doctor, kind=kind, starts_at=timezone.now(), ends_at=ends_at,
                why="The rest of the day was called off at the desk.", made_by=by,
            )  # fmt: skip
            with changing(touched_by(block), by=by):
                block.save()
            audit.record("day.called_off", clinic=queue.clinic, by=by, about=block)
        tokens.set_doctor_state(queue=queue, state=Queue.DoctorState.LEFT, by=by)
    return block


def take_back(*, queue: Queue, by: User) -> None:
    """The doctor is back: times are free again, and those who were not moved have their doctor after all."""
    with transaction.atomic():
        block = called_off(queue)
        if block is not None:
            with changing(touched_by(block), by=by):
                block.delete()
            audit.record("day.goes_on", clinic=queue.clinic, by=by, about=queue)
        tokens.set_doctor_state(queue=queue, state=Queue.DoctorState.CONSULTING, by=by)


def called_off(queue: Queue) -> Block | None:
    """What has called off the rest of a queue's day, if anything has."""
    return Block.objects.filter(
        doctor=queue.doctor_id, starts_at__lte=timezone.now(), ends_at=_midnight(queue)
    ).first()  # fmt: skip


def affected(queue: Queue) -> list[Affected]:
    """Everybody who is still to be seen, in calling order; whoever has a booking ahead with the time kept for them."""
    left = queue.tokens.filter(state__in=LIVE).select_related("patient").in_calling_order()
    beside = ("alternative__slot", "alternative__doctor__clinic", "appointment")
    conflicts = Conflict.objects.open().filter(appointment__token__queue=queue).select_related(*beside)
    by_token = {conflict.appointment.token_id: conflict for conflict in conflicts}
    found = [(token, by_token.get(token.pk)) for token in left]
    return [Affected(token, conflict, conflict and kept_for(conflict)) for token, conflict in found]


def settled(queue: Queue, since: datetime) -> int:
    """How many of those affected have been moved, transferred or cancelled since."""
    return queue.tokens.filter(ended_at__gte=since, state=State.CANCELLED).count()


def _midnight(queue: Queue) -> datetime:
    """The end of the queue's date on the clinic's clocks."""
    return datetime.combine(queue.date + timedelta(days=1), time(), queue.clinic.tz)
