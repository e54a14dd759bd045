"""Patients search a city: by specialty, name, day, time of day, language, fee and gender; the soonest free first."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.text import slugify

from clinics.models import Branch, City, Clinic
from doctors.models import Doctor
from scheduling.models import Hold, Slot
from tests import cast
from tests.clock import ist
from tests.searching import BOTH, look, names


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("?specialty=heart", ["Joseph Kurian"]),
        ("?q=kavitha", ["Kavitha Rao"]),
        ("?q=Dr.+Kuri", ["Joseph Kurian"]),
        ("?q=lake", BOTH),
        ("?q=kaloor", BOTH),
        ("?q=rao+lake", ["Kavitha Rao"]),
        ("?q=chest+pain", ["Joseph Kurian"]),
        ("?q=ഹൃദയം", ["Joseph Kurian"]),
        ("?day=today", ["Kavitha Rao"]),
        ("?free=today", ["Kavitha Rao"]),
        ("?day=tomorrow", ["Joseph Kurian"]),
        ("?day=2026-11-25", ["Joseph Kurian"]),
        ("?day=2026-11-26", []),
        ("?at=morning", ["Kavitha Rao"]),
        ("?at=afternoon", []),
        ("?at=evening", ["Joseph Kurian"]),
        ("?day=today&at=evening", []),
        ("?speaks=Hindi", ["Kavitha Rao"]),
        ("?speaks=malayalam", BOTH),
        ("?fee=300", ["Kavitha Rao"]),
        ("?fee=299", []),
        ("?fee=500", BOTH),
        ("?fee=൫൦൦", BOTH),
        ("?gender=f", ["Kavitha Rao"]),
        ("?gender=man", ["Joseph Kurian"]),
        ("?specialty=heart&q=joseph&day=2026-11-25&at=evening&speaks=English&fee=500&gender=m", ["Joseph Kurian"]),
        ("?specialty=heart&q=joseph&day=2026-11-25&at=evening&speaks=English&fee=499&gender=m", []),
    ],
)
def test_each_filter_finds_the_doctors_it_names_and_all_together_those_who_fit_all(
    client: Client, rao: Doctor, kurian: Doctor, question: str, found: list[str]
) -> None:
    assert names(client, question) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kavita", "Kavitha Rao"),
        ("kavitha rau", "Kavitha Rao"),
        ("kurien", "Joseph Kurian"),
        ("jozeph", "Joseph Kurian"),
        ("hart", "Joseph Kurian"),
        ("cardeology", "Joseph Kurian"),
    ],
)
def test_a_name_spelt_a_little_differently_is_found_and_the_page_says_so(
    client: Client, rao: Doctor, kurian: Doctor, typed: str, found: str
) -> None:
    assert names(client, f"?q={typed}") == [found]
    assert f"Nobody is called “{typed}” here. These are spelt almost like it." in look(client, f"?q={typed}")


def test_a_clinic_spelt_a_little_differently_is_found_too(client: Client, kochi: City, rao: Doctor) -> None:
    cast.doctor(clinic=cast.clinic(name="Backwater Family Clinic"), name="Sabu Paul")
    assert names(client, "?q=bakwater") == ["Sabu Paul"]


def test_who_is_called_as_typed_hides_who_is_only_spelt_alike(client: Client, lake: Clinic, rao: Doctor) -> None:
    cast.doctor(clinic=lake, name="Ravi Kumar")
    assert names(client, "?q=rao") == ["Kavitha Rao"]


def test_available_today_leaves_out_the_full_the_held_the_blocked_and_what_is_over(
    client: Client, lake: Clinic, rao: Doctor
) -> None:
    def doctor(name: str, at: str, **fields: Any) -> Slot:
        return cast.slot(doctor=cast.doctor(clinic=lake, name=name), starts_at=ist(f"2026-11-24 {at}"), **fields)

    doctor("Full Already", "11:00", booked=1)
    doctor("Blocked Now", "11:00", is_blocked=True)
    doctor("Over Today", "07:50")
    doctor("Half Full", "11:10", capacity=2, booked=1)
    for name, ends in (("Held Still", timedelta(minutes=5)), ("Held Before", timedelta(seconds=-1))):
        slot, until = doctor(name, "11:20", held=1), timezone.now() + ends
        Hold.objects.create(
            clinic=lake, doctor=slot.doctor, slot=slot, browser=name, expires_at=until,
            created_at=until - timedelta(minutes=10),
        )  # fmt: skip
    assert names(client, "?day=today") == ["Kavitha Rao", "Half Full", "Held Before"]


def test_the_soonest_free_comes_first_then_the_name_and_last_who_has_no_time(client: Client, lake: Clinic) -> None:
    for name, at in (
        ("Zoya Late", "2026-11-24 16:00"),
        ("Bina Same", "2026-11-24 09:00"),
        ("Anna Same", "2026-11-24 09:00"),
    ):
        cast.slot(doctor=cast.doctor(clinic=lake, name=name, slug=slugify(name)), starts_at=ist(at))
    cast.doctor(clinic=lake, name="Abel None")
    assert names(client, "?q=lake") == ["Anna Same", "Bina Same", "Zoya Late", "Abel None"]
    assert names(client, "?q=lake&day=today") == ["Anna Same", "Bina Same", "Zoya Late"]


def test_a_time_of_day_is_looked_for_in_the_coming_week_and_its_first_minute_belongs_to_it(
    client: Client, lake: Clinic
) -> None:
    noon = cast.doctor(clinic=lake, name="Noon Nair")
    cast.slot(doctor=noon, starts_at=ist("2026-11-24 12:00"))
    far = cast.doctor(clinic=lake, name="Far Pillai")
    cast.slot(doctor=far, starts_at=ist("2026-12-02 13:00"))
    assert names(client, "?at=afternoon") == ["Noon Nair"]
    assert names(client, "?at=morning") == []
    assert names(client, "?at=afternoon&day=2026-12-02") == ["Far Pillai"]


def test_between_midnight_and_half_past_five_today_is_keralas_day(client: Client, lake: Clinic, tuesday: Any) -> None:
    tuesday.set("2026-11-25 02:00")  # still the 24th in UTC
    cast.slot(doctor=cast.doctor(clinic=lake, name="Early Rao"), starts_at=ist("2026-11-25 09:00"))
    cast.slot(doctor=cast.doctor(clinic=lake, name="Next Nair"), starts_at=ist("2026-11-26 00:30"))
    assert names(client, "?day=today") == ["Early Rao"]
    assert names(client, "?day=tomorrow") == ["Next Nair"]


def test_a_time_at_the_clinics_branch_in_another_city_is_not_offered_in_this_one(
    client: Client, lake: Clinic, rao: Doctor
) -> None:
    kollam = cast.city(name="Kollam", district="Kollam")
    there = Branch.objects.create(clinic=lake, city=kollam, name="South")
    Slot.objects.filter(doctor=rao).update(branch=there)
    assert names(client, "?day=today") == []
    assert names(client, "/in/kollam/?day=today") == ["Kavitha Rao"]


def test_doctors_who_take_no_bookings_are_not_found(client: Client, rao: Doctor, lake: Clinic) -> None:
    cast.slot(doctor=cast.doctor(clinic=lake, name="Not Yet", status="pending"))
    assert names(client, "?day=today") == ["Kavitha Rao"]
    Clinic.objects.update(status="closed")
    assert "has joined yet" in look(client, "?day=today")
