"""Several of a family come together: places side by side, one code, a token for each; all of them or none."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from doctors.models import Doctor
from notifications.models import Message
from patients.models import Patient
from scheduling import jobs, services
from scheduling.errors import BookingError, SlotTaken
from scheduling.models import Appointment, Hold, Mode, Slot, WaitlistEntry
from scheduling.together import together_page
from tests import cast
from tests.clock import Clock, ist
from tests.families import TOGETHER, counters, hold, times
from tokens.models import Token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def starts(doctor: Doctor, people: int) -> list[str]:
    """From when so many find a place."""
    runs = together_page(doctor, people=people, asked=None).runs
    return [f"{timezone.localtime(run.first.starts_at):%H:%M}" for run in runs]


def test_so_many_neighbouring_times_are_offered(dr_rao: Doctor, morning: Any) -> None:
    assert starts(dr_rao, 2) == ["10:00", "10:10"]
    assert starts(dr_rao, 3) == ["10:00"]
    assert starts(dr_rao, 4) == []


def test_a_booked_time_between_two_keeps_them_apart(dr_rao: Doctor, morning: list[Slot]) -> None:
    Slot.objects.filter(pk=morning[1].pk).update(booked=1)
    assert starts(dr_rao, 2) == []


def test_one_time_with_room_is_enough_and_the_next_takes_the_rest(dr_rao: Doctor) -> None:
    times(dr_rao, "10:00", "10:10", capacity=3)
    assert starts(dr_rao, 3) == ["10:00", "10:10"]
    assert starts(dr_rao, 4) == ["10:00"]


def test_a_pause_or_another_way_of_being_seen_is_not_side_by_side(dr_rao: Doctor) -> None:
    times(dr_rao, "10:00", "10:30")
    times(dr_rao, "10:00", "10:10", mode=Mode.TELE)
    assert starts(dr_rao, 2) == []


def test_the_doctors_page_leads_there_and_the_page_to_the_holds(client: Client, dr_rao: Doctor, morning: Any) -> None:
    doctors_page = client.get(dr_rao.get_absolute_url()).content.decode()
    assert 'href="/c/lake-clinic/dr-rao/together/?day=2026-11-24"' in doctors_page
    page = client.get(f"{TOGETHER}?people=3&day=2026-11-24").content.decode()
    assert page.count('name="slot"') == 1
    answer = client.post(TOGETHER, {"people": "3", "slot": morning[0].pk})
    assert answer.url == f"/book/{Hold.objects.get(position=1).pk}/"
    assert counters() == [(1, 0)] * 3


@pytest.mark.parametrize("typed", [{}, {"slot": "0"}, {"slot": "x"}, {"slot": "9" * 30}])
def test_what_is_no_time_is_said(client: Client, dr_rao: Doctor, morning: Any, typed: dict[str, str]) -> None:
    page = client.post(TOGETHER, {"people": "9"} | typed, follow=True).content.decode()
    assert "That is not a time of Dr Rao" in page
    assert not Hold.objects.exists()


def test_a_day_without_places_side_by_side_says_so_and_shows_the_next(
    client: Client, dr_rao: Doctor, morning: list[Slot]
) -> None:
    cast.slot(doctor=dr_rao, starts_at=ist("2026-11-23 16:00"))
    cast.slot(doctor=dr_rao, starts_at=ist("2026-11-23 17:00"))
    page = client.get(f"{TOGETHER}?people=2&day=2026-11-23").content.decode()
    assert "No 2 places are free side by side on Mon 23 Nov." in page
    assert page.count('name="slot"') == 2
    page = client.get(f"{TOGETHER}?people=4&day=2026-02-31").content.decode()
    assert "No 4 places are free side by side." in page


def test_the_page_takes_as_many_queries_for_many_days(
    client: Client, dr_rao: Doctor, django_assert_num_queries: Any
) -> None:
    times(dr_rao, "10:00", "10:30")
    for day in range(20):
        for minutes in (0, 20):
            cast.slot(doctor=dr_rao, starts_at=ist("2026-11-25 10:00") + timedelta(days=day, minutes=minutes))
    with django_assert_num_queries(4):  # the doctor, the rules, the days, their times
        client.get(TOGETHER)


# ── holding ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_all_places_are_held_or_none(dr_rao: Doctor, morning: list[Slot]) -> None:
    hold(morning[1], 2)
    with pytest.raises(SlotTaken, match="There are not 2 places side by side at that time any more"):
        hold(morning[0], 2, browser="other")
    assert counters() == [(0, 0), (1, 0), (1, 0)]


def test_a_browser_holds_one_basket_or_one_time(dr_rao: Doctor, morning: list[Slot]) -> None:
    services.hold(slot=morning[2], browser="b")
    basket = hold(morning[0], 2)
    assert counters() == [(1, 0), (1, 0), (0, 0)]
    assert hold(morning[0], 2) == basket  # tapped twice
    assert len(hold(morning[0], 3)) == 3  # one more is coming
    assert counters() == [(1, 0)] * 3
    services.hold(slot=morning[1], browser="b")
    assert counters() == [(0, 0), (1, 0), (0, 0)]


def test_a_basket_that_cannot_be_had_costs_nothing_one_has(dr_rao: Doctor, morning: list[Slot]) -> None:
    kept = services.hold(slot=morning[2], browser="b")
    services.hold(slot=morning[1], browser="other")
    with pytest.raises(SlotTaken):
        hold(morning[0], 2)
    assert Hold.objects.live().get(browser="b") == kept


def test_a_tap_beside_a_basket_takes_nothing(dr_rao: Doctor, morning: list[Slot]) -> None:
    hold(morning[0], 2)
    assert services.tap(clinic="lake-clinic", doctor="dr-rao", slot=morning[2].pk, browser="b") is None


@pytest.mark.parametrize(("fields", "rule"), [
    ({"position": 1}, "one_live_hold_per_browser_and_doctor"),
    ({"position": 2}, "a_hold_alone_is_the_first"),
    ({"position": 5, "basket": "0192f4f0-0000-7000-8000-000000000001"}, "a_hold_alone_is_the_first"),
])  # fmt: skip
def test_the_database_refuses_a_hold_beside_a_basket(
    dr_rao: Doctor, morning: list[Slot], fields: dict[str, Any], rule: str
) -> None:
    hold(morning[0], 2)
    until = timezone.now() + timedelta(minutes=10)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Hold.objects.create(
            clinic=dr_rao.clinic, doctor=dr_rao, slot=morning[2], browser="b", expires_at=until, **fields
        )


def test_given_back_or_run_out_all_are_free_again(dr_rao: Doctor, morning: list[Slot], clock: Clock) -> None:
    services.release(hold=hold(morning[0], 3)[1])
    assert counters() == [(0, 0)] * 3
    hold(morning[0], 3)
    clock.pass_(minutes=11)
    assert jobs.release_expired_holds() == 3
    assert counters() == [(0, 0)] * 3


def test_places_given_back_go_to_those_who_wait(dr_rao: Doctor, morning: list[Slot], bilal: Any) -> None:
    held = hold(morning[0], 3)
    entry = services.join_waitlist(doctor=dr_rao, patient=bilal, first=morning[0].date, last=morning[0].date, by=None)
    services.release(hold=held[0])
    assert counters() == [(1, 0), (0, 0), (0, 0)]
    assert WaitlistEntry.objects.get().state == "offered"
    assert entry.offers.get().hold.slot == morning[0]


def test_while_the_code_is_on_its_way_all_are_kept_longer(dr_rao: Doctor, morning: list[Slot], clock: Clock) -> None:
    held = hold(morning[0], 2)
    clock.pass_(minutes=8)
    services.extend(hold=held[0])
    assert {hold.expires_at for hold in Hold.objects.all()} == {clock.now + timedelta(minutes=5)}


# ── booking ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_tokens_in_a_row_one_message_and_a_page_for_all(
    dr_rao: Doctor, morning: list[Slot], family: list[Patient], settings: Any, client: Client
) -> None:
    held = hold(morning[0], 3)
    visits = services.book_together(basket=held[0].basket, patients=family, by=None)
    tokens = [visit.token for visit in visits]
    assert [token.number for token in tokens] == [1, 2, 3]
    assert [visit.patient for visit in visits] == family
    assert [visit.starts_at for visit in visits] == [slot.starts_at for slot in morning]
    assert counters() == [(0, 1)] * 3
    message = Message.objects.get()
    assert message.text == (
        "Tokens 1 to 3 with Dr Kavitha Rao at Lake Clinic, Tue 24 Nov, near 10:00 am. See them all: "
        f"{settings.PUBLIC_URL}/t/{tokens[0].code}/together/"
    )
    page = client.get(f"/t/{tokens[1].code}/together/").content.decode()
    for token in tokens:
        assert f"/t/{token.code}/" in page
    assert "Thomas" not in page
    alone = client.get(f"/t/{tokens[0].code}/").content.decode()
    assert "Coming together" in alone
    assert f"/t/{tokens[1].code}/" in alone
    assert f"/t/{tokens[2].code}/" in alone


def test_a_token_of_nobodys_party_leads_to_itself(client: Client, dr_rao: Doctor, asha: Any) -> None:
    token = cast.appointment(doctor=dr_rao, patient=asha).token
    assert client.get(f"/t/{token.code}/together/").url == f"/t/{token.code}/"
    assert "Coming together" not in client.get(f"/t/{token.code}/").content.decode()


def test_several_in_one_time_with_room(dr_rao: Doctor, family: list[Patient]) -> None:
    (slot,) = times(dr_rao, "10:00", capacity=4)
    visits = services.book_together(basket=hold(slot, 3)[0].basket, patients=family, by=None)
    assert [visit.token.number for visit in visits] == [1, 2, 3]
    assert counters() == [(0, 3)]


def test_pressed_twenty_times_it_books_once(dr_rao: Doctor, morning: list[Slot], family: list[Patient]) -> None:
    basket = hold(morning[0], 3)[0].basket
    answers = [services.book_together(basket=basket, patients=family, by=None) for _ in range(20)]
    assert len({tuple(visit.pk for visit in visits) for visits in answers}) == 1
    assert (Appointment.objects.count(), Token.objects.count(), Message.objects.count()) == (3, 3, 1)


def test_when_one_cannot_be_booked_nobody_is(dr_rao: Doctor, morning: list[Slot], family: list[Patient]) -> None:
    evening = times(dr_rao, "18:00", booked=1)[0]
    cast.appointment(doctor=dr_rao, patient=family[1], slot=evening)
    held = hold(morning[0], 3)
    with pytest.raises(BookingError, match="Ammini"):
        services.book_together(basket=held[0].basket, patients=family, by=None)
    assert Appointment.objects.count() == 1
    assert counters() == [(1, 0)] * 3 + [(0, 1)]
    assert not Message.objects.exists()


def test_who_needs_longer_than_ten_minutes_still_books_while_there_is_room(
    dr_rao: Doctor, morning: list[Slot], family: list[Patient], clock: Clock
) -> None:
    first = hold(morning[0], 2)
    clock.pass_(minutes=11)
    services.book_together(basket=first[0].basket, patients=family[:2], by=None)
    assert counters() == [(0, 1), (0, 1), (0, 0)]


def test_when_one_of_the_places_has_gone_meanwhile_nobody_is_booked(
    dr_rao: Doctor, morning: list[Slot], family: list[Patient], clock: Clock
) -> None:
    held = hold(morning[0], 2)
    clock.pass_(minutes=11)
    services.hold(slot=morning[1], browser="other")
    with pytest.raises(SlotTaken):
        services.book_together(basket=held[0].basket, patients=family[:2], by=None)
    assert not Appointment.objects.exists()
    assert sum(held for held, _ in counters()) == Hold.objects.live().count()


def test_one_is_cancelled_and_one_moved_without_the_others(
    dr_rao: Doctor, morning: list[Slot], family: list[Patient], client: Client
) -> None:
    later = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-26 10:00"))
    visits = services.book_together(basket=hold(morning[0], 3)[0].basket, patients=family, by=None)
    first, second, third = (visit.token for visit in visits)
    services.cancel(token=first, by=None, why="Well again.")
    assert counters()[:3] == [(0, 0), (0, 1), (0, 1)]
    assert list(Token.objects.order_by("number").values_list("state", flat=True)) == ["cancelled", "booked", "booked"]
    moved = services.reschedule(token=third, slot=later, by=None)
    page = client.get(f"/t/{second.code}/together/").content.decode()
    assert f"/t/{moved.code}/" in page
    assert f"/t/{third.code}/" not in page
