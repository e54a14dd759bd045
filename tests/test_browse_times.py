"""Patients look round: which times of a doctor are free, held, full or over, and when the clinic is open."""

from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from clinics.models import Clinic
from scheduling.cards import opening
from scheduling.models import Hold, Slot
from tests.browsing import doctor_at, said, slot_of, tomorrow
from tests.clock import IST

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kochi")]


def held(slot: Slot, *, until: datetime) -> Slot:
    """The slot, kept for somebody until then and not swept since."""
    Hold.objects.create(
        clinic=slot.clinic, doctor=slot.doctor, slot=slot, browser=f"browser {slot.pk} {until}", expires_at=until,
        created_at=until - timedelta(minutes=10),
    )  # fmt: skip
    slot.held += 1
    slot.save(update_fields=["held"])
    return slot


def test_a_patient_sees_when_each_doctor_of_a_city_is_next_free(client: Client, lake: Clinic) -> None:
    rao = doctor_at(lake)
    slot_of(rao, tomorrow(9), booked=1)
    slot_of(rao, tomorrow(9, 10), is_blocked=True)
    slot_of(rao, tomorrow(9, 20))
    page = said(client, "/in/kochi/")
    assert "1 doctor at 1 clinic" in page
    assert "Tomorrow 9:20 am" in page


def test_a_time_held_by_somebody_is_not_the_next_free_one(client: Client, lake: Clinic) -> None:
    rao = doctor_at(lake)
    held(slot_of(rao, tomorrow(9)), until=timezone.now() + timedelta(minutes=5))
    slot_of(rao, tomorrow(16))
    assert "Tomorrow 4:00 pm" in said(client, "/in/kochi/")
    page = said(client, "/c/lake-clinic/kavitha-rao/")
    assert '<span class="held"><b>9:00</b>' in page
    assert "1 free" in page


def test_a_hold_whose_time_is_over_keeps_nobody_out_even_before_the_sweeper(client: Client, lake: Clinic) -> None:
    rao = doctor_at(lake)
    slot = held(slot_of(rao, tomorrow(9)), until=timezone.now() - timedelta(seconds=1))
    assert "Tomorrow 9:00 am" in said(client, "/in/kochi/")
    assert f'name="slot" value="{slot.pk}"' in said(client, "/c/lake-clinic/kavitha-rao/")


def test_the_last_place_of_a_time_for_several_is_said_to_be_the_last(client: Client, lake: Clinic) -> None:
    rao = doctor_at(lake)
    held(slot_of(rao, tomorrow(9), capacity=3, booked=1), until=timezone.now() + timedelta(minutes=5))
    slot_of(rao, tomorrow(9, 10), capacity=3, booked=3)
    page = said(client, "/c/lake-clinic/kavitha-rao/")
    assert "<small>last one</small>" in page
    assert '<span class="full"><s>9:10</s><small>full</small></span>' in page


def test_times_that_are_over_and_blocked_ones_are_not_shown(client: Client, lake: Clinic) -> None:
    Clinic.objects.update(phone="+914842000000")
    rao = doctor_at(lake)
    over = slot_of(rao, timezone.now() - timedelta(minutes=1))
    blocked = slot_of(rao, tomorrow(9), is_blocked=True)
    page = said(client, "/c/lake-clinic/kavitha-rao/")
    assert f'value="{over.pk}"' not in page
    assert f'value="{blocked.pk}"' not in page
    assert "no times open for booking" in page
    assert 'href="tel:+914842000000"' in page


def test_a_full_day_leads_to_the_next_free_one(client: Client, lake: Clinic) -> None:
    rao = doctor_at(lake)
    full, open_day = tomorrow(9), tomorrow(9) + timedelta(days=2)
    slot_of(rao, full, booked=1)
    slot_of(rao, open_day)
    page = said(client, f"/c/lake-clinic/kavitha-rao/?day={full.astimezone(IST):%Y-%m-%d}")
    assert "No time is free on" in page
    assert f"?day={open_day:%Y-%m-%d}#when" in page
    assert f'value="{open_day:%d}' not in page


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("2020-01-01", "That day is over."),
        ("2026-02-31", "That is not a day we know."),
        ("soon", "That is not a day we know."),
        ("9999-12-31", "has no times on"),
    ],
)
def test_a_day_that_cannot_be_shown_is_named_and_the_nearest_times_are(
    client: Client, lake: Clinic, asked: str, answer: str
) -> None:
    slot = slot_of(doctor_at(lake), tomorrow(9))
    page = said(client, f"/c/lake-clinic/kavitha-rao/?day={asked}")
    assert answer in page
    assert f'value="{slot.pk}"' in page


def test_days_far_ahead_are_reached_by_later_and_back_by_earlier(client: Client, lake: Clinic) -> None:
    rao = doctor_at(lake)
    for ahead in range(20):
        slot_of(rao, tomorrow(9) + timedelta(days=ahead))
    later = tomorrow(9) + timedelta(days=14)
    first = said(client, "/c/lake-clinic/kavitha-rao/")
    assert f"?day={later:%Y-%m-%d}#when" in first
    assert "Earlier" not in first
    second = said(client, f"/c/lake-clinic/kavitha-rao/?day={later:%Y-%m-%d}")
    assert "Earlier" in second
    assert "Later" not in second


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (time(8), "Opens 9 am"),
        (time(9), "Open till 12:30 pm"),
        (time(12, 30), "Opens 4 pm"),
        (time(16, 30), "Open till 8 pm"),
        (time(20), "Closed now"),
    ],
)
def test_opening_hours_join_sittings_that_touch(now: time, words: str) -> None:
    sittings = [(time(16), time(18)), (time(18), time(20)), (time(9), time(12, 30)), (time(10), time(11))]
    assert opening(sittings, now) == words
