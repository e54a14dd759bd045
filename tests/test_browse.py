"""Patients look round: cities, clinics, doctors and their free times."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from django.utils.text import slugify

from clinics.models import Branch, City, Clinic, District
from doctors.models import Doctor, Specialty
from scheduling.cards import opening
from scheduling.models import Hold, Slot
from scheduling.search import cities_called, clean
from tests import cast

pytestmark = pytest.mark.django_db

IST = ZoneInfo("Asia/Kolkata")


@pytest.fixture
def kochi() -> City:
    """A city with an old name."""
    ernakulam = District.objects.create(name="Ernakulam", name_ml="എറണാകുളം", slug="ernakulam")
    return City.objects.create(
        district=ernakulam, name="Kochi", name_ml="കൊച്ചി", slug="kochi", aliases=["cochin"], weight=9
    )


@pytest.fixture
def lake(kochi: City) -> Clinic:
    """Lake Clinic, in Panampilly Nagar."""
    clinic = Clinic.objects.create(name="Lake Clinic", slug="lake-clinic", status="approved", phone="+914842000000")
    Branch.objects.create(clinic=clinic, city=kochi, locality="Panampilly Nagar")
    return clinic


@pytest.fixture
def children() -> Specialty:
    """What patients call paediatrics."""
    return Specialty.objects.create(slug="children", name="Children", clinical_name="Paediatrics", keywords=["fever"])


def doctor_at(clinic: Clinic, *, name: str = "Kavitha Rao", **fields: Any) -> Doctor:
    """A doctor who takes bookings, under an address made of the whole name."""
    return cast.doctor(clinic=clinic, name=name, **{"slug": slugify(name)} | fields)


def slot_of(doctor: Doctor, starts_at: datetime, **fields: Any) -> Slot:
    """A time of 10 minutes."""
    return cast.slot(doctor=doctor, starts_at=starts_at, **fields)


def tomorrow(hour: int, minute: int = 0) -> datetime:
    """A moment of tomorrow on the clinic's wall clock."""
    return datetime.combine(timezone.localdate() + timedelta(days=1), time(hour, minute), IST)


def held(slot: Slot, *, until: datetime) -> Slot:
    """The slot, kept for somebody until then and not swept since."""
    Hold.objects.create(
        clinic=slot.clinic, doctor=slot.doctor, slot=slot, browser=f"browser {slot.pk} {until}", expires_at=until,
        created_at=until - timedelta(minutes=10),
    )  # fmt: skip
    slot.held += 1
    slot.save(update_fields=["held"])
    return slot


def said(client: Client, address: str, *, status: int = 200) -> str:
    """The page's text, on one line."""
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


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
    assert "Panampilly Nagar, Vyttila" in page


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


def test_two_cities_that_begin_alike_leave_the_choice_to_the_patient() -> None:
    cities = [City(name="Kollam", slug="kollam", name_ml=""), City(name="Kottayam", slug="kottayam", name_ml="")]
    assert {city.name for city in cities_called("ko", cities)} == {"Kollam", "Kottayam"}
