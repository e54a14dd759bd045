"""After a visit: whoever should come back is told when it is time, and everybody is asked how it was."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from clinics.models import Clinic
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Message
from notifications.policies import policies
from tokens.models import Token
from tokens.states import LIVE

AHEAD = timedelta(days=2)  # of the day on which the doctor would like to see somebody again
MORNING = time(9)
HAS_BEEN = timedelta(hours=12)  # since the visit: who has just heard it from the doctor needs no message
MISSED = timedelta(hours=4)  # for so long nobody may have swept, and all are thanked still
BATCH = 500


def tell_follow_ups() -> int:
    """Tell those who should come back in two days or less, and have not booked; in the morning. Returns how many."""
    now = timezone.now()
    local = timezone.localtime(now)
    if local.time() < MORNING:
        return 0
    booked = Token.objects.filter(
        patient=OuterRef("patient"), queue__doctor=OuterRef("queue__doctor"), queue__date__gte=local.date(),
        state__in=LIVE,
    )  # fmt: skip
    due = Token.objects.completed().filter(
        follow_up_on__range=(local.date(), local.date() + AHEAD), ended_at__lte=now - HAS_BEEN,
        patient__phone_key__isnull=False, clinic__status=Clinic.Status.APPROVED, queue__doctor__is_shown=True,
    ).exclude(Exists(booked))  # fmt: skip
    return _write(Kind.FOLLOW_UP, list(due.values_list("pk", "clinic_id")))


def tell_thanks() -> int:
    """Thank those whose visit has been over for as long as their clinic says; returns how many."""
    now, chosen = timezone.now(), policies()
    wait = {pk: timedelta(minutes=it.thanks_after) for pk, it in chosen.items() if Kind.THANKS in it.chosen}
    if not wait:
        return 0
    since, until = now - max(wait.values()) - MISSED, now - min(wait.values())
    days = [timezone.localdate(since) - timedelta(days=1), timezone.localdate(now)]
    over = Token.objects.completed().filter(
        clinic__in=wait, queue__date__range=days, ended_at__range=(since, until), patient__phone_key__isnull=False
    )
    rows = over.order_by("ended_at").values_list("pk", "clinic_id", "ended_at")
    return _write(Kind.THANKS, [(pk, clinic) for pk, clinic, at in rows if at <= now - wait[clinic] <= at + MISSED])


def _write(kind: Kind, due: list[tuple[object, int]]) -> int:
    """One message a visit, whoever else writes it at this moment; of a family that came together, one."""
    chosen, written = policies(), 0
    wanted = [pk for pk, clinic in due if kind in chosen[clinic].chosen]
    for at in range(0, len(wanted), BATCH):
        beside = ("patient", "queue__doctor", "clinic")
        tokens = Token.objects.filter(pk__in=wanted[at : at + BATCH]).select_related(*beside).order_by("ended_at")
        by_key = {_once(kind, token): token for token in reversed(tokens)}
        told = set(Message.objects.filter(once__in=by_key).values_list("once", flat=True))
        fresh = [token for key, token in by_key.items() if key not in told]
        written += outbox.write_many(kind, outbox.letters_to(fresh, partial(_letter, kind), kind=kind))
    return written


def _once(kind: Kind, token: Token) -> str:
    return f"{kind}:{token.pk}" if kind == Kind.FOLLOW_UP or token.party is None else f"{kind}:{token.party}"


def _letter(kind: Kind, token: Token) -> outbox.Letter:
    doctor, clinic = token.queue.doctor, token.clinic
    words: dict[str, object] = {"doctor": doctor, "place": clinic.name}
    until = None
    if kind == Kind.FOLLOW_UP:
        day = token.follow_up_on
        words |= {"day": f"{day:%a} {day.day} {day:%b}",
                  "link": f"{settings.PUBLIC_URL}{doctor.get_absolute_url()}?day={day}"}  # fmt: skip
        until = datetime.combine(day + timedelta(days=1), time(), clinic.tz)
    else:
        words["link"] = settings.PUBLIC_URL + reverse("tokens:rate", args=[token.code])
    return outbox.Letter(
        to=token.patient.phone, about=token.pk, variables=words, useful_until=until, once=_once(kind, token),
        clinic=clinic,
    )  # fmt: skip
