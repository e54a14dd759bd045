"""A morning at Dr Rao's: builders of queues as reception finds them, through the services that make them."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from clinics.models import User
from doctors.models import Doctor
from patients.models import Patient
from tests import cast
from tokens import services
from tokens.models import Queue, Token


def queue(*, doctor: Doctor) -> Queue:
    """Dr Rao's queue of today, open, the doctor consulting."""
    made = services.queue_for(doctor, doctor.clinic.today())
    services.open_day(queue=made)
    return made


def walk_in(*, queue: Queue, name: str = "Ravi Kumar", by: User, **fields: Any) -> Token:
    """Somebody who came without booking, and is here."""
    patient = cast.patient(name=name, phone=None)
    return services.issue(queue=queue, patient=patient, kind=Token.Kind.WALK_IN, by=by, **fields)


def booked(*, queue: Queue, patient: Patient, due_at: datetime | None = None) -> Token:
    """Somebody who booked, and is not here yet."""
    due_at = due_at or timezone.now() + timedelta(hours=1)
    return services.issue(queue=queue, patient=patient, kind=Token.Kind.BOOKED, due_at=due_at, by=None)


def press(browser: Any, name: str, queue: Queue, *numbers: int, live: bool = False, **fields: Any) -> Any:
    """Press a button of the desk: `press(browser, "call_next", queue, seen=9)`; `live` as HTMX does."""
    from django.urls import reverse

    sent = fields.pop("data", {})
    address = reverse(f"tokens:{name}", args=[queue.clinic.slug, queue.doctor.slug, *numbers])
    return browser.post(address, sent, query_params=fields, headers={"HX-Request": "true"} if live else {})
