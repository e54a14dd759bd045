"""Telling patients that their turn is near: few are ahead, or the wait is no longer than their way to the clinic.

A queue is looked at when it has changed since, or when time alone may have brought somebody near.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from clinics.sealed import SealError
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Message
from notifications.policies import Policies, policies
from tokens.estimate import STEP
from tokens.models import Queue, Token
from tokens.notices import link_of
from tokens.snapshot import snapshot
from tokens.states import IN_LINE, State

logger = logging.getLogger(__name__)

SOON = timedelta(minutes=30)  # nobody is near whose own time is further away than that, however short the line
LOOK_AGAIN = timedelta(seconds=15)
AT_ONCE = 10  # queues under lock: whoever presses at one of them waits so long
LONGEST = 2000  # turns: a sweep ends
STILL_SO = {Kind.NEAR: IN_LINE, Kind.CALLED: (State.CONSULTING,), Kind.LATE: (State.LATE,)}


def tell_near() -> int:
    """Tell everybody whose turn has come near, once; and do not send what is no longer so. Returns how many."""
    told, now = 0, timezone.now()
    for _ in range(LONGEST):
        with transaction.atomic():
            rows = Queue.objects.to_look_at(now).select_related("clinic", "doctor").order_by("pk")
            # What is changed at this moment is looked at next time: no press waits, and nobody waits for a press.
            queues = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:AT_ONCE])
            if not queues:
                break
            _withdraw(queues)
            told += _look(queues, now)
    return told


def _look(queues: list[Queue], now: datetime) -> int:
    lines: dict[int, list[Token]] = defaultdict(list)
    few = ("queue_id", "number", "state", "due_at", "travel_minutes", "patient_id", "code")
    for token in Token.objects.filter(queue__in=queues).in_line().in_calling_order().only(*few):
        lines[token.queue_id].append(token)
    chosen, told = policies(), _told(lines.values())
    near: dict[UUID, tuple[Queue, int]] = {}
    for queue in queues:
        look = _Look(queue, now, told)
        if Kind.NEAR in chosen[queue.clinic_id].chosen and queue.doctor_state != Queue.DoctorState.LEFT:
            try:
                look.along(lines[queue.pk], chosen)
            except SealError:  # somebody's name; whoever was found before is told, and other queues are looked at
                logger.exception("Queue %s cannot be read to its end", queue.pk)
        near |= {token.pk: (queue, ahead) for token, ahead in look.near}
        queue.near_version, queue.near_look_at = queue.version, look.again_at
    Queue.objects.bulk_update(queues, ["near_version", "near_look_at"])
    return _tell(near)


class _Look:
    """One queue: who of its line is near, and when to look again although nothing changes."""

    def __init__(self, queue: Queue, now: datetime, told: set[str]) -> None:
        self.queue, self.now, self.told = queue, now, told
        self.near: list[tuple[Token, int]] = []
        self.again_at: datetime | None = None

    def along(self, line: list[Token], chosen: Policies) -> None:
        """Go along the line, from its head."""
        few = chosen[self.queue.clinic_id].near_ahead
        works = self.queue.doctor_state == Queue.DoctorState.CONSULTING
        for ahead, token in enumerate(line):
            if _once(token) in self.told:
                continue
            opens_at = self.now if token.state == State.WAITING else token.due_at + self.queue.delay - SOON
            if works and ahead <= few and opens_at <= self.now:
                self.near.append((token, ahead))
                continue
            if works and ahead <= few:
                self._look_at(opens_at)
            if token.travel_minutes is not None:
                self._by_the_way(token, ahead)

    def _by_the_way(self, token: Token, ahead: int) -> None:
        """Whoever said how long they need is told when the wait, at its shortest, is no longer than that."""
        picture = snapshot(self.queue.pk, self.queue.version)
        place = picture.place(token.pk)
        wait = picture.wait_of(place, now=self.now)
        left = wait.low if wait else (picture.expected_at(place) - self.now).total_seconds() / 60
        if left <= token.travel_minutes:
            self.near.append((token, ahead))
        else:  # a wait is said in steps, so that it may fall by one at once
            sure = timedelta(minutes=left - token.travel_minutes - (STEP if wait else 0))
            self._look_at(self.now + max(sure, LOOK_AGAIN))

    def _look_at(self, moment: datetime) -> None:
        self.again_at = min(self.again_at or moment, moment)


def _told(lines: Iterable[list[Token]]) -> set[str]:
    keys = [_once(token) for line in lines for token in line]
    return set(Message.objects.filter(once__in=keys).values_list("once", flat=True))


def _once(token: Token) -> str:
    return f"{Kind.NEAR}:{token.pk}"


def _tell(near: dict[UUID, tuple[Queue, int]]) -> int:
    if not near:
        return 0

    def letter(token: Token) -> outbox.Letter | None:
        queue, ahead = near[token.pk]
        words = {"token": token.number, "doctor": queue.doctor.short_name, "place": queue.clinic.name,
                 "ahead": ahead, "link": link_of(token)}  # fmt: skip
        to = token.patient.phone
        about = {"about": token.pk, "variables": words, "once": _once(token), "clinic": queue.clinic}
        return outbox.Letter(to=to, **about) if to else None

    tokens = Token.objects.filter(pk__in=near).select_related("patient")
    return outbox.write_many(Kind.NEAR, outbox.letters_to(tokens, letter, kind=Kind.NEAR))


def _withdraw(queues: list[Queue]) -> None:
    """Whoever is inside or gone is not near any more; whoever was not late, or not called, after all, is not told so.

    Nor by telephone, where it has reached nobody yet.

    It is done here because it would cost each press at the desk a question.
    """
    of_these = Token.objects.filter(queue__in=queues).values("pk")
    waiting = Message.objects.unsettled().filter(kind__in=STILL_SO, about__in=of_these).values_list("kind", "about")
    by_kind: dict[str, list[UUID]] = defaultdict(list)
    for kind, about in waiting:
        by_kind[kind].append(about)
    for kind, about in by_kind.items():
        over = Token.objects.filter(pk__in=about).exclude(state__in=STILL_SO[kind])
        outbox.withdraw(about=list(over.values_list("pk", flat=True)), kind=kind)
