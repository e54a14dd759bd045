"""Reminders: the evening before and two hours before, once for each visit and time, whatever becomes of the sweeps."""

from datetime import time
from typing import Any
from uuid import uuid4

import pytest

from notifications import jobs as messages
from notifications.models import Message, Policy
from notifications.models.clinic import usual_kinds
from scheduling import services
from scheduling.jobs import remind
from scheduling.models import Reminded
from tests import cast, families
from tests.clock import clock_at, ist
from tests.racing import at_once
from tests.telling import Phone, again, visit
from tokens.models import Token

pytestmark = pytest.mark.django_db

Kind = Message.Kind


def reminders(kind: str = "") -> list[Message]:
    """What has been written, the first first."""
    found = Message.objects.filter(kind__in=[kind] if kind else [Kind.EVENING, Kind.SOON]).order_by("pk")
    return list(found)


# ── The evening before ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_evening_before_asha_is_reminded_of_her_visit(dr_rao: Any, asha: Any) -> None:
    token = visit(dr_rao, "2026-11-24 10:30", patient=asha).token
    with clock_at("2026-11-23 17:59") as clock:
        assert remind() == 0
        clock.set("2026-11-23 18:00")
        assert remind() == 1
        assert remind() == 0
    (message,) = reminders()
    assert message.text.startswith("Tomorrow: token 1 with Dr Kavitha Rao at Lake Clinic, Tue 24 Nov, near 10:30 am.")
    assert message.text.endswith(token.get_absolute_url())
    assert (message.to, message.about, message.clinic) == (asha.phone, token.pk, dr_rao.clinic)


def test_a_clinic_chooses_its_hour_and_whether_it_reminds(dr_rao: Any, dr_hari: Any) -> None:
    Policy.objects.create(clinic=dr_rao.clinic, evening_at=time(19, 30))
    Policy.objects.create(clinic=dr_hari.clinic, kinds=[it for it in usual_kinds() if it != Kind.EVENING])
    visit(dr_rao, "2026-11-24 10:30")
    visit(dr_hari, "2026-11-24 10:30", patient=cast.patient(phone=cast.BILALS_PHONE))
    with clock_at("2026-11-23 19:29") as clock:
        assert remind() == 0
        clock.set("2026-11-23 19:31")
        assert remind() == 1
        assert reminders()[0].clinic == dr_rao.clinic
        clock.set("2026-11-24 08:30")
        remind()
    assert {it.clinic for it in reminders(Kind.SOON)} == {dr_rao.clinic, dr_hari.clinic}, "the other kind is on"


@pytest.mark.parametrize(("booked", "many"), [("15:00", 1), ("15:01", 0)])
def test_what_was_booked_a_moment_ago_needs_no_reminder(dr_rao: Any, booked: str, many: int) -> None:
    visit(dr_rao, "2026-11-24 10:30", booked_at=ist(f"2026-11-23 {booked}"))
    with clock_at("2026-11-23 18:00"):
        assert remind() == many


def test_tomorrow_is_not_said_after_midnight(dr_rao: Any, sms: Phone) -> None:
    visit(dr_rao, "2026-11-24 10:30")
    with clock_at("2026-11-23 20:59") as clock:
        remind()
        clock.set("2026-11-23 21:00")
        messages.sweep()
    assert (again(reminders()[0]).state, sms.carried) == ("dropped", []), "it would be read in the morning"


# ── Two hours before ───────────────────────────────────────────────────────────────────────────────────────────
def test_two_hours_before_she_is_reminded_again(dr_rao: Any, asha: Any, sms: Phone) -> None:
    visit(dr_rao, "2026-11-24 10:30", patient=asha)
    with clock_at("2026-11-24 08:29") as clock:
        assert remind() == 0
        clock.set("2026-11-24 08:30")
        assert remind() == 1
        messages.sweep()
    (said,) = [text for _, text in sms.said]
    assert said.startswith("Today near 10:30 am: token 1 with Dr Kavitha Rao at Lake Clinic.")


def test_a_visit_booked_two_and_a_half_hours_ahead_is_not_reminded_of(dr_rao: Any) -> None:
    visit(dr_rao, "2026-11-24 10:30", booked_at=ist("2026-11-24 08:00"))
    with clock_at("2026-11-24 08:30"):
        assert remind() == 0


@pytest.mark.parametrize("state", ["pending", "cancelled", "missed"])
def test_only_what_stands_is_reminded_of(dr_rao: Any, state: str) -> None:
    when = ist("2026-11-22 10:00") if state == "cancelled" else None
    visit(dr_rao, "2026-11-24 10:30", state=state, cancelled_at=when)
    visit(dr_rao, "2026-11-24 10:40", patient=cast.patient(name="Ravi Kumar", phone=None))
    with clock_at("2026-11-24 08:45"):
        assert remind() == 0


def test_who_is_at_the_clinic_already_is_not_reminded_to_leave(dr_rao: Any) -> None:
    here = visit(dr_rao, "2026-11-24 10:30").token
    Token.objects.filter(pk=here.pk).update(state="waiting", arrived_at=ist("2026-11-24 08:00"))
    with clock_at("2026-11-24 08:45"):
        assert remind() == 0


# ── Once, and all ──────────────────────────────────────────────────────────────────────────────────────────────
def test_none_for_half_an_hour_and_all_are_reminded_at_the_next(dr_rao: Any) -> None:
    for minute in range(0, 40, 10):
        visit(dr_rao, f"2026-11-24 10:{minute:02d}", patient=cast.patient(name=f"Patient {minute}"))
    with clock_at("2026-11-24 08:00") as clock:
        assert remind() == 1
        clock.pass_(minutes=31)
        assert remind() == 3
        assert remind() == 0


def test_a_moved_visit_is_reminded_of_at_its_new_time(dr_rao: Any) -> None:
    token = visit(dr_rao, "2026-11-24 10:30").token
    later = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 16:00"))
    with clock_at("2026-11-24 08:30") as clock:
        assert remind() == 1
        services.reschedule(token=token, slot=later, by=None)
        assert again(reminders()[0]).state == "dropped", "whatever still says the time before"
        clock.set("2026-11-24 14:00")
        assert remind() == 1
    assert "near 4:00 pm" in reminders()[-1].text


def test_a_family_is_reminded_once_with_the_way_to_all_of_them(morning: Any, family: Any) -> None:
    with clock_at("2026-11-20 10:00"):
        basket = families.hold(morning[0], 3)[0].basket
        visits = services.book_together(basket=basket, patients=family, by=None)
        Message.objects.all().delete()
    with clock_at("2026-11-23 18:00") as clock:
        assert remind() == 1
        for _ in range(40):
            clock.pass_(minutes=30)
            remind()
    first = visits[0].token
    assert [it.about for it in reminders()] == [first.pk, first.pk], "one in the evening, one before"
    assert all(it.text.endswith(f"/t/{first.code}/together/") for it in reminders()[:1])


def test_a_sweep_that_was_killed_half_way_is_begun_again(dr_rao: Any, monkeypatch: Any) -> None:
    for minute in (30, 40):
        visit(dr_rao, f"2026-11-24 10:{minute}", patient=cast.patient(name=f"Patient {minute}"))
    monkeypatch.setattr("scheduling.services.reminding.BATCH", 1)
    monkeypatch.setattr("scheduling.services.reminding.SECONDS", -1.0)
    with clock_at("2026-11-24 08:45"):
        assert remind() == 1
        assert not Reminded.objects.filter(kind=Kind.SOON).exists(), "it has not come to its end"
        monkeypatch.setattr("scheduling.services.reminding.SECONDS", 60.0)
        assert remind() == 1
    assert len({it.once for it in reminders()}) == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_four_sweeps_at_once_remind_everybody_once(dr_rao: Any) -> None:
    for minute in range(10, 50, 5):
        visit(dr_rao, f"2026-11-24 10:{minute}", patient=cast.patient(name=f"Patient {minute}"))
    with clock_at("2026-11-24 09:00"):
        at_once(*[remind] * 4)
    assert len(reminders()) == len({it.once for it in reminders()}) == 8


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_somebody_is_reminded_twice(dr_rao: Any, monkeypatch: Any) -> None:
    """The pair of the test above."""
    monkeypatch.setattr("scheduling.services.reminding._once", lambda kind, visit: f"{uuid4()}")
    visit(dr_rao, "2026-11-24 10:30")
    with clock_at("2026-11-24 09:00"):
        at_once(*[remind] * 4)
    assert len(reminders()) > 1


def test_a_sweep_costs_the_same_for_forty_visits_as_for_two(dr_rao: Any, django_assert_num_queries: Any) -> None:
    def minute(clock: str) -> None:
        # evening: mark, choices, clinics, mark anew; soon: mark, due, visits, choices, told, told, insert, mark anew
        with clock_at(clock), django_assert_num_queries(20):
            assert remind()

    with clock_at("2026-11-24 07:00"):
        remind()
    for at in range(2):
        visit(dr_rao, f"2026-11-24 10:0{at}", patient=cast.patient(name=f"Patient {at}"))
    minute("2026-11-24 08:05")
    for at in range(40):
        visit(dr_rao, f"2026-11-24 12:{at + 10}", patient=cast.patient(name=f"Other {at}"))
    minute("2026-11-24 10:55")
