"""The small hours: between 00:00 and 05:30 in Kerala, UTC is on yesterday; a clinic's today is not."""

from datetime import date, time
from typing import Any

import pytest
from django.test import Client

from scheduling.slots import make_slots
from tests import cast
from tests.clock import clock_at, ist
from tokens import services
from tokens.models import Queue, Token

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 11, 24)
SMALL_HOURS = ["2026-11-24 00:00", "2026-11-24 00:01", "2026-11-24 05:29", "2026-11-24 05:30"]


@pytest.mark.parametrize("now", SMALL_HOURS)
def test_the_desk_opens_todays_queue(dr_rao: Any, reena: Any, signed_in: Any, now: str) -> None:
    with clock_at(now):
        client = signed_in(reena)
        client.get("/desk/lake-clinic/dr-rao/")
        typed = {"name": "Asha Thomas", "kind": "walkin", "once": "0d6c3b2e-6f0b-4c1f-9a5a-3f2b6a1d9e00"}
        client.post("/desk/lake-clinic/dr-rao/add/", typed)
        assert Token.objects.get().queue.date == TUESDAY
    assert set(Queue.objects.values_list("date", flat=True)) == {TUESDAY}


@pytest.mark.parametrize("now", SMALL_HOURS)
def test_a_booking_for_the_morning_is_a_booking_for_today(dr_rao: Any, asha: Any, now: str, signed_in: Any) -> None:
    with clock_at(now):
        cast.hours(doctor=dr_rao, weekday=TUESDAY.weekday(), starts=time(9), ends=time(10))
        make_slots()
        slot = dr_rao.slots.earliest("starts_at")
        assert (slot.date, slot.starts_at) == (TUESDAY, ist("2026-11-24 09:00"))
        page = Client().get("/c/lake-clinic/dr-rao/").content.decode()
        assert "Today" in page
        token = cast.appointment(doctor=dr_rao, patient=asha, slot=slot).token
        assert "Today, near 9:00 am" in signed_in(cast.phone_user()).get("/me/").content.decode()
        assert "people" in (ticket := Client().get(token.get_absolute_url()).content.decode()) or "Nobody" in ticket


def test_a_minute_before_midnight_it_is_still_yesterday(dr_rao: Any, asha: Any, reena: Any) -> None:
    with clock_at("2026-11-23 23:59") as clock:
        queue = services.queue_for(dr_rao, dr_rao.clinic.today())
        services.issue(queue=queue, patient=asha, kind=Token.Kind.WALK_IN, by=reena)
        clock.pass_(minutes=1)
        assert dr_rao.clinic.today() == TUESDAY
        tomorrow = services.queue_for(dr_rao, dr_rao.clinic.today())
        assert services.issue(queue=tomorrow, patient=asha, kind=Token.Kind.WALK_IN, by=reena).number == 1
    assert queue.date == date(2026, 11, 23)
