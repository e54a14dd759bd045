"""Nobody is woken between nine in the evening and eight in the morning, on Kerala's clocks, for what can wait."""

from typing import Any

import pytest

from notifications import jobs
from notifications.models import Message
from scheduling import services as calendar
from scheduling.jobs import remind
from tests import cast
from tests.clock import IST, clock_at, ist
from tests.telling import Phone

pytestmark = pytest.mark.django_db

VISIT = {"token": 1, "doctor": "Dr Rao", "place": "Lake Clinic", "day": "Tue 24 Nov", "link": "http://x/"}


def booking(doctor: Any, at: str) -> Any:
    """Asha books a time, now."""
    held = calendar.hold(slot=cast.slot(doctor=doctor, starts_at=ist(at)), browser="Asha's")
    return calendar.book(hold=held, patient=cast.patient(), by=None)


def state(kind: str) -> str:
    return Message.objects.get(kind=kind).state


def test_a_booking_at_ten_in_the_evening_is_told_at_eight(dr_rao: Any, sms: Phone) -> None:
    with clock_at("2026-11-23 22:00") as clock:
        booking(dr_rao, "2026-11-24 11:00")
        jobs.sweep()
        assert sms.carried == []
        for moment in ("2026-11-24 00:00", "2026-11-24 05:29", "2026-11-24 05:31", "2026-11-24 07:59:59"):
            clock.set(moment)  # until half past five it is still yesterday in UTC
            jobs.sweep()
            assert sms.carried == [], moment
        clock.set("2026-11-24 08:00")
        jobs.sweep()
        assert len(sms.carried) == 1


def test_a_visit_at_half_past_seven_cancelled_at_eleven_is_told_at_once(dr_rao: Any, sms: Phone) -> None:
    with clock_at("2026-11-23 20:00") as clock:
        visit = booking(dr_rao, "2026-11-24 07:30")
        jobs.sweep()
        clock.set("2026-11-23 23:00")
        calendar.cancel(token=visit.token, by=None, why="The doctor is ill.")
        jobs.sweep()
    assert [text.split(":")[0] for _, text in sms.said][-1] == "Cancelled"


def test_a_visit_at_nine_cancelled_at_eleven_waits_for_the_morning(dr_rao: Any, sms: Phone) -> None:
    with clock_at("2026-11-23 20:00") as clock:
        visit = booking(dr_rao, "2026-11-24 09:00")
        jobs.sweep()
        clock.set("2026-11-23 23:00")
        calendar.cancel(token=visit.token, by=None, why="The doctor is ill.")
        jobs.sweep()
        assert len(sms.carried) == 1
        assert Message.objects.get(kind="cancelled").due_at == ist("2026-11-24 08:00")


@pytest.mark.parametrize(
    ("moment", "goes"),
    [
        ("2026-11-23 20:59:59", True), ("2026-11-23 21:00:00", False), ("2026-11-24 00:00:00", False),
        ("2026-11-24 05:29:59", False), ("2026-11-24 05:30:00", False), ("2026-11-24 07:59:59", False),
        ("2026-11-24 08:00:00", True),
    ],
)  # fmt: skip
def test_the_hours_are_exact_to_the_second(lake: Any, sms: Phone, moment: str, goes: bool) -> None:
    with clock_at(moment):
        cast.message(kind="cancelled", clinic=lake, **VISIT)
        jobs.sweep()
    assert bool(sms.carried) is goes


@pytest.mark.parametrize("moment", ["2026-11-23 23:00", "2026-11-24 00:00:01", "2026-11-24 04:00"])
def test_codes_and_calls_of_this_hour_wake(lake: Any, sms: Phone, moment: str) -> None:
    with clock_at(moment):
        cast.message(kind="code", code="402931", host="localhost")
        cast.message(kind="called", clinic=lake, token=1, where="Room 2", place="Lake", link="http://x/")
        cast.message(
            kind="near", clinic=lake, token=1, doctor="Dr Rao", place="Lake", ahead=2, link="http://x/",
        )  # fmt: skip
        jobs.sweep()
    assert [it.kind for it in sms.carried] == ["code", "near"], "and the clinic has not asked for the call"


def test_a_reminder_of_a_visit_at_nine_waits_until_eight(dr_rao: Any, sms: Phone) -> None:
    slot = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 09:00"), booked=1)
    cast.appointment(doctor=dr_rao, patient=cast.patient(), slot=slot, created_at=ist("2026-11-20 09:00"))
    early = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 07:00"), booked=1)
    cast.appointment(
        doctor=dr_rao, patient=cast.patient(phone=cast.BILALS_PHONE), slot=early, created_at=ist("2026-11-20 09:00")
    )
    with clock_at("2026-11-24 05:00") as clock:
        assert remind() == 1
        jobs.sweep()
        clock.set("2026-11-24 07:00")
        assert remind() == 1
        jobs.sweep()
        assert sms.carried == []
        clock.set("2026-11-24 08:00")
        jobs.sweep()
    assert len(sms.carried) == 1
    assert "near 9:00 am" in sms.said[0][1]
    assert set(Message.objects.values_list("state", "reason")) == {("dropped", "passed"), ("sent", "")}


# ── Around midnight, when it is still yesterday in UTC ─────────────────────────────────────────────────────────
@pytest.mark.parametrize("now", ["2026-11-24 00:00", "2026-11-24 00:30", "2026-11-24 05:29"])
def test_in_the_small_hours_the_evening_before_is_still_to_come(dr_rao: Any, now: str) -> None:
    for day in (24, 25):
        slot = cast.slot(doctor=dr_rao, starts_at=ist(f"2026-11-{day} 10:00"), booked=1)
        cast.appointment(doctor=dr_rao, patient=cast.patient(), slot=slot, created_at=ist("2026-11-20 09:00"))
    with clock_at(now) as clock:
        assert remind() == 0
        clock.set("2026-11-24 18:00")
        remind()
    evening = Message.objects.get(kind="evening")
    assert "Wed 25 Nov" in evening.text
    assert evening.useful_until == ist("2026-11-25 00:00")


def test_a_visit_just_after_midnight_is_reminded_of_on_the_day_it_is(dr_rao: Any) -> None:
    slot = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 00:30"), booked=1)
    cast.appointment(doctor=dr_rao, patient=cast.patient(), slot=slot, created_at=ist("2026-11-20 09:00"))
    with clock_at("2026-11-23 18:00"):
        remind()
    message = Message.objects.get()
    assert "Tue 24 Nov, near 12:30 am" in message.text
    assert message.useful_until.astimezone(IST) == ist("2026-11-24 00:00")
