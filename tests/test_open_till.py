"""A clinic's card says until when it is open: as its doctors really sit today, not as they usually do."""

import re
from datetime import date, time
from typing import Any

import pytest

from doctors.models import Doctor
from scheduling.models import Holiday
from scheduling.services.sources import changing, touched_by
from scheduling.slots import make_slots
from tests import cast
from tests.clock import ist

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

MONDAY = date(2026, 11, 23)


@pytest.fixture
def sitting(dr_rao: Doctor) -> Doctor:
    """Dr Rao sits on Mondays from nine to twelve."""
    cast.hours(doctor=dr_rao)
    make_slots()
    return dr_rao


def badge(client: Any) -> str:
    """What the clinic's own page and its card in the city say alike."""
    pages = [client.get(address).content.decode() for address in ("/c/lake-clinic/", "/in/kochi/")]
    (words,) = {re.search(r"Open till [^<]+|Opens [^<]+|Closed now", page)[0] for page in pages}
    return words


def put_in(source: Any) -> None:
    """The times are made anew with a source that is saved already."""
    with changing(touched_by(source), by=None):
        pass


def test_on_a_usual_day_it_is_open_as_long_as_the_hours_say(sitting: Doctor, client: Any) -> None:
    assert badge(client) == "Open till 12 pm"


def test_on_a_holiday_the_clinic_is_not_open(sitting: Doctor, client: Any) -> None:
    put_in(Holiday.objects.create(clinic=sitting.clinic, date=MONDAY, name="Onam"))
    assert badge(client) == "Closed now"


def test_a_doctor_on_leave_keeps_nothing_open(sitting: Doctor, client: Any) -> None:
    put_in(cast.leave(doctor=sitting, starts_at=ist("2026-11-23 11:00")))
    assert badge(client) == "Open till 11 am"
    put_in(cast.leave(doctor=sitting, starts_at=ist("2026-11-23 00:00"), ends_at=ist("2026-11-23 11:00")))
    assert badge(client) == "Closed now"


def test_an_extra_evening_sitting_shows(sitting: Doctor, client: Any, clock: Any) -> None:
    put_in(cast.override(doctor=sitting, on=MONDAY, starts=time(17), ends=time(19), replaces_day=False))
    assert badge(client) == "Open till 12 pm"
    clock.set("2026-11-23 13:00")
    assert badge(client) == "Opens 5 pm"
    clock.set("2026-11-23 17:30")
    assert badge(client) == "Open till 7 pm"
    clock.set("2026-11-23 19:00")
    assert badge(client) == "Closed now"
