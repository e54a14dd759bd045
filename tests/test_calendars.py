"""The calendars of a clinic: who sits where, what is closed and by whom, how full it is, and who is booked."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics.models import Branch, Role
from doctors.models import Doctor
from scheduling import services
from scheduling.models import Holiday, Slot
from scheduling.slots import make_slots, rebuild
from tests import cast
from tests.browsing import read
from tests.clock import ist

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sunday_noon")]

MONDAY = "/calendar/lake-clinic/?day=2026-11-23"
WEEK = "/calendar/lake-clinic/dr-rao/?week=2026-11-23"


@pytest.fixture
def calendar(dr_rao: Doctor, rao: Any, lake: Any) -> Doctor:
    """Dr Rao sits on Mondays from nine to eleven in Room 2, with times of half an hour."""
    room = lake.rooms.create(name="Room 2", branch=lake.branches.get())
    cast.hours(doctor=dr_rao, ends=time(11), slot_minutes=30, room=room)
    make_slots()
    return dr_rao


def visit(doctor: Doctor, at: str = "2026-11-23 09:00", **who: Any) -> Any:
    """Somebody has booked a time."""
    held = services.hold(slot=Slot.objects.get(doctor=doctor, starts_at=ist(at)), browser=f"b{at}")
    return services.book(hold=held, patient=cast.patient(**who), by=None)


def test_reception_sees_who_sits_where_how_full_it_is_and_who_is_booked(
    calendar: Doctor, reena: Any, signed_in: Any
) -> None:
    visit(calendar)
    services.hold(slot=Slot.objects.get(starts_at=ist("2026-11-23 10:00")), browser="another")
    page = read(signed_in(reena), MONDAY)
    assert "9:00–11:00 am Room 2 1 booked, 1 free 1 9:00 Asha Thomas" in page
    assert "10 am Dr Kavitha Rao 1 held, 1 free" in page


def test_a_hold_that_has_run_out_keeps_nobody_out(
    calendar: Doctor, reena: Any, signed_in: Any, sunday_noon: Any
) -> None:
    services.hold(slot=Slot.objects.get(starts_at=ist("2026-11-23 10:00")), browser="another")
    sunday_noon.pass_(minutes=11)
    page = read(signed_in(reena), MONDAY)
    assert "held" not in page
    assert page.count("2 free") == 2


def test_what_is_closed_says_by_whom(calendar: Doctor, reena: Any, lekha: Any, signed_in: Any) -> None:
    client = signed_in(reena)
    Holiday.objects.create(clinic=calendar.clinic, date=date(2026, 11, 30), name="Thiruvonam")
    cast.leave(doctor=calendar, asked_by=lekha, starts_at=ist("2026-11-23 10:00"), ends_at=ist("2026-11-23 10:30"))
    cast.block(doctor=calendar, starts_at=ist("2026-12-07 09:30"), hours=1, kind="emergency", why="Accident")
    rebuild([calendar.pk])
    assert "Leave, 10:00 to 10:30" in read(client, MONDAY)
    assert "All day Dr Kavitha Rao Thiruvonam" in read(client, "/calendar/lake-clinic/?day=2026-11-30")
    accident = read(client, "/calendar/lake-clinic/?day=2026-12-07")
    assert "9:00–9:30 am Room 2 Called away: Accident, 9:30 to 10:30" in accident


def test_a_holiday_of_one_branch_names_it(calendar: Doctor, lake: Any, reena: Any, signed_in: Any) -> None:
    Branch.objects.create(clinic=lake, city=cast.city(), name="Vyttila")
    Holiday.objects.create(clinic=lake, branch=lake.branches.get(name="Vyttila"), date=date(2026, 11, 23), name="Feast")
    page = read(signed_in(reena), MONDAY)
    assert "Feast (Vyttila), until 9:00" in page
    assert "9:00–11:00 am" in page


def test_a_visit_whose_doctor_is_away_stays_in_sight_and_leads_to_the_list(
    calendar: Doctor, rao: Any, lekha: Any, reena: Any, signed_in: Any
) -> None:
    visit(calendar)
    asked = services.ask_leave(
        doctor=calendar, starts_at=ist("2026-11-23 00:00"), ends_at=ist("2026-11-24 00:00"), why="", by=rao
    )
    services.approve_leave(request=asked, by=lekha)
    answer = signed_in(reena).get(MONDAY).content.decode()
    assert "1 visit without a doctor." in answer
    assert 'href="/changes/lake-clinic/"' in answer
    assert "1 9:00 Asha Thomas No doctor" in read(signed_in(reena), MONDAY)
    assert 'href="/changes/' not in signed_in(rao).get(MONDAY).content.decode()  # reception works through it


def test_a_week_shows_its_seven_days_from_monday(calendar: Doctor, reena: Any, signed_in: Any) -> None:
    visit(calendar)
    page = read(signed_in(reena), "/calendar/lake-clinic/dr-rao/?week=2026-11-26")
    assert "Mon 23 Nov Tue 24 Nov Wed 25 Nov Thu 26 Nov Fri 27 Nov Sat 28 Nov Sun 29 Nov" in page
    assert "1 9:00 Asha Thomas" in page


def test_a_doctor_sees_every_day_and_the_names_of_own_patients_alone(
    calendar: Doctor, lake: Any, rao: Any, signed_in: Any
) -> None:
    other = cast.doctor(clinic=lake, name="Meera Nair")
    cast.hours(doctor=other, ends=time(11), slot_minutes=30)
    make_slots()
    visit(calendar)
    visit(other, name="Bilal Rahman", phone=cast.BILALS_PHONE)
    page = read(signed_in(rao), MONDAY)
    assert "9:00 Asha Thomas" in page
    assert "Dr Meera Nair" in page
    assert "9:00 Booked" in page
    assert "Bilal" not in page
    assert "Bilal" not in read(signed_in(rao), "/calendar/lake-clinic/dr-nair/?week=2026-11-23")
    nair = cast.staff(clinic=lake, name="Meera Nair", role=Role.DOCTOR)
    assert "Asha" not in read(signed_in(nair), MONDAY)


def test_a_doctor_who_is_not_in_takes_no_column(calendar: Doctor, lake: Any, reena: Any, signed_in: Any) -> None:
    cast.doctor(clinic=lake, name="Meera Nair")
    page = read(signed_in(reena), MONDAY)
    assert "Not in: Dr Meera Nair" in page
    tuesday = read(signed_in(reena), "/calendar/lake-clinic/?day=2026-11-24")
    assert "Nobody sits that day. Not in: Dr Kavitha Rao , Dr Meera Nair" in tuesday


def test_another_clinics_visits_are_not_there(
    calendar: Doctor, hill: Any, dr_hari: Doctor, reena: Any, signed_in: Any
) -> None:
    cast.hours(doctor=dr_hari, ends=time(11), slot_minutes=30)
    make_slots()
    visit(dr_hari, name="Bilal Rahman", phone=cast.BILALS_PHONE)
    page = read(signed_in(reena), MONDAY)
    assert "Hari" not in page
    assert "Bilal" not in page
    assert signed_in(reena).get("/calendar/hill-clinic/").status_code == 404
    assert signed_in(reena).get("/calendar/lake-clinic/dr-hari/").status_code == 404


@pytest.mark.parametrize("asked", ["", "soon", "2026-02-30", "0001-01-01", "9999-12-31", "2026-11-23T10:00"])
def test_a_day_nobody_could_mean_is_today(calendar: Doctor, reena: Any, signed_in: Any, asked: str) -> None:
    assert "Today, Sun 22 Nov" in read(signed_in(reena), f"/calendar/lake-clinic/?day={asked}")
    assert "Mon 16 Nov – Sun 22 Nov" in read(signed_in(reena), f"/calendar/lake-clinic/dr-rao/?week={asked}")


def test_today_is_the_clinics_even_when_utc_is_still_on_yesterday(
    calendar: Doctor, reena: Any, signed_in: Any, sunday_noon: Any
) -> None:
    sunday_noon.set("2026-11-23 00:30")
    assert "Today, Mon 23 Nov" in read(signed_in(reena), "/calendar/lake-clinic/")


def test_hours_that_are_over_are_folded_and_offer_nothing(
    calendar: Doctor, reena: Any, signed_in: Any, sunday_noon: Any
) -> None:
    visit(calendar)
    sunday_noon.set("2026-11-23 10:05")
    answer = signed_in(reena).get(MONDAY).content.decode()
    assert "<details>" in answer
    page = read(signed_in(reena), MONDAY)
    assert "9 am Dr Kavitha Rao 9:00–11:00 am Room 2 1 booked 1 9:00 Asha" in page
    assert "10 am Dr Kavitha Rao 1 free" in page


def test_the_days_are_turned_with_the_keyboard_too(calendar: Doctor, reena: Any, signed_in: Any) -> None:
    answer = signed_in(reena).get(MONDAY).content.decode()
    assert '?day=2026-11-22" data-key="ArrowLeft"' in answer
    assert '?day=2026-11-24" data-key="ArrowRight"' in answer
    assert "style=" not in answer


@pytest.mark.parametrize("at", [MONDAY, WEEK])
def test_a_page_takes_the_same_number_of_queries_however_many_doctors(
    calendar: Doctor, lake: Any, reena: Any, signed_in: Any, at: str
) -> None:
    visit(calendar)
    client = signed_in(reena)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(at)
        return len(captured)

    queries()
    before = queries()
    for name in ("Meera Nair", "Anil Kurian", "Sara Paul"):
        other = cast.doctor(clinic=lake, name=name)
        cast.hours(doctor=other, ends=time(11), slot_minutes=30)
        cast.block(doctor=other, starts_at=ist("2026-11-23 10:00"), hours=1)
        rebuild([other.pk])
        visit(other, name=f"Guest of {name}", phone=None)
    Holiday.objects.create(clinic=lake, date=date(2026, 11, 23) + timedelta(days=1), name="Feast")
    assert queries() == before
    assert before <= 18
