"""Telling patients who are not at the clinic yet that the doctor is late, with three ways on."""

from __future__ import annotations

import math
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clinics.templatetags.words import clock
from doctors.modes import Mode
from notifications import outbox
from notifications.models import Message
from tokens.models import Queue, Token

WORTH_TELLING = 10  # minutes between what somebody was told and what is so now
UNKNOWN = 30  # minutes an emergency is taken for, where nobody has said when the doctor is back
A_MOMENT = timedelta(seconds=60)  # before it is sent: a slip of the finger is taken back meanwhile


def tell_the_absent(queue: Queue) -> int:
    """One message to each patient of a locked queue who is expected, not here, and was told something else; how many.

    What was written a moment ago and is no longer so is not sent. When a doctor has left, reception goes through
    everybody instead.
    """
    if queue.doctor_state == Queue.DoctorState.LEFT:
        return 0
    delay, said = _delay(queue)
    absent = list(queue.tokens.booked().filter(mode=Mode.CLINIC).select_related("patient"))
    untold = outbox.withdraw(kind=Message.Kind.DELAYED, about=[token.pk for token in absent], failed=False)
    told = []
    for token in absent:
        if token.pk in untold:
            token.told_delay = token.told_before
        if abs(delay - token.told_delay) >= WORTH_TELLING:
            token.told_before, token.told_delay = token.told_delay, delay
            told.append(token)
    Token.objects.bulk_update(absent, ["told_delay", "told_before"])
    if told:  # nobody is telephoned about what they are told anew; what was about right still stands on that list
        outbox.withdraw(kind=Message.Kind.DELAYED, about=[token.pk for token in told])
    letters = outbox.letters_to(told, partial(_letter, queue, said), kind=Message.Kind.DELAYED)
    outbox.write_many(Message.Kind.DELAYED, letters, clinic=queue.clinic, after=A_MOMENT)
    return len(told)


def _delay(queue: Queue) -> tuple[int, str]:
    """How late the doctor is for those still to come, in minutes, and how it is said."""
    name, state = queue.doctor.short_name, queue.doctor_state
    if state in Queue.AWAY and queue.back_at is not None:
        away = math.ceil((queue.back_at - timezone.now()).total_seconds() / 60)
        if away >= max(queue.late_minutes, WORTH_TELLING):
            called = state == Queue.DoctorState.CALLED_AWAY
            why = "was called to an emergency, back about" if called else "is away until"
            return away, f"{name} {why} {clock(queue.back_at)}"
    elif state == Queue.DoctorState.CALLED_AWAY and queue.late_minutes < UNKNOWN:
        return UNKNOWN, f"{name} was called to an emergency and is late"
    if queue.late_minutes:
        return queue.late_minutes, f"{name} runs about {queue.late_minutes} min late"
    return 0, f"{name} is on time again"


def _letter(queue: Queue, said: str, token: Token) -> outbox.Letter | None:
    links = {name: _link(f"scheduling:{name}", token) for name in ("move", "cancel")}
    words = {"said": said, "token": token.number, "place": queue.clinic.name, "wait": _link("tokens:ticket", token)}
    to = token.patient.phone
    return outbox.Letter(to=to, about=token.pk, variables={**words, **links}) if to else None


def _link(name: str, token: Token) -> str:
    return settings.PUBLIC_URL + reverse(name, args=[token.code])
