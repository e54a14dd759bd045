"""A doctor asks for leave and sees whom it touches; the clinic decides; nobody who is booked is forgotten."""

from datetime import time, timedelta
from typing import Any

import pytest

from clinics.models import AuditEvent
from doctors.models import Doctor
from notifications.models import Message
from scheduling import services
from scheduling.errors import CalendarError
from scheduling.models import Appointment, Conflict, Hold, LeaveRequest, Slot
from scheduling.slots import make_slots
from tests import cast
from tests.clock import ist

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sunday_noon")]

State = LeaveRequest.State
MONDAY = {"first": "2026-11-23", "last": "", "starts": "", "ends": "", "why": "A wedding"}


@pytest.fixture
def calendar(dr_rao: Doctor, rao: Any) -> Doctor:
    """Dr Rao sits every morning from nine to ten, with times of half an hour."""
    for weekday in range(7):
        cast.hours(doctor=dr_rao, weekday=weekday, starts=time(9), ends=time(10), slot_minutes=30)
    make_slots()
    return dr_rao


def visit(doctor: Doctor, at: str, **who: Any) -> Appointment:
    """Somebody has booked the time of Dr Rao that begins then."""
    slot = Slot.objects.get(doctor=doctor, starts_at=ist(at))
    held = services.hold(slot=slot, browser=f"b{at}")
    return services.book(hold=held, patient=cast.patient(**who), by=None)


def ask(doctor: Doctor, by: Any, *, first: str = "2026-11-23 00:00", last: str = "2026-11-24 00:00") -> LeaveRequest:
    """Leave is asked for."""
    return services.ask_leave(doctor=doctor, starts_at=ist(first), ends_at=ist(last), why="", by=by)


def test_asking_changes_nothing_yet(calendar: Doctor, rao: Any, signed_in: Any) -> None:
    answer = signed_in(rao).post("/leave/", MONDAY | {"doctor": calendar.pk}, follow=True)
    assert "away on Mon 23 Nov" in answer.content.decode()
    assert LeaveRequest.objects.get().state == State.ASKED
    assert Slot.objects.filter(doctor=calendar, date="2026-11-23", is_blocked=False).count() == 2


def test_the_form_shows_whom_it_would_touch_and_touches_nobody(calendar: Doctor, rao: Any, signed_in: Any) -> None:
    visit(calendar, "2026-11-23 09:00")
    visit(calendar, "2026-11-24 09:00", name="Bilal Haneef", phone=cast.BILALS_PHONE)
    typed = MONDAY | {"doctor": calendar.pk}
    shown = signed_in(rao).get("/leave/impact/", typed, headers={"HX-Request": "true"}).content.decode()
    assert "1 visit would be affected" in shown
    assert "Asha Thomas" in shown
    assert "Bilal" not in shown
    assert "<html" not in shown
    both = signed_in(rao).get("/leave/impact/", typed | {"last": "2026-11-24"}).content.decode()
    assert "2 visits would be affected" in both
    assert "<html" in both  # without JavaScript it is a page of its own
    assert not Conflict.objects.exists()
    assert not LeaveRequest.objects.exists()
    assert not Hold.objects.live().exists()
    assert Message.objects.filter(kind=Message.Kind.AFFECTED).count() == 0


def test_approved_leave_takes_the_times_and_tells_whoever_is_booked(
    calendar: Doctor, rao: Any, lekha: Any, signed_in: Any
) -> None:
    mine = visit(calendar, "2026-11-23 09:00")
    asked = ask(calendar, rao)
    page = signed_in(lekha).post(f"/leave/{asked.pk}/approve/", {"answer": "Have a good day"}, follow=True)
    assert "1 told, with a time kept for each." in page.content.decode()
    assert list(Slot.objects.filter(doctor=calendar, date="2026-11-23").values_list("is_blocked", "booked")) == [
        (True, 1)
    ]
    conflict = Conflict.objects.get()
    assert (conflict.appointment, conflict.why) == (mine, "Dr Rao is on leave")
    assert conflict.alternative.slot.starts_at == ist("2026-11-24 09:00")
    mine.refresh_from_db()
    assert mine.state == Appointment.State.CONFIRMED  # nothing is cancelled by itself
    told = Message.objects.get(kind=Message.Kind.AFFECTED).text
    assert f"/t/{mine.token.code}/choose/" in told
    assert told.startswith("Dr Rao is on leave: token 1")


def test_part_of_a_day_takes_that_part(calendar: Doctor, rao: Any, lekha: Any) -> None:
    asked = ask(calendar, rao, first="2026-11-23 09:30", last="2026-11-23 11:00")
    services.approve_leave(request=asked, by=lekha)
    times = Slot.objects.filter(doctor=calendar, date="2026-11-23").values_list("starts_at", flat=True)
    assert list(times) == [ist("2026-11-23 09:00")]
    assert asked.said == "on Mon 23 Nov, 09:30 to 11:00"


def test_leave_taken_back_gives_the_times_and_the_visits_back(calendar: Doctor, rao: Any, lekha: Any) -> None:
    mine = visit(calendar, "2026-11-23 09:00")
    asked = ask(calendar, rao)
    services.approve_leave(request=asked, by=lekha)
    services.take_leave_back(request=asked, by=rao)
    assert Conflict.objects.get().state == Conflict.State.RESTORED
    assert not Hold.objects.live().exists()
    assert Slot.objects.filter(doctor=calendar, date="2026-11-23", is_blocked=False).count() == 2
    mine.slot.refresh_from_db()
    assert mine.slot.booked == 1


def test_leave_is_rejected_with_a_reason(calendar: Doctor, rao: Any, lekha: Any, signed_in: Any) -> None:
    asked = ask(calendar, rao)
    client = signed_in(lekha)
    assert "Say why" in client.post(f"/leave/{asked.pk}/reject/", {"answer": " "}, follow=True).content.decode()
    client.post(f"/leave/{asked.pk}/reject/", {"answer": "Dr Nair is away too"})
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.decided_by) == (State.REJECTED, "Dr Nair is away too", lekha)
    assert [it.action for it in AuditEvent.objects.filter(action__startswith="leave").order_by("pk")] == [
        "leave.asked", "leave.rejected",
    ]  # fmt: skip


def test_what_is_decided_is_decided_once(calendar: Doctor, rao: Any, lekha: Any) -> None:
    asked = ask(calendar, rao)
    services.approve_leave(request=asked, by=lekha)
    with pytest.raises(CalendarError, match="decided already"):
        services.approve_leave(request=asked, by=lekha)


def test_two_leaves_at_one_time_are_refused_in_words(calendar: Doctor, rao: Any, signed_in: Any) -> None:
    ask(calendar, rao)
    page = signed_in(rao).post("/leave/", MONDAY | {"doctor": calendar.pk}).content.decode()
    assert "There is leave at that time already" in page
    assert 'value="A wedding"' in page
    assert LeaveRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"first": ""}, "Say from which day."),
        ({"first": "soon"}, "Write the day like 2026-11-24."),
        ({"first": "2026-11-20"}, "That day is over."),
        ({"last": "2026-11-22"}, "The last day must not be before the first."),
        ({"last": "2028-11-22"}, "Leave is for a year at most."),
        ({"starts": "11:00", "ends": "10:00"}, "The end must be after the start."),
        ({"starts": "late"}, "Write the time like 10:30."),
    ],
)
def test_bad_input_is_one_sentence_and_keeps_what_was_typed(
    calendar: Doctor, rao: Any, signed_in: Any, wrong: dict[str, str], sentence: str
) -> None:
    page = signed_in(rao).post("/leave/", MONDAY | wrong | {"doctor": calendar.pk}).content.decode()
    assert sentence in page
    assert 'value="A wedding"' in page
    assert not LeaveRequest.objects.exists()


def test_a_doctor_asks_for_nobody_else(calendar: Doctor, lake: Any, rao: Any, signed_in: Any) -> None:
    other = cast.doctor(clinic=lake, name="Meera Nair")
    signed_in(rao).post("/leave/", MONDAY | {"doctor": other.pk})
    assert not LeaveRequest.objects.exists()


def test_a_doctor_does_not_approve_their_own(calendar: Doctor, rao: Any, signed_in: Any) -> None:
    asked = ask(calendar, rao)
    assert signed_in(rao).post(f"/leave/{asked.pk}/approve/").status_code == 403


def test_an_alternative_is_kept_with_a_colleague_when_the_doctor_has_no_time(
    calendar: Doctor, lake: Any, rao: Any, lekha: Any
) -> None:
    other = cast.doctor(clinic=lake, name="Meera Nair")
    cast.hours(doctor=other, starts=time(11), ends=time(12), slot_minutes=30)
    make_slots()
    visit(calendar, "2026-11-23 09:00")
    asked = ask(calendar, rao, last="2027-11-01 00:00")
    services.approve_leave(request=asked, by=lekha)
    kept = Conflict.objects.get().alternative
    assert (kept.doctor, kept.slot.starts_at) == (other, ist("2026-11-23 11:00"))
    assert kept.expires_at - kept.created_at <= timedelta(hours=24)
