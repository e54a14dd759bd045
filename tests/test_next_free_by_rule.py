"""The next free time of a list is the first that the doctor's own page offers, whatever the clinic's rules are."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from doctors.models import Doctor
from scheduling.browse import city_page
from scheduling.cards import clinic_card
from scheduling.days import doctor_page
from scheduling.free import next_free
from scheduling.models import BookingRules
from scheduling.slots import make_slots
from scheduling.window import booking_window
from tests import cast
from tests.clock import ist

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_nine")]

MONDAY = "2026-11-23"
TUESDAY = "2026-11-24"
RULES = [
    ({}, f"{MONDAY} 09:30"),
    ({"cutoff_minutes": 29}, f"{MONDAY} 09:30"),
    ({"cutoff_minutes": 30}, f"{MONDAY} 10:00"),
    ({"cutoff_minutes": 24 * 60}, f"{TUESDAY} 09:30"),
    ({"closes_at": time(9)}, f"{TUESDAY} 09:00"),
    ({"closes_at": time(9, 1)}, f"{MONDAY} 09:30"),
    ({"closes_at": time(8), "cutoff_minutes": 24 * 60 + 30}, f"{TUESDAY} 10:00"),
    ({"into_running": False}, f"{MONDAY} 16:00"),
    ({"into_running": False, "cutoff_minutes": 8 * 60}, f"{TUESDAY} 09:00"),
    ({"days_ahead": 1}, f"{MONDAY} 09:30"),
    ({"days_ahead": 1, "closes_at": time(8)}, None),
    ({"days_ahead": 2, "closes_at": time(8)}, f"{TUESDAY} 09:00"),
    ({"days_ahead": 1, "cutoff_minutes": 24 * 60}, None),
]


@pytest.fixture
def sitting(dr_rao: Doctor) -> Doctor:
    """Dr Rao sits each morning and each afternoon, with times of half an hour."""
    for weekday in range(7):
        cast.hours(doctor=dr_rao, weekday=weekday, starts=time(9), ends=time(12), slot_minutes=30)
        cast.hours(doctor=dr_rao, weekday=weekday, starts=time(16), ends=time(17), slot_minutes=30)
    make_slots(days=4)
    return dr_rao


def offered(doctor: Doctor) -> Any:
    """The first time that the doctor's page lets a patient tap."""
    page = doctor_page(Doctor.objects.select_related("clinic").get(pk=doctor.pk), asked="")
    return next((it.starts_at for part in page.sittings for it in part.slots if it.left), None)


def listed(doctor: Doctor, **asked: str) -> list[Any]:
    """The next free time of each doctor in the answer to a question."""
    return [it.next_free for it in city_page(cast.city(), {"specialty": doctor.specialty.slug, **asked}).doctors]


def every_list(doctor: Doctor) -> list[Any]:
    """The next free time on the clinic's page, on its card in the city, and in an answer."""
    of_city = city_page(cast.city(), {}).cards[0].shown
    return [it.next_free for it in (*clinic_card(doctor.clinic).doctors, *of_city)] + listed(doctor)


@pytest.mark.parametrize("whose", ["clinic", "doctor"])
@pytest.mark.parametrize(("fields", "first"), RULES)
def test_a_list_shows_the_first_time_that_can_be_booked(
    sitting: Doctor, fields: dict[str, Any], first: str | None, whose: str
) -> None:
    if whose == "doctor":
        BookingRules.objects.create(clinic=sitting.clinic, cutoff_minutes=40 * 60)
    BookingRules.objects.create(clinic=sitting.clinic, doctor=sitting if whose == "doctor" else None, **fields)
    assert offered(sitting) == (first and ist(first))
    assert every_list(sitting) == [offered(sitting)] * 3


def test_a_question_for_a_day_finds_nobody_whose_day_is_closed(sitting: Doctor) -> None:
    assert listed(sitting, day="today") == [ist(f"{MONDAY} 09:30")]
    rules = BookingRules.objects.create(clinic=sitting.clinic, closes_at=time(9), days_ahead=3)
    days = {day: listed(sitting, day=day) for day in (MONDAY, TUESDAY, "2026-11-25", "2026-11-26")}
    assert days == {
        MONDAY: [], TUESDAY: [ist(f"{TUESDAY} 09:00")], "2026-11-25": [ist("2026-11-25 09:00")], "2026-11-26": []
    }  # fmt: skip
    rules.delete()
    assert listed(sitting, day="2026-11-26") == [ist("2026-11-26 09:00")]


def test_a_question_for_the_morning_passes_over_a_morning_that_is_closed(sitting: Doctor) -> None:
    BookingRules.objects.create(clinic=sitting.clinic, into_running=False)
    assert listed(sitting, at="morning") == [ist(f"{TUESDAY} 09:00")]
    assert listed(sitting, at="evening") == [ist(f"{MONDAY} 16:00")]


def test_rules_of_one_doctor_leave_the_others_alone(sitting: Doctor, hill: Any) -> None:
    BookingRules.objects.create(clinic=sitting.clinic, doctor=sitting, cutoff_minutes=60)
    BookingRules.objects.create(clinic=hill, cutoff_minutes=600)
    other = cast.doctor(clinic=sitting.clinic, name="Anil Das")
    cast.slot(doctor=other, starts_at=ist(f"{MONDAY} 09:10"))
    assert listed(sitting) == [ist(f"{MONDAY} 09:10"), ist(f"{MONDAY} 10:30")]


def test_the_clinics_own_midnight_closes_its_day(sitting: Doctor, monday_nine: Any) -> None:
    BookingRules.objects.create(clinic=sitting.clinic, days_ahead=1, closes_at=time(23, 59))
    monday_nine.set(f"{MONDAY} 23:58")
    assert every_list(sitting) == [offered(sitting)] * 3 == [None] * 3
    monday_nine.set(f"{TUESDAY} 00:00")
    assert every_list(sitting) == [offered(sitting)] * 3 == [ist(f"{TUESDAY} 09:00")] * 3


def test_a_running_sitting_is_closed_on_the_page_as_well(sitting: Doctor, client: Any) -> None:
    BookingRules.objects.create(clinic=sitting.clinic, into_running=False)
    page = client.get(f"/c/lake-clinic/dr-rao/?day={MONDAY}").content.decode()
    assert "4:00" in page
    assert "9:30" not in page


def test_the_desk_and_the_score_still_know_of_every_time(sitting: Doctor) -> None:
    """What patients may not book by themselves is free all the same."""
    BookingRules.objects.create(clinic=sitting.clinic, closes_at=time(8), days_ahead=1)
    assert next_free([sitting.pk], timezone.now()) == {sitting.pk: ist(f"{MONDAY} 09:30")}


def test_without_rules_the_window_is_never_asked_for(sitting: Doctor, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert booking_window(sitting, timezone.now()) == (timezone.now(), date.max)
    BookingRules.objects.create(clinic=sitting.clinic, days_ahead=3, cutoff_minutes=5)
    again = Doctor.objects.select_related("clinic").get(pk=sitting.pk)
    with django_assert_num_queries(2):
        assert booking_window(again, timezone.now()) == (timezone.now() + timedelta(minutes=5), date(2026, 11, 25))
