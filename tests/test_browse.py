"""Patients look round: wrong addresses, long lists, what caches may keep, and what the pages cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from clinics.models import Branch, City, Clinic, District
from doctors.models import Doctor
from tests.browsing import doctor_at, said, slot_of, tomorrow

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kochi")]


@pytest.mark.parametrize(
    ("address", "sentence", "nearest"),
    [
        ("/in/kochhhhi/", "We know no city called “kochhhhi”.", "/in/kochi/"),
        ("/c/no-clinic/", "No clinic that takes bookings here has this address.", "/in/kochi/"),
        ("/c/no-clinic/dr/", "No clinic that takes bookings here has this address.", "/in/kochi/"),
        ("/c/lake-clinic/nobody/", "No doctor at Lake Clinic has this address.", "/c/lake-clinic/"),
        ("/c/lake-clinic/not-yet/", "No doctor at Lake Clinic has this address.", "/c/lake-clinic/"),
        ("/c/closed-clinic/", "No clinic that takes bookings here has this address.", "/in/kochi/"),
    ],
)
def test_a_wrong_address_says_so_and_offers_the_nearest_thing(
    client: Client, lake: Clinic, address: str, sentence: str, nearest: str
) -> None:
    doctor_at(lake, name="Not Yet", status="pending")
    closed = Clinic.objects.create(name="Closed", slug="closed-clinic", status="closed")
    Branch.objects.create(clinic=closed, city=City.objects.get())
    page = said(client, address, status=404)
    assert sentence in page
    assert f'href="{nearest}"' in page


def test_a_city_without_clinics_offers_others(client: Client, lake: Clinic) -> None:
    City.objects.create(district=District.objects.get(), name="Aluva", name_ml="ആലുവ", slug="aluva")
    page = said(client, "/in/aluva/")
    assert "No clinic in Aluva has joined yet" in page
    assert 'href="/in/kochi/"' in page


@pytest.mark.parametrize("asked", ["0", "-1", "99999999999", "two", ""])
def test_a_page_that_is_not_there_shows_one_that_is(client: Client, lake: Clinic, asked: str) -> None:
    doctor_at(lake)
    assert "Dr Kavitha Rao" in said(client, f"/in/kochi/?page={asked}")


def test_clinics_come_twelve_at_a_time(client: Client, kochi: City) -> None:
    for number in range(13):
        clinic = Clinic.objects.create(name=f"Clinic {number:02}", slug=f"clinic-{number}", status="approved")
        Branch.objects.create(clinic=clinic, city=kochi)
        doctor_at(clinic, slug="rao")
    assert "1–12 of 13 clinics" in said(client, "/in/kochi/")
    assert "13–13 of 13 clinics" in said(client, "/in/kochi/?page=2")


def test_a_clinic_with_two_branches_in_a_city_is_listed_once(client: Client, lake: Clinic, kochi: City) -> None:
    Branch.objects.create(clinic=lake, city=kochi, name="East", locality="Vyttila")
    doctor_at(lake)
    page = said(client, "/in/kochi/?q=rao")
    assert "1 doctor</p>" in page.replace(" </p>", "</p>")
    assert page.count("See times of") + page.count("No time is free now") == 1
    assert "Kaloor, Vyttila" in page


def test_pages_without_a_form_may_be_kept_by_caches_and_say_nothing_of_who_looks(client: Client, lake: Clinic) -> None:
    slot_of(doctor_at(lake), tomorrow(9))
    for address in ("/", "/in/kochi/", "/c/lake-clinic/"):
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "public, max-age=30"
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert not answer.cookies
    private = client.get("/c/lake-clinic/kavitha-rao/")
    assert "private" in private.headers["Cache-Control"]
    assert "csrfmiddlewaretoken" in private.content.decode()


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/", 1),
        ("/in/kochi/", 8),
        ("/in/kochi/?q=rao", 6),
        ("/c/lake-clinic/", 5),
        ("/c/lake-clinic/kavitha-rao/", 5),
    ],
)
def test_thirty_doctors_with_thirty_times_take_as_many_queries_as_one(
    client: Client, lake: Clinic, address: str, queries: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    slot_of(doctor_at(lake), tomorrow(9))
    with django_assert_num_queries(queries):
        client.get(address)
    for number in range(1, 30):
        slot_of(doctor_at(lake, slug=f"rao-{number}"), tomorrow(9))
        slot_of(Doctor.objects.get(slug="kavitha-rao"), tomorrow(9) + timedelta(minutes=10 * number))
    with django_assert_num_queries(queries):
        client.get(address)
