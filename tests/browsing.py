"""What the tests of looking round have in common: doctors and their times, and what a page says."""

import re
from datetime import datetime, time, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from django.utils.text import slugify

from clinics.models import Clinic
from doctors.models import Doctor
from scheduling.models import Slot
from tests import cast
from tests.clock import IST
from tests.desk import words


def doctor_at(clinic: Clinic, *, name: str = "Kavitha Rao", **fields: Any) -> Doctor:
    """A doctor who takes bookings, under an address made of the whole name."""
    return cast.doctor(clinic=clinic, name=name, **{"slug": slugify(name)} | fields)


def slot_of(doctor: Doctor, starts_at: datetime, **fields: Any) -> Slot:
    """A time of 10 minutes."""
    return cast.slot(doctor=doctor, starts_at=starts_at, **fields)


def tomorrow(hour: int, minute: int = 0) -> datetime:
    """A moment of tomorrow on the clinic's wall clock."""
    return datetime.combine(timezone.localdate() + timedelta(days=1), time(hour, minute), IST)


def said(client: Client, address: str, *, status: int = 200) -> str:
    """The page's text, on one line."""
    answer = client.get(address)
    assert answer.status_code == status
    return words(answer)


def read(client: Client, address: str) -> str:
    """The page's words, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", said(client, address)).split())
