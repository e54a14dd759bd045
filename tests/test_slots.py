"""Bookable times are made ahead from the weekly hours: any number of times, each once."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doctors.models import Doctor
from scheduling import jobs, slots
from scheduling.models import Slot, WeeklyHours
from scheduling.slots import DAYS_AHEAD, make_slots
from tests import cast
from tests.clock import ist

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sunday_noon")]

MONDAY = date(2026, 11, 23)


def times(doctor: Doctor, on: date = MONDAY) -> list[str]:
    """The times of a doctor on a day, as on the clinic's wall."""
    slots = Slot.objects.filter(doctor=doctor, date=on).order_by("starts_at")
    return [f"{doctor.clinic.local(slot.starts_at):%H:%M}" for slot in slots]


def test_a_sitting_becomes_times_of_equal_length_and_none_beyond_its_end(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao, starts=time(9), ends=time(9, 50), slot_minutes=20, capacity=2)
    make_slots()
    assert times(dr_rao) == ["09:00", "09:20"]
    assert {slot.capacity for slot in Slot.objects.all()} == {2}


def test_the_job_makes_ninety_days_and_the_second_time_nothing(dr_rao: Doctor) -> None:
    for weekday in range(7):
        cast.hours(doctor=dr_rao, weekday=weekday, starts=time(9), ends=time(10), slot_minutes=30)
    assert jobs.make_slots() == 2 * DAYS_AHEAD
    assert jobs.make_slots() == 0
    assert Slot.objects.latest("date").date == date(2026, 11, 22) + timedelta(days=DAYS_AHEAD - 1)


def test_the_next_night_adds_one_day(dr_rao: Doctor, sunday_noon: Any) -> None:
    for weekday in range(7):
        cast.hours(doctor=dr_rao, weekday=weekday, starts=time(9), ends=time(10), slot_minutes=30)
    make_slots()
    sunday_noon.pass_(days=1)
    assert make_slots() == 2


def test_hours_hold_from_their_first_day_to_their_last(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao, valid_from=MONDAY + timedelta(days=7), valid_to=MONDAY + timedelta(days=14))
    make_slots()
    days = sorted(set(Slot.objects.values_list("date", flat=True)))
    assert days == [MONDAY + timedelta(days=7), MONDAY + timedelta(days=14)]


def test_what_overlaps_a_time_that_is_there_is_left_out(dr_rao: Doctor) -> None:
    there = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-23 09:05"), minutes=10, booked=1)
    cast.hours(doctor=dr_rao, starts=time(9), ends=time(10), slot_minutes=15)
    make_slots()
    assert times(dr_rao) == ["09:05", "09:15", "09:30", "09:45"]
    there.refresh_from_db()
    assert there.booked == 1


def test_a_time_keeps_its_holds_and_bookings_when_the_job_runs_again(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao, starts=time(9), ends=time(10), slot_minutes=30, capacity=3)
    make_slots()
    Slot.objects.update(held=1, booked=2)
    make_slots()
    assert set(Slot.objects.values_list("held", "booked")) == {(1, 2)}


def test_a_doctor_who_has_left_gets_no_more_times(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao)
    Doctor.objects.update(status=Doctor.Status.INACTIVE)
    assert make_slots() == 0


def test_one_doctors_change_touches_nobody_else(dr_rao: Doctor, dr_hari: Doctor) -> None:
    for doctor in (dr_rao, dr_hari):
        cast.hours(doctor=doctor)
    make_slots(doctor_id=dr_rao.pk)
    assert set(Slot.objects.values_list("doctor", flat=True)) == {dr_rao.pk}


def test_a_clinics_wall_clock_is_its_own() -> None:
    doctor = cast.doctor(clinic=cast.clinic(name="Gulf Clinic", timezone="Asia/Dubai"))
    cast.hours(doctor=doctor, starts=time(9), ends=time(9, 30), slot_minutes=30)
    make_slots()
    first = Slot.objects.earliest("starts_at")
    assert first.starts_at == ist("2026-11-23 10:30")  # nine in Dubai
    assert times(doctor) == ["09:00"]


@pytest.mark.parametrize("now", ["2026-11-23 00:00", "2026-11-23 00:10", "2026-11-23 05:29"])
def test_in_the_small_hours_today_is_keralas_day_though_utc_is_on_yesterday(
    dr_rao: Doctor, sunday_noon: Any, now: str
) -> None:
    sunday_noon.set(now)
    cast.hours(doctor=dr_rao, weekday=WeeklyHours.Weekday.MONDAY, starts=time(0), ends=time(6), slot_minutes=60)
    make_slots(days=1)
    assert times(dr_rao) == ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]


def test_more_doctors_are_not_more_statements(lake: Any, dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao)
    with CaptureQueriesContext(connection) as one:
        make_slots()
    for n in range(9):
        cast.hours(doctor=cast.doctor(clinic=lake, name=f"Dr Number{n}"))
    with CaptureQueriesContext(connection) as nine:
        make_slots()
    assert Slot.objects.values("doctor").distinct().count() == 10
    assert len(nine) == len(one)


def test_an_interrupted_night_goes_on_where_it_stopped(lake: Any, monkeypatch: Any) -> None:
    doctors = [cast.doctor(clinic=lake, name=f"Dr Number{n}") for n in range(4)]
    for doctor in doctors:
        cast.hours(doctor=doctor)
    monkeypatch.setattr(slots, "DOCTORS_AT_A_TIME", 2)
    real, done = slots._make, []

    def struck(doctor_ids: list[int], *args: Any, **more: Any) -> Any:
        if done:
            raise KeyboardInterrupt
        done.append(doctor_ids)
        return real(doctor_ids, *args, **more)

    monkeypatch.setattr(slots, "_make", struck)
    with pytest.raises(KeyboardInterrupt):
        make_slots()
    assert set(Slot.objects.values_list("doctor", flat=True)) == {it.pk for it in doctors[:2]}
    monkeypatch.setattr(slots, "_make", real)
    assert make_slots() == Slot.objects.count() / 2
    assert make_slots() == 0
