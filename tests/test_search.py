"""Patients search a city: by specialty, name, day, time of day, language, fee and gender; the soonest free first."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from django.utils.text import slugify
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from clinics.models import Branch, City, Clinic, District
from doctors.models import Doctor, Specialty
from scheduling.days import part_of_day
from scheduling.facts import facts_of
from scheduling.finding import Place, find
from scheduling.models import Hold, Slot
from scheduling.question import FILTERS, Known, asked
from scheduling.search import search
from tests import cast
from tests.clock import clock_at, ist

TUESDAY = "2026-11-24 08:00"
HERE = "/in/kochi/"


@pytest.fixture
def tuesday(db: None) -> Any:
    """Tuesday 24 November, eight in the morning in Kerala."""
    with clock_at(TUESDAY) as clock:
        yield clock


@pytest.fixture
def kochi(tuesday: Any) -> City:
    """A city with an old name."""
    ernakulam = District.objects.create(name="Ernakulam", name_ml="എറണാകുളം", slug="ernakulam")
    return City.objects.create(
        district=ernakulam, name="Kochi", name_ml="കൊച്ചി", slug="kochi", aliases=["cochin"], weight=9
    )


@pytest.fixture
def lake(kochi: City) -> Clinic:
    """Lake Clinic in Kaloor."""
    return cast.clinic(name="Lake Clinic")


@pytest.fixture
def heart(db: None) -> Specialty:
    """What patients call cardiology."""
    return Specialty.objects.create(
        slug="heart", name="Heart", clinical_name="Cardiology", keywords=["chest pain", "ഹൃദയം"], weight=5
    )


@pytest.fixture
def rao(lake: Clinic) -> Doctor:
    """Kavitha Rao: general medicine, ₹300, a woman who speaks Malayalam and Hindi; free today at ten."""
    made = cast.doctor(clinic=lake, gender="f", languages=["Malayalam", "Hindi"])
    cast.slot(doctor=made, starts_at=ist("2026-11-24 10:00"))
    return made


@pytest.fixture
def kurian(lake: Clinic, heart: Specialty) -> Doctor:
    """Joseph Kurian: hearts, ₹500, a man who speaks Malayalam and English; free tomorrow at five in the evening."""
    made = cast.doctor(
        clinic=lake,
        name="Joseph Kurian",
        specialty=heart,
        gender="m",
        fee_paise=50000,
        languages=["Malayalam", "English"],
    )
    cast.slot(doctor=made, starts_at=ist("2026-11-25 17:00"))
    return made


def look(client: Client, question: str) -> str:
    """A city's page, or another, on one line."""
    answer = client.get(question if question.startswith("/") else HERE + question)
    assert answer.status_code == 200, answer.headers
    return " ".join(answer.content.decode().split())


def names(client: Client, question: str) -> list[str]:
    """The doctors a question finds, in their order."""
    return re.findall(r"<h3><a [^>]*>Dr ([^<]+)</a></h3>", look(client, question))


BOTH = ["Kavitha Rao", "Joseph Kurian"]


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


@pytest.mark.parametrize(
    ("question", "sentence", "found"),
    [
        ("?day=2026-11-23", "Mon 23 Nov 2026 is over, so these are for today.", ["Kavitha Rao"]),
        ("?day=2026-02-31", "2026-02-31 is not in the calendar, so these are for any day.", None),
        ("?day=soon", "“soon” is not a day we know, so these are for any day.", None),
        ("?day=9999-12-31", "Fri 31 Dec 9999 is too far ahead", []),
        ("?day=%00", "", None),
        ("?at=midnight", "“midnight” is no time of day: it is morning, afternoon or evening.", None),
        ("?fee=abc", "“abc” is no fee in whole rupees, so these have any fee.", None),
        ("?fee=-5", "“-5” is no fee in whole rupees", None),
        ("?fee=99999999999999999999", "is no fee in whole rupees", None),
        ("?fee=²", "“²” is no fee in whole rupees", None),
        ("?fee=Rs. 1,000", "", BOTH),
        ("?speaks=Klingon", "No doctor here says they speak “Klingon”", None),
        ("?speaks=malayalm", "We took “malayalm” for Malayalam.", BOTH),
        ("?gender=yes", "“yes” is not understood", None),
        ("?specialty=hearts", "We took “hearts” for Heart.", ["Joseph Kurian"]),
        ("?specialty=cardiology", "", ["Joseph Kurian"]),
        ("?specialty=xyz", "We know no specialty called “xyz”, so these are all.", None),
        ("?q=%25%25", "“%%” is nothing that can be searched for.", None),
        ("?q=';--", "is nothing that can be searched for.", None),
        ("?q=\\", "is nothing that can be searched for.", None),
        ("?q=o'brien\\:*", "", []),
        ("?unknown=1", "", None),
    ],
)
def test_what_makes_no_sense_is_said_and_the_nearest_thing_is_shown(
    client: Client, rao: Doctor, kurian: Doctor, question: str, sentence: str, found: list[str] | None
) -> None:
    shown = look(client, question).replace("&#x27;", "'")
    assert sentence in shown
    if not sentence:
        assert '<div class="banner" data-kind="late"> <p>' not in shown or found == []
    everybody = BOTH  # nothing is left of the question: the city's clinics with all their doctors
    assert names(client, question) == (everybody if found is None else found)


def test_where_nobody_fits_the_page_says_what_to_let_go_of_and_the_links_do_it(
    client: Client, rao: Doctor, kurian: Doctor
) -> None:
    shown = look(client, "?specialty=heart&day=today&fee=500")
    assert "Nobody in Kochi fits that." in shown
    help_ = shown.split('aria-label="What would help"')[1].split("</nav>")[0]
    links = dict(re.findall(r'<a href="([^"]*)">(.*?)</a>', help_))
    assert links == {
        "?day=today&amp;fee=500": "Without Heart <small>1 doctor</small>",
        "?specialty=heart&amp;fee=500": "Without Today <small>1 doctor</small>",
        "?specialty=heart": "Without all filters <small>1 doctor</small>",
        HERE: "Show all <small>2 doctors</small>",
    }
    assert names(client, "?specialty=heart&fee=500") == ["Joseph Kurian"]


def test_a_specialty_nobody_here_has_is_not_there_rather_than_unknown(client: Client, rao: Doctor) -> None:
    Specialty.objects.create(slug="skin", name="Skin", clinical_name="Dermatology")
    shown = look(client, "?specialty=skin")
    assert "Nobody in Kochi fits that." in shown
    assert "Skin doctors in Kochi" in shown


def test_what_is_chosen_is_shown_and_one_tap_lets_go_of_it(client: Client, rao: Doctor, kurian: Doctor) -> None:
    shown = look(client, "?gender=f&fee=300&day=today&page=9")
    chips = shown.split('aria-label="Chosen"')[1].split("</nav>")[0]
    assert re.findall(r'<a href="([^"]*)" aria-current="true" aria-label="([^"]*)"', chips) == [
        ("?fee=300&amp;gender=f", "Today: remove"),
        ("?day=today&amp;gender=f", "At most ₹300: remove"),
        ("?day=today&amp;fee=300", "A woman: remove"),
    ]
    assert 'href="?day=today&amp;at=evening&amp;fee=300&amp;gender=f">Evening</a>' in chips
    assert '<link rel="canonical" href="/in/kochi/?day=today&amp;fee=300&amp;gender=f">' in shown
    assert "(3 chosen)</span></summary>" in shown
    assert 'value="2026-11-24" min="2026-11-24" max="2027-02-21"' in shown
    assert '<option value="f" selected>A woman</option>' in shown
    assert 'href="/c/lake-clinic/dr-rao/?day=2026-11-24#when"' in shown


def test_the_next_page_keeps_the_question(client: Client, lake: Clinic) -> None:
    for number in range(21):
        cast.slot(doctor=cast.doctor(clinic=lake, name=f"Rao {number:02}", slug=f"rao-{number}"))
    assert 'href="/in/kochi/?q=rao&amp;day=today&amp;page=2">Show more doctors</a>' in look(client, "?q=rao&day=today")
    second = look(client, "?day=today&q=rao&page=2")
    assert "21–21 of 21 doctors" in second
    assert 'href="/in/kochi/?q=rao&amp;day=today">Back</a>' in second
    assert '<link rel="canonical" href="/in/kochi/?q=rao&amp;day=today&amp;page=2">' in second


def test_a_form_sent_without_javascript_leads_to_the_short_address(client: Client, rao: Doctor) -> None:
    answer = client.get(HERE, {"q": "", "day": "", "at": "", "speaks": "", "fee": "abc", "gender": "f"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/in/kochi/?fee=abc&gender=f")
    assert client.get(HERE, {"q": ""}).headers["Location"] == HERE


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


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("to_tsvector('simple'::regconfig, COALESCE(name, '')) @@ to_tsquery('simple', '''rao'':*')", "by_words"),
        ("name %> 'kurien'", "by_likeness"),
    ],
)
@pytest.mark.parametrize(("table", "whose"), [("doctors_doctor", "doctors"), ("clinics_clinic", "clinics")])
def test_names_are_looked_up_in_an_index(db: None, table: str, whose: str, condition: str, index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # a table of three rows is read faster from end to end
        cursor.execute(f"EXPLAIN SELECT 1 FROM {table} WHERE {condition}")
        assert f"{whose}_{index}" in str(cursor.fetchall())


@pytest.mark.parametrize(
    ("question", "queries"),
    [
        ("?day=today", 6),  # four of these once a minute
        ("?specialty=heart&q=joseph&day=2026-11-25&at=evening&speaks=English&fee=500&gender=m", 6),
        ("?q=joshep&speaks=English", 10),
        ("?q=xxxxxxxx&day=today&fee=1&gender=f", 11),
    ],
)
def test_thirty_doctors_take_as_many_queries_as_two(
    client: Client, rao: Doctor, kurian: Doctor, question: str, queries: int,
    django_assert_num_queries: Callable[..., Any],
) -> None:  # fmt: skip
    with django_assert_num_queries(queries):
        look(client, question)
    for number in range(30):
        made = cast.doctor(
            clinic=kurian.clinic, name="Joseph Kurian", slug=f"kurian-{number}", specialty=kurian.specialty
        )
        cast.slot(doctor=made)
    with django_assert_num_queries(queries):
        look(client, question)


def test_how_many_doctors_a_city_has_is_read_once_a_minute(
    kochi: City, rao: Doctor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FACTS_SECONDS = 60
    clock = [1000.0]
    monkeypatch.setattr("scheduling.facts.time.monotonic", lambda: clock[0])
    assert facts_of(kochi).doctors == 1
    cast.doctor(clinic=rao.clinic, name="New Nair")
    assert facts_of(kochi).doctors == 1
    clock[0] += 61
    assert facts_of(kochi).doctors == 2


# ── The same answer as a naive one ─────────────────────────────────────────────────────────────────────────────
moments = st.sampled_from(
    [ist(f"2026-11-{day} {hour}") for day in (24, 25, 26) for hour in ("09:00", "12:00", "16:00")]
)
slots = st.tuples(
    moments, st.sampled_from([(1, 0), (1, 1), (2, 1), (2, 2)]), st.booleans(), st.sampled_from([None, -1, 5])
)
people = st.fixed_dictionaries({
    "name": st.sampled_from(["Kavitha Rao", "Joseph Kurian", "Rahul Nair"]),
    "gender": st.sampled_from("fm"),
    "fee_paise": st.sampled_from([20000, 30000]),
    "languages": st.sampled_from([["Malayalam"], ["Malayalam", "Hindi"]]),
    "status": st.sampled_from(["active", "active", "inactive"]),
})  # fmt: skip
questions = st.fixed_dictionaries({}, optional={
    "q": st.sampled_from(["rao", "ra", "kurian joseph", "lake", "general"]),
    "specialty": st.sampled_from(["general-medicine", "heart"]),
    "day": st.sampled_from(["today", "tomorrow", "2026-11-26"]),
    "at": st.sampled_from(["morning", "afternoon", "evening"]),
    "speaks": st.sampled_from(["Malayalam", "Hindi"]),
    "fee": st.sampled_from(["200", "300"]),
    "gender": st.sampled_from("fm"),
})  # fmt: skip
worlds = st.lists(
    st.tuples(people, st.sampled_from(["general-medicine", "heart"]), st.lists(slots, max_size=4)), max_size=4
)


@given(world=worlds, question=questions, now=st.sampled_from([TUESDAY, "2026-11-24 12:00", "2026-11-24 23:30"]))
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_the_databases_answer_is_the_one_that_reading_everything_gives(
    kochi: City, lake: Clinic, heart: Specialty, world: list, question: dict[str, str], now: str
) -> None:
    with transaction.atomic(), clock_at(now):
        cast.specialty()
        for number, (fields, specialty, times) in enumerate(world):
            treats = Specialty.objects.get(slug=specialty)
            _with_slots(cast.doctor(clinic=lake, slug=f"doctor-{number}", specialty=treats, **fields), times)
        known = Known(timezone.localdate(), list(Specialty.objects.all()), ["Hindi", "Malayalam"])
        place = Place(list(Branch.objects.values_list("pk", "clinic", "locality")))
        found = find(asked(question, known), place, timezone.now())
        assert [(it.doctor, it.starts_at) for it in found] == _naively(question)
        assert all(it.of == len(found) for it in found)
        transaction.set_rollback(True)


def _with_slots(doctor: Doctor, times: list) -> None:
    for starts_at, (capacity, booked), is_blocked, minutes in {it[0]: it for it in times}.values():
        held = int(minutes is not None and booked < capacity)
        slot = cast.slot(
            doctor=doctor, starts_at=starts_at, capacity=capacity, booked=booked, held=held, is_blocked=is_blocked
        )
        if held:
            until = timezone.now() + timedelta(minutes=minutes)
            Hold.objects.create(
                clinic=doctor.clinic, doctor=doctor, slot=slot, browser=f"{slot.pk}", expires_at=until,
                created_at=until - timedelta(minutes=10),
            )  # fmt: skip


def _naively(question: dict[str, str]) -> list[tuple[int, datetime | None]]:
    """Every doctor and every time, looked at one by one."""
    days = {"today": timezone.localdate(), "tomorrow": timezone.localdate() + timedelta(days=1)}
    found = []
    for doctor in Doctor.objects.filter(status="active").select_related("specialty", "clinic"):
        said = f"{doctor.name} {doctor.clinic.name} {doctor.specialty.name}".lower().split()
        fits = (
            all(any(part.startswith(word) for part in said) for word in question.get("q", "").split())
            and question.get("specialty") in (None, doctor.specialty.slug)
            and question.get("speaks") in (None, *doctor.languages)
            and doctor.fee_paise <= int(question.get("fee", 9999)) * 100
            and question.get("gender") in (None, doctor.gender)
        )
        free = [it.starts_at for it in doctor.slots.order_by("starts_at") if _is_free(it)]
        if "day" in question:
            day = days.get(question["day"]) or date.fromisoformat(question["day"])
            free = [it for it in free if timezone.localdate(it) == day]
        if "at" in question:
            free = [it for it in free if part_of_day(it).lower() == question["at"]]
        if fits and (free or not {"day", "at"} & question.keys()):
            found.append((doctor.pk, free[0] if free else None, doctor.name))
    found.sort(key=lambda it: (it[1] is None, it[1] or timezone.now(), it[2], it[0]))
    return [(key, starts_at) for key, starts_at, _ in found]


def _is_free(slot: Slot) -> bool:
    live = sum(hold.expires_at > timezone.now() for hold in slot.holds.filter(state="live"))
    return slot.starts_at > timezone.now() and not slot.is_blocked and slot.capacity - slot.booked > live


def test_one_more_filter_is_one_more_line(
    client: Client, rao: Doctor, kurian: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduling import finding, question

    visits = question.Filter(
        "quick", "Visit", lambda text, known: question.Chosen(text, f"{text} min", int(text)), "Any length",
        lambda known: [("5", "5 min")], doctors="doctor.consultation_minutes <= %s",
    )  # fmt: skip
    lasting = question.Filter(
        "lasting", "Time", lambda text, known: question.Chosen(text, text, text),
        slots="slot.ends_at - slot.starts_at >= make_interval(mins => %s::int)",
    )  # fmt: skip
    for module in (question, finding):
        monkeypatch.setattr(module, "FILTERS", (*FILTERS, visits, lasting))
    Doctor.objects.filter(pk=rao.pk).update(consultation_minutes=5)
    assert names(client, "?quick=5&lasting=10") == ["Kavitha Rao"]
    assert names(client, "?lasting=11&day=today") == []
    assert '<option value="5" selected>5 min</option>' in look(client, "?quick=5")


# ── In the browser ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def somebody(served: str) -> None:
    """Two doctors with times tomorrow, for the server that browsers see: late in the evening nothing is free today."""
    lake, tomorrow = cast.clinic(name="Lake Clinic"), timezone.localdate() + timedelta(days=1)
    noon = datetime.combine(tomorrow, time(12), timezone.get_current_timezone())
    for name, gender in (("Kavitha Rao", "f"), ("Joseph Kurian", "m")):
        doctor = cast.doctor(clinic=lake, name=name, gender=gender, languages=["Malayalam"])
        cast.slot(doctor=doctor, starts_at=noon)


@pytest.mark.browser
def test_a_changed_filter_changes_the_list_and_the_address_and_keeps_the_focus(
    page: Page, served: str, somebody: None
) -> None:
    day = timezone.localdate() + timedelta(days=1)
    page.goto(f"{served}{HERE}?day={day}")
    page.get_by_text("Filters (1 chosen)").click()
    page.get_by_label("Doctor", exact=True).focus()
    page.get_by_label("Doctor", exact=True).select_option("f")
    expect(page).to_have_url(f"{served}{HERE}?day={day}&gender=f")
    expect(page.get_by_role("link", name="Dr Kavitha Rao", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Dr Joseph Kurian", exact=True)).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="1 doctor")).to_be_visible()
    expect(page.get_by_text("Filters (2 chosen)")).to_be_visible()
    expect(page.get_by_label("Doctor", exact=True)).to_be_focused()
    page.get_by_role("link", name="A woman: remove").click()
    expect(page.get_by_role("link", name="Dr Joseph Kurian", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="A woman: remove")).to_be_visible()


@pytest.mark.browser
def test_filters_work_without_javascript(browser: Any, served: str, somebody: None) -> None:
    page = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    page.goto(served + HERE)
    page.locator("summary").click()
    page.get_by_label("Doctor", exact=True).select_option("m")
    page.get_by_role("button", name="Show doctors").click()
    expect(page).to_have_url(f"{served}{HERE}?gender=m")
    expect(page.get_by_role("link", name="Dr Joseph Kurian", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Dr Kavitha Rao", exact=True)).to_have_count(0)
