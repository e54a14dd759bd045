"""What the tests of the waitlist have in common: full days, who waits, and who is offered what."""

from datetime import date
from typing import Any

from doctors.models import Doctor
from scheduling import services
from scheduling.models import Appointment, Offer, WaitlistEntry
from tests import cast
from tests.clock import ist

State = WaitlistEntry.State
TUESDAY = date(2026, 11, 24)
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


def visit(doctor: Doctor, at: str, **fields: Any) -> Appointment:
    """Somebody has booked the one place of a time that begins then."""
    slot = cast.slot(doctor=doctor, starts_at=ist(at), booked=1, **fields)
    return cast.appointment(doctor=doctor, patient=cast.patient(name="Chandran Pillai", phone=None), slot=slot)


def wait(doctor: Doctor, patient: Any, *, first: date = TUESDAY, last: date = TUESDAY) -> WaitlistEntry:
    """Somebody joins the list, for Tuesday unless said otherwise."""
    return services.join_waitlist(doctor=doctor, patient=patient, first=first, last=last, by=None)


def call_off(appointment: Appointment) -> None:
    """A visit is cancelled."""
    services.cancel(token=appointment.token, by=None, why="Well again.")


def offered_to() -> list[str]:
    """Who has an offer in hand, in order of the times."""
    offers = Offer.objects.open().order_by("hold__slot__starts_at")
    return [offer.entry.patient.first_name for offer in offers]


def state(entry: WaitlistEntry) -> str:
    """Where an entry stands now."""
    return WaitlistEntry.objects.get(pk=entry.pk).state
