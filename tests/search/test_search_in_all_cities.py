"""A search of all cities: a city beside other words, its old names, and names spelt almost so."""

import pytest
from django.test import Client

from clinics.models import City, Clinic
from doctors.models import Doctor
from scheduling.search import search
from tests import cast
from tests.searching import look, names


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("heart cochin", "/in/kochi/?q=heart"),
        ("chest pain in kochi", "/in/kochi/?q=chest+pain"),
        ("കൊച്ചി rao", "/in/kochi/?q=rao"),
        ("kurien kochi", "/in/kochi/?q=kurien"),
    ],
)
def test_a_city_typed_with_something_else_leads_there_with_the_rest(
    client: Client, rao: Doctor, kurian: Doctor, typed: str, address: str
) -> None:
    assert client.get("/", {"q": typed}).headers["Location"] == address


@pytest.mark.parametrize(
    ("typed", "city"),
    [
        ("Trivandrum", "thiruvananthapuram"),
        ("calicut", "kozhikode"),
        ("Cochin", "kochi"),
        ("kozhikod", "kozhikode"),
        ("തിരുവനന്തപുരം", "thiruvananthapuram"),
        ("കോഴിക്കോട്", "kozhikode"),
    ],
)
def test_old_new_and_malayalam_names_of_a_city_are_one(typed: str, city: str) -> None:
    cities = [
        City(name="Kochi", slug="kochi", name_ml="കൊച്ചി", aliases=["Cochin"]),
        City(name="Kozhikode", slug="kozhikode", name_ml="കോഴിക്കോട്", aliases=["Calicut"]),
        City(name="Thiruvananthapuram", slug="thiruvananthapuram", name_ml="തിരുവനന്തപുരം", aliases=["Trivandrum"]),
    ]
    assert search(typed, cities).city.slug == city


def test_names_are_forgiven_in_all_cities_too(client: Client, rao: Doctor, kurian: Doctor) -> None:
    shown = look(client, "/?q=jozeph kurien")
    assert "These are spelt almost like it." in shown
    assert 'href="/c/lake-clinic/dr-kurian/"' in shown
    assert 'href="/c/lake-clinic/dr-rao/"' not in shown
    assert 'href="/c/lake-clinic/"' in look(client, "/?q=lak clinc")


def test_names_in_malayalam_letters_are_found_by_their_beginnings(client: Client, lake: Clinic) -> None:
    cast.doctor(clinic=lake, name="കവിത റാവു", slug="kavitha")
    assert names(client, "?q=കവി") == ["കവിത റാവു"]
    assert 'href="/c/lake-clinic/kavitha/"' in look(client, "/?q=റാവു")
