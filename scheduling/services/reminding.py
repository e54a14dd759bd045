"""Reminding patients of visits: the evening before, and two hours before. What is due is decided here, whoever asks."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from clinics.models import Clinic
from notifications import outbox, quiet
from notifications.kinds import Kind
from notifications.models import Message
from notifications.policies import policies
from scheduling.models import Appointment, Reminded
from scheduling.models.appointment import AppointmentQuerySet
from scheduling.services.telling import words_of
from tokens.states import State

logger = logging.getLogger(__name__)

BEFORE = timedelta(hours=2)  # a visit
JUST_BOOKED = timedelta(hours=3)  # before the evening's reminder, and before a visit: the booking itself was told
TOGETHER = timedelta(hours=1)  # those of a family who come within it after one another are reminded once
BATCH = 500
SECONDS = 60.0  # a sweep writes nothing new after so long: the next one goes on


def remind() -> int:
    """Write the reminders that are due and were not written; returns how many.

    Each kind by itself: what is wrong with one is raised once the other is done.
    """
    written, wrong = 0, None
    for kind, due in ((Kind.EVENING, _of_the_evening), (Kind.SOON, _of_the_hour)):
        try:
            written += _go_on(kind, due)
        except Exception as error:
            logger.exception("Reminding (%s) did not come to its end", kind)
            wrong = wrong or error
    if wrong is not None:
        raise wrong
    return written


def _go_on(kind: Kind, due: Callable[[datetime, datetime], list[UUID]]) -> int:
    """All that became due since the last sweep that came to its end; two at once do the same, and each is told once."""
    now = timezone.now()
    mark = Reminded.objects.filter(kind=kind).first()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    since = min(mark.until, now) if mark else midnight
    written, until = 0, time.monotonic() + SECONDS
    found = due(since, now)
    for at in range(0, len(found), BATCH):
        written += _write(kind, found[at : at + BATCH])
        if time.monotonic() > until:
            return written
    Reminded.objects.update_or_create(kind=kind, defaults={"until": now})
    return written


def _of_the_evening(since: datetime, now: datetime) -> list[UUID]:
    """Tomorrow's visits of the clinics whose hour for it has come."""
    found: list[UUID] = []
    for (moment, tomorrow), clinics in _evenings(since, now).items():
        rows = Appointment.objects.filter(
            clinic__in=clinics, date=tomorrow, starts_at__gt=now, created_at__lte=moment - JUST_BOOKED
        )
        found += _to_remind(rows)
    return found


def _evenings(since: datetime, now: datetime) -> dict[tuple[datetime, date], list[int]]:
    """The clinics whose evening has come, by its moment and the day after it, on their own clocks."""
    found: dict[tuple[datetime, date], list[int]] = defaultdict(list)
    chosen = policies()
    for clinic in Clinic.objects.approved().only("timezone"):
        today, policy = clinic.local(now).date(), chosen[clinic.pk]
        moment = datetime.combine(today, policy.evening_at, clinic.tz)
        if since < moment <= now and Kind.EVENING in policy.chosen:
            found[moment, today + timedelta(days=1)].append(clinic.pk)
    return found


def _of_the_hour(since: datetime, now: datetime) -> list[UUID]:
    """Visits that have come within two hours."""
    rows = Appointment.objects.filter(
        clinic__status=Clinic.Status.APPROVED, starts_at__gt=max(now, since + BEFORE), starts_at__lte=now + BEFORE,
        created_at__lte=F("starts_at") - JUST_BOOKED,
    )  # fmt: skip
    # Of one before the quiet hours end nobody is reminded: it is for the next of the family to be reminded for all.
    return _to_remind(rows, speaks=Q(starts_at__time__gt=quiet.UNTIL))


def _to_remind(rows: AppointmentQuerySet, *, speaks: Q | None = None) -> list[UUID]:
    """Of these visits those that stand, of patients who have a phone and are not there yet; of a family the first.

    `speaks` is which of a family's visits may be the one that is reminded of for all.
    """
    expected = Q(token__state=State.BOOKED) | Q(token__state=State.WAITING, clinic__checks_people_in=False)
    before = Appointment.objects.confirmed().filter(
        token__party=OuterRef("token__party"), doctor=OuterRef("doctor"), date=OuterRef("date"),
        starts_at__gte=OuterRef("starts_at") - TOGETHER,
    )  # fmt: skip
    earlier = Q(starts_at__lt=OuterRef("starts_at")) | Q(starts_at=OuterRef("starts_at"), pk__lt=OuterRef("pk"))
    before = before.filter(speaks or Q(), earlier)
    alone = Q(token__party=None) | ~Exists(before)
    found = rows.confirmed().filter(expected, alone, patient__phone_key__isnull=False)
    return list(found.order_by("starts_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def _write(kind: Kind, ids: Sequence[UUID]) -> int:
    """Under the visits' locks: nobody is reminded of what is called off at this moment."""
    beside = ("token", "patient", "doctor__clinic")
    rows = Appointment.objects.confirmed().filter(pk__in=ids).select_related(*beside).order_by("pk")
    chosen = policies()
    visits = [visit for visit in rows.select_for_update(of=("self",)) if kind in chosen[visit.clinic_id].chosen]
    told = set(Message.objects.filter(once__in=[_once(kind, it) for it in visits]).values_list("once", flat=True))
    fresh = [visit for visit in visits if _once(kind, visit) not in told]
    return outbox.write_many(kind, outbox.letters_to(fresh, partial(_letter, kind), kind=kind))


def _once(kind: Kind, visit: Appointment) -> str:
    """A visit is reminded of once for each time it is moved to."""
    return f"{kind}:{visit.pk}:{visit.starts_at:%Y%m%d%H%M}"


def _letter(kind: Kind, visit: Appointment) -> outbox.Letter:
    """“Tomorrow” is so until midnight; what comes later in the quiet hours is of no use."""
    clinic, token = visit.doctor.clinic, visit.token
    link = {"link": settings.PUBLIC_URL + reverse("tokens:party", args=[token.code])} if token.party else {}
    midnight = clinic.local(visit.starts_at).replace(hour=0, minute=0, second=0, microsecond=0)
    return outbox.Letter(
        to=visit.patient.phone, about=token.pk, variables=words_of(kind, visit, **link), clinic=clinic,
        useful_until=midnight if kind == Kind.EVENING else visit.starts_at, once=_once(kind, visit),
    )  # fmt: skip
