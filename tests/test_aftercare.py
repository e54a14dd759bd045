"""After a visit: coming back in time, and saying how it was in one tap."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics.figures import figures
from notifications.kinds import Kind
from notifications.models import Message, Policy
from tests import cast
from tests.clock import clock_at, ist
from tests.office import at
from tokens.jobs import tell_follow_ups, tell_thanks
from tokens.models import Rating, Token
from tokens.states import State

pytestmark = pytest.mark.django_db


def seen(doctor: Any, patient: Any, *, ended: Any = None, **fields: Any) -> Token:
    """Somebody whose visit is over."""
    ended = ended or ist("2026-11-10 10:30")
    times = dict.fromkeys(["arrived_at", "consulting_at", "ended_at"], ended)
    on = doctor.clinic.local(ended).date()
    return cast.token(
        queue=cast.queue(doctor=doctor, on=on), patient=patient, state=State.COMPLETED, due_at=ended, **times, **fields
    )


@pytest.fixture
def thanked(lake: Any) -> Policy:
    """Lake Clinic asks how it was, an hour afterwards."""
    return Policy.objects.create(clinic=lake, kinds=[Kind.THANKS, Kind.FOLLOW_UP])


# ── Coming back ────────────────────────────────────────────────────────────────────────────────────────────────
def test_two_mornings_before_asha_is_told_to_come_back(dr_rao: Any, asha: Any) -> None:
    seen(dr_rao, asha, follow_up_on=date(2026, 11, 26))
    with clock_at("2026-11-23 23:59") as clock:
        assert tell_follow_ups() == 0
        clock.set("2026-11-24 08:59")
        assert tell_follow_ups() == 0
        clock.set("2026-11-24 09:00")
        assert tell_follow_ups() == 1
        assert tell_follow_ups() == 0
        clock.set("2026-11-26 09:00")
        assert tell_follow_ups() == 0
    message = Message.objects.get()
    assert message.text.startswith("Dr Kavitha Rao asked to see you again about Thu 26 Nov. Book at Lake Clinic: ")
    assert message.text.endswith("/c/lake-clinic/dr-rao/?day=2026-11-26")
    assert message.useful_until == ist("2026-11-27 00:00")


def test_who_has_booked_already_and_who_has_just_been_there_is_not_told(dr_rao: Any, asha: Any, bilal: Any) -> None:
    with clock_at("2026-11-24 09:30"):
        seen(dr_rao, asha, follow_up_on=date(2026, 11, 26))
        cast.token(queue=cast.queue(doctor=dr_rao, on=date(2026, 11, 27)), patient=asha)
        seen(dr_rao, bilal, ended=ist("2026-11-24 08:30"), follow_up_on=date(2026, 11, 26))
        assert tell_follow_ups() == 0


# ── Thanks ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_hour_after_the_visit_asha_is_asked_how_it_was(dr_rao: Any, asha: Any, thanked: Policy) -> None:
    with clock_at("2026-11-23 11:29") as clock:
        token = seen(dr_rao, asha, ended=ist("2026-11-23 10:30"))
        assert tell_thanks() == 0
        clock.set("2026-11-23 11:30")
        assert tell_thanks() == 1
        assert tell_thanks() == 0
    message = Message.objects.get()
    assert message.text.startswith("Thank you for coming to Lake Clinic. How was it with Dr Kavitha Rao?")
    assert message.text.endswith(f"/t/{token.code}/rate/")


def test_a_clinic_that_does_not_ask_asks_nobody(dr_rao: Any, asha: Any) -> None:
    with clock_at("2026-11-23 12:00"):
        seen(dr_rao, asha, ended=ist("2026-11-23 10:30"))
        assert tell_thanks() == 0


def test_a_family_is_thanked_once_and_an_old_visit_not_at_all(dr_rao: Any, family: Any, thanked: Policy) -> None:
    with clock_at("2026-11-23 12:00"):
        for minute, one in zip((30, 40, 50), family, strict=True):
            seen(dr_rao, one, ended=ist(f"2026-11-23 10:{minute}"), party="0190d9a0-0000-7000-8000-000000000001")
        seen(dr_rao, cast.patient(name="Old", phone=cast.BILALS_PHONE), ended=ist("2026-11-23 06:30"))
        assert tell_thanks() == 1


# ── How it was ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def over(dr_rao: Any, asha: Any) -> Token:
    """Asha's visit, over since yesterday."""
    return seen(dr_rao, asha, ended=timezone.now() - timedelta(days=1))


def rate(token: Token, **typed: str) -> str:
    """Tap, without signing in."""
    return Client().post(f"/t/{token.code}/rate/", typed, follow=True).content.decode()


def test_one_tap_is_enough(over: Token) -> None:
    page = Client().get(f"/t/{over.code}/rate/").content.decode()
    assert page.count('name="stars"') == 5
    assert "Asha" not in page
    assert "You gave <b>4 of 5</b>" in rate(over, stars="4")
    assert (Rating.objects.get().stars, Rating.objects.get().words) == (4, None)


def test_it_can_be_changed_and_explained_for_a_day(over: Token) -> None:
    rate(over, stars="4")
    rate(over, stars="4", words="Took time for us.")
    rate(over, stars="5")
    assert (Rating.objects.get().stars, Rating.objects.get().words) == (5, "Took time for us.")
    Rating.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    assert "more than a day ago" in rate(over, stars="1")
    assert Rating.objects.get().stars == 5
    assert 'name="stars"' not in Client().get(f"/t/{over.code}/rate/").content.decode()


@pytest.mark.parametrize("stars", ["0", "6", "", "five", "4.5", "1 OR 1"])
def test_other_stars_are_refused_in_words(over: Token, stars: str) -> None:
    assert "Tap one to five stars." in rate(over, stars=stars)
    assert not Rating.objects.exists()


def test_words_too_long_are_kept_to_be_shortened(over: Token) -> None:
    rate(over, stars="4")
    page = rate(over, stars="4", words="very " * 120)
    assert "That is 600 characters: please say it in 500." in page
    assert "very very very" in page
    assert Rating.objects.get().words is None


def test_a_visit_that_is_not_over_is_not_rated(dr_rao: Any, asha: Any) -> None:
    token = cast.token(queue=cast.queue(doctor=dr_rao), patient=asha)
    rate(token, stars="4")
    assert not Rating.objects.exists()


@pytest.mark.ignore_template_errors
def test_the_clinic_reads_it_without_a_name_and_others_do_not(
    over: Token, lekha: Any, hema: Any, operator: Any, signed_in: Any
) -> None:
    rate(over, stars="2", words="Waited for two hours.")
    pages = {who: signed_in(who).get(at(Rating)).content.decode() for who in (lekha, operator)}
    assert "Waited for two hours." in pages[lekha]
    assert "Waited for two hours." not in pages[operator]
    assert "Asha" not in pages[lekha]
    assert signed_in(hema).get(at(Rating)).status_code != 200


def test_the_report_has_the_average_and_how_many(
    over: Token, dr_rao: Any, bilal: Any, reena: Any, signed_in: Any
) -> None:
    rate(over, stars="5")
    rate(seen(dr_rao, bilal, ended=timezone.now() - timedelta(days=1)), stars="4")
    found = figures(dr_rao.clinic, days=7)
    assert (found.stars, found.rated) == (4.5, 2)
    page = " ".join(signed_in(reena).get("/reports/lake-clinic/?days=7").content.decode().split())
    assert '<span class="n">4.5</span> of 5' in page
    assert "4.5 <small>(2)</small>" in page
