"""What patients are told of their visits."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from notifications import outbox
from notifications.kinds import KINDS
from notifications.models import Message
from scheduling.errors import say_clock
from scheduling.models import Appointment
from tokens.models import Token

AN_HOUR = timedelta(hours=1)  # news of a visit is worth so much at least, should its time be now


def tell_booked(visits: Sequence[Appointment]) -> None:
    """One message for all who come together."""
    outbox.put(*news_of_booking(visits))


def news_of_booking(visits: Sequence[Appointment]) -> list[Message]:
    """What tells all who come together of their token, or what to do to keep it; not written yet."""
    first = visits[0]
    numbers = [visit.token.number for visit in visits]
    if first.token.kept_until is not None:
        return _news(Message.Kind.TO_PAY, first, until=say_clock(first.doctor.clinic.local(first.token.kept_until)))
    if len(visits) > 1:
        return _news(Message.Kind.TOGETHER, first, tokens=f"{numbers[0]} to {numbers[-1]}")
    return _news(Message.Kind.BOOKED, first)


def tell(kind: str, appointment: Appointment, **more: str) -> None:
    """Write the message that tells a patient about their visit."""
    if kind == Message.Kind.MOVED and appointment.patient.phone:
        outbox.withdraw(about=[appointment.token.pk])  # whatever still says the time before
    outbox.put(*_news(kind, appointment, **more))


def _news(kind: str, appointment: Appointment, **more: str) -> list[Message]:
    """A message about a visit; none without a phone: there is nobody to tell."""
    patient, token = appointment.patient, appointment.token
    if not patient.phone:
        return []
    soon = timezone.now() + AN_HOUR
    return [
        outbox.draft(
            kind, to=patient.phone, clinic=appointment.doctor.clinic, about=token.pk,
            useful_until=max(appointment.starts_at, soon), **words_of(kind, appointment, **more),
        )
    ]  # fmt: skip


def words_of(kind: str, appointment: Appointment, **more: str) -> dict[str, object]:
    """What stands in the template of a message about a visit."""
    doctor, token = appointment.doctor, appointment.token
    clinic = doctor.clinic
    local = clinic.local(appointment.starts_at)
    leads_to = {
        Message.Kind.CANCELLED: doctor.get_absolute_url,
        Message.Kind.TOGETHER: lambda: reverse("tokens:party", args=[token.code]),
        Message.Kind.AFFECTED: lambda: reverse("scheduling:choose", args=[token.code]),
        Message.Kind.TO_PAY: lambda: reverse("scheduling:pay", args=[token.code]),
    }
    path = leads_to.get(kind, token.get_absolute_url)()
    words = {
        "token": token.number, "doctor": doctor, "place": clinic.name, "day": f"{local:%a} {local.day} {local:%b}",
        "time": f"{local.hour % 12 or 12}:{local:%M %p}".lower(), "link": settings.PUBLIC_URL + path, **more,
    }  # fmt: skip
    return {name: words[name] for name in KINDS[kind].variables}


def tell_without_a_booking(token: Token) -> None:
    """Tell somebody whose number was given at the desk that it is cancelled."""
    doctor, day = token.queue.doctor, token.queue.date
    if token.patient.phone:
        outbox.write(
            Message.Kind.CANCELLED, to=token.patient.phone, clinic=token.clinic, about=token.pk, token=token.number,
            doctor=doctor, place=token.clinic.name, day=f"{day:%a} {day.day} {day:%b}",
            link=settings.PUBLIC_URL + doctor.get_absolute_url(),
        )  # fmt: skip
