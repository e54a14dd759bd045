"""What the page of an answer says: what it did not understand, what to let go of, what is chosen; and what it costs."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from clinics.models import City, Clinic
from doctors.models import Doctor, Specialty
from scheduling import facts
from scheduling.facts import facts_of
from scheduling.models import Mode
from tests import cast
from tests.clock import ist
from tests.searching import BOTH, HERE, look, names


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


def test_whoever_asks_for_a_visit_by_video_is_led_to_the_times_by_video(client: Client, rao: Doctor) -> None:
    cast.slot(doctor=rao, starts_at=ist("2026-11-24 18:00"), mode=Mode.TELE)
    shown = look(client, "?how=video")
    assert 'href="/c/lake-clinic/dr-rao/?mode=video&amp;day=2026-11-24#when"' in shown
    page = client.get("/c/lake-clinic/dr-rao/?mode=video&day=2026-11-24").content.decode()
    assert "<b>6:00</b>" in page
    assert "<b>10:00</b>" not in page


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


def test_how_many_doctors_a_city_has_is_read_once_a_minute_and_nobody_waits_for_it(
    kochi: City, rao: Doctor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FACTS_SECONDS = 60
    clock, asked = [1000.0], []
    monkeypatch.setattr("scheduling.facts.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(facts, "_background", SimpleNamespace(submit=lambda *work: asked.append(work)))
    monkeypatch.setattr(facts, "_renewing", set())
    assert facts_of(kochi).doctors == 1
    cast.doctor(clinic=rao.clinic, name="New Nair")
    assert facts_of(kochi).doctors == 1
    clock[0] += 61
    assert facts_of(kochi).doctors == facts_of(kochi).doctors == 1
    [(_, which)] = asked
    facts._renewed(which)
    assert facts_of(kochi).doctors == 2


def test_what_nobody_has_asked_for_in_a_quarter_of_an_hour_is_shown_to_nobody(
    kochi: City, rao: Doctor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FACTS_SECONDS = 60
    clock = [5000.0]
    monkeypatch.setattr("scheduling.facts.time.monotonic", lambda: clock[0])
    assert facts_of(kochi).doctors == 1
    cast.doctor(clinic=rao.clinic, name="New Nair")
    clock[0] += 901
    assert facts_of(kochi).doctors == 2
