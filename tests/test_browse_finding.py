"""Patients look round: a city, a clinic, a doctor or an illness is found however it is asked for."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from clinics.models import City, Clinic
from doctors.models import Specialty
from scheduling.search import cities_called, clean
from tests.browsing import doctor_at, said, slot_of, tomorrow
from tests.clock import IST

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kochi")]


@pytest.fixture
def children() -> Specialty:
    """What patients call paediatrics."""
    return Specialty.objects.create(slug="children", name="Children", clinical_name="Paediatrics", keywords=["fever"])


def test_only_the_doctors_asked_for_are_shown(client: Client, lake: Clinic, children: Specialty) -> None:
    slot_of(doctor_at(lake), tomorrow(9))
    doctor_at(lake, name="Joseph Kurian", specialty=children)
    for question in ("?specialty=children", "?q=fever", "?q=Dr. Joseph", "?q=kurian"):
        page = said(client, f"/in/kochi/{question}")
        assert "Dr Joseph Kurian" in page, question
        assert "Dr Kavitha Rao" not in page, question
    assert "Dr Kavitha Rao" in said(client, "/in/kochi/?q=lake")
    assert 'href="?specialty=children&amp;q=lake"' in said(client, "/in/kochi/?q=lake&page=2")
    assert "We know no specialty called “hearts”, so these are all" in said(client, "/in/kochi/?specialty=hearts")
    assert "Nobody in Kochi fits that" in said(client, "/in/kochi/?free=today")


def test_free_today_shows_those_with_a_time_left_today(
    client: Client, lake: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_at_night = datetime(2026, 11, 24, 2, 0, tzinfo=IST)  # still the 23rd in UTC
    monkeypatch.setattr(timezone, "now", lambda: two_at_night)
    slot_of(doctor_at(lake), datetime(2026, 11, 24, 9, 0, tzinfo=IST))
    slot_of(doctor_at(lake, name="Joseph Kurian"), datetime(2026, 11, 25, 0, 30, tzinfo=IST))
    page = said(client, "/in/kochi/?free=today")
    assert "Dr Kavitha Rao" in page
    assert "Today 9:00 am" in page
    assert "Dr Joseph Kurian" not in page


@pytest.mark.parametrize("asked", ["kochi", "Cochin", "KOC", "കൊച്ചി", "  kochi ", "cohin"])
def test_a_city_is_found_however_it_is_spelt(client: Client, lake: Clinic, asked: str) -> None:
    doctor_at(lake)
    answer = client.get("/", {"q": asked})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/in/kochi/")


def test_old_spellings_in_an_address_lead_to_the_city(client: Client, lake: Clinic) -> None:
    assert client.get("/in/Cochin/").headers["Location"] == "/in/kochi/"
    assert client.get("/in/കൊച്ചി/").headers["Location"] == "/in/kochi/"


def test_a_doctor_a_clinic_and_an_illness_are_found_by_name(client: Client, lake: Clinic, children: Specialty) -> None:
    doctor_at(lake, specialty=children)
    assert 'href="/c/lake-clinic/kavitha-rao/"' in said(client, "/?q=dr rao")
    assert 'href="/c/lake-clinic/"' in said(client, "/?q=lake")
    assert 'href="/in/kochi/?specialty=children"' in said(client, "/?q=fever")


@pytest.mark.parametrize("asked", ["zzzz", "<script>", "a\0b", "%", "'; --", "x" * 500])
def test_what_is_not_found_is_said_with_the_nearest_cities(client: Client, lake: Clinic, asked: str) -> None:
    page = client.get("/", {"q": asked}).content.decode()
    assert f"Nothing here is called “{escape(clean(asked))}”" in page
    assert 'href="/in/kochi/"' in page


def test_two_cities_that_begin_alike_leave_the_choice_to_the_patient() -> None:
    cities = [City(name="Kollam", slug="kollam", name_ml=""), City(name="Kottayam", slug="kottayam", name_ml="")]
    assert {city.name for city in cities_called("ko", cities)} == {"Kollam", "Kottayam"}
