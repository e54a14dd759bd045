"""What patients are told of their turn in the moment it changes: called in, marked late. Where a clinic wants it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings

from doctors.modes import Mode
from notifications import outbox
from notifications.kinds import Kind
from notifications.policies import sends
from tokens.late import rule_of
from tokens.models import Queue, Token

A_MOMENT = timedelta(seconds=60)  # before somebody is told of being late: a slip of the finger is undone meanwhile


def tell_called(queue: Queue, token: Token) -> None:
    """It is their turn, and where to go; written in the transaction of the call."""
    if not sends(Kind.CALLED, queue.clinic_id) or not token.patient.phone:
        return
    outbox.write(
        Kind.CALLED, to=token.patient.phone, clinic=queue.clinic, about=token.pk, token=token.number,
        where=_where(queue, token), place=queue.clinic.name, link=link_of(token),
    )  # fmt: skip


def _where(queue: Queue, token: Token) -> str:
    doctor = queue.doctor
    if token.mode == Mode.TELE:
        return "the video call"
    if token.mode == Mode.HOME:
        return f"{doctor.short_name} comes to you"
    return doctor.room.name if doctor.room else str(doctor)


def tell_late(queue: Queue, tokens: Collection[Token]) -> None:
    """Their time has passed, and where they go in when they come: by the rule of the doctor or the clinic."""
    if not tokens or not sends(Kind.LATE, queue.clinic_id):
        return
    why, place = rule_of(queue).words, queue.clinic.name

    def letter(token: Token) -> outbox.Letter | None:
        words = {"token": token.number, "place": place, "why": why, "link": link_of(token)}
        once, to = f"late:{token.pk}:{token.set_aside_at:%Y%m%d%H%M%S}", token.patient.phone
        return outbox.Letter(to=to, about=token.pk, once=once, variables=words) if to else None

    late = Token.objects.filter(pk__in=[token.pk for token in tokens]).select_related("patient")
    letters = outbox.letters_to(late, letter, kind=Kind.LATE)
    outbox.write_many(Kind.LATE, letters, clinic=queue.clinic, after=A_MOMENT)


def link_of(token: Token) -> str:
    """The token's page, as it stands in a message."""
    return settings.PUBLIC_URL + token.get_absolute_url()
