"""A visit whose day is over is closed: who was seen has been, and who was not did not come."""

from typing import Any

import pytest
from django.utils import timezone

from scheduling import jobs, services
from scheduling.models import Appointment
from tests import cast
from tests.olddays import visit
from tokens.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tuesday_noon")]


@pytest.mark.parametrize(
    ("state", "becomes"),
    [(State.COMPLETED, "completed"), (State.CONSULTING, "completed"), (State.BOOKED, "missed"),
     (State.WAITING, "missed"), (State.LATE, "missed"), (State.SKIPPED, "missed")],
)  # fmt: skip
def test_who_was_seen_has_been_and_who_was_not_did_not_come(dr_rao: Any, asha: Any, state: State, becomes: str) -> None:
    yesterday = visit(dr_rao, asha, 1, state)
    assert services.close_visits() == 1
    yesterday.refresh_from_db()
    assert yesterday.state == becomes
    assert services.close_visits() == 0


def test_what_was_called_off_stays_so_and_todays_visits_stand(dr_rao: Any, asha: Any, bilal: Any) -> None:
    called_off = visit(dr_rao, asha, 1, State.CANCELLED, state="cancelled", cancelled_at=timezone.now())
    standing = visit(dr_rao, bilal, 0)
    assert services.close_visits() == 0
    called_off.refresh_from_db()
    standing.refresh_from_db()
    assert (called_off.state, standing.state) == ("cancelled", "confirmed")


@pytest.mark.parametrize(("now", "closed"), [("2026-11-24 23:59", 0), ("2026-11-25 00:00", 1)])
def test_a_day_is_over_at_midnight_on_the_clinics_own_clock(
    dr_rao: Any, asha: Any, tuesday_noon: Any, now: str, closed: int
) -> None:
    visit(dr_rao, asha, 0)
    tuesday_noon.set(now)
    assert services.close_visits() == closed


def test_where_the_clock_is_behind_the_day_goes_on(dr_rao: Any, asha: Any, lake: Any, tuesday_noon: Any) -> None:
    lake.timezone = "Europe/London"
    lake.save(update_fields=["timezone"])
    visit(dr_rao, asha, 0)
    tuesday_noon.set("2026-11-25 05:29")
    assert services.close_visits() == 0
    tuesday_noon.set("2026-11-25 05:30")
    assert jobs.close_visits() == 1


def test_more_visits_than_a_statement_takes_are_all_closed(dr_rao: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("scheduling.services.closing.AT_A_TIME", 2)
    for days in range(1, 6):
        visit(dr_rao, cast.patient(phone=None), days)
    assert services.close_visits() == 5
    assert not Appointment.objects.active().exists()


def test_the_family_reads_how_a_past_visit_ended(dr_rao: Any, asha: Any, signed_in: Any) -> None:
    visit(dr_rao, asha, 2)
    visit(dr_rao, asha, 3, State.CONSULTING)
    services.close_visits()
    past = signed_in(cast.phone_user()).get("/me/").content.decode().split("<h2>Past</h2>")[1]
    assert "did not come" in past
    assert "done" in past
    assert "booked" not in past
