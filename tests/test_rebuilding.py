"""A change of the hours makes the touched days anew: the same times as a fresh calendar, and nobody booked is lost."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctors.models import Doctor
from scheduling.models import (
    Appointment,
    Block,
    DateOverride,
    Holiday,
    LeaveRequest,
    Maintenance,
    Mode,
    Sitting,
    Slot,
    WeeklyHours,
)  # fmt: skip
from scheduling.slots import Crowded, make_slots, rebuild
from tests import cast
from tests.clock import ist

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sunday_noon")]

MONDAY, HORIZON = date(2026, 11, 23), date(2026, 11, 22) + timedelta(days=89)


def offered(doctor: Doctor, on: date | None = None) -> list[tuple]:
    """What patients could tap: start, length, mode and capacity."""
    slots = Slot.objects.ahead().filter(doctor=doctor, is_blocked=False).order_by("starts_at", "mode")
    slots = slots.filter(date=on) if on else slots
    return [(it.starts_at, it.ends_at - it.starts_at, it.mode, it.capacity, it.branch_id) for it in slots]


def clocks(doctor: Doctor, on: date = MONDAY) -> list[str]:
    """The times of a day that are offered, as on the clinic's wall."""
    return [f"{doctor.clinic.local(row[0]):%H:%M}" for row in offered(doctor, on)]


def test_a_new_sitting_appears_and_a_deleted_one_goes(dr_rao: Doctor) -> None:
    morning = cast.hours(doctor=dr_rao, ends=time(10), slot_minutes=20)
    make_slots()
    cast.hours(doctor=dr_rao, starts=time(17), ends=time(18), slot_minutes=30)
    morning.delete()
    rebuild([dr_rao.pk])
    assert clocks(dr_rao) == ["17:00", "17:30"]
    assert Slot.objects.count() == len(offered(dr_rao))  # what nobody had booked is gone, not hidden


def test_shorter_hours_keep_who_is_booked_and_offer_the_rest_no_more(dr_rao: Doctor, asha: Any) -> None:
    hours = cast.hours(doctor=dr_rao, ends=time(10), slot_minutes=20)
    make_slots()
    late = Slot.objects.get(doctor=dr_rao, starts_at=ist("2026-11-23 09:40"))
    Slot.objects.filter(pk=late.pk).update(booked=1)
    cast.appointment(doctor=dr_rao, patient=asha, slot=late)
    WeeklyHours.objects.filter(pk=hours.pk).update(ends=time(9, 40))
    rebuild([dr_rao.pk])
    assert clocks(dr_rao) == ["09:00", "09:20"]
    late.refresh_from_db()
    assert (late.is_blocked, late.is_void, late.booked) == (True, False, 1)


def test_somebody_who_is_just_booking_keeps_the_time_they_hold(dr_rao: Doctor) -> None:
    hours = cast.hours(doctor=dr_rao, ends=time(10), slot_minutes=30)
    make_slots()
    Slot.objects.filter(starts_at=ist("2026-11-23 09:30")).update(held=1)
    hours.delete()
    rebuild([dr_rao.pk])
    assert list(Slot.objects.values_list("starts_at", "is_blocked")) == [(ist("2026-11-23 09:30"), True)]


def test_times_of_another_length_go_round_whoever_is_booked(dr_rao: Doctor, asha: Any) -> None:
    hours = cast.hours(doctor=dr_rao, ends=time(10), slot_minutes=10)
    make_slots()
    slot = Slot.objects.get(doctor=dr_rao, starts_at=ist("2026-11-23 09:20"))
    Slot.objects.filter(pk=slot.pk).update(booked=1)
    cast.appointment(doctor=dr_rao, patient=asha, slot=slot)
    WeeklyHours.objects.filter(pk=hours.pk).update(slot_minutes=15)
    rebuild([dr_rao.pk])
    assert clocks(dr_rao) == ["09:00", "09:30", "09:45"]  # 9:15 would end in the middle of Asha's time


def test_a_cancelled_visit_stands_in_nobodys_way(dr_rao: Doctor, asha: Any) -> None:
    hours = cast.hours(doctor=dr_rao, ends=time(10), slot_minutes=10)
    make_slots()
    slot = Slot.objects.get(doctor=dr_rao, starts_at=ist("2026-11-23 09:20"))
    visit = cast.appointment(
        doctor=dr_rao, patient=asha, slot=slot, state="cancelled", cancelled_at=ist("2026-11-22 11:00")
    )
    WeeklyHours.objects.filter(pk=hours.pk).update(slot_minutes=15)
    rebuild([dr_rao.pk])
    assert clocks(dr_rao) == ["09:00", "09:15", "09:30", "09:45"]
    visit.refresh_from_db()
    assert visit.slot.is_void
    WeeklyHours.objects.filter(pk=hours.pk).update(slot_minutes=10)
    rebuild([dr_rao.pk])
    assert clocks(dr_rao) == ["09:00", "09:10", "09:20", "09:30", "09:40", "09:50"]
    visit.refresh_from_db()
    assert not visit.slot.is_void


def test_a_buffer_is_left_free_after_each_time(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao, ends=time(10), slot_minutes=15, buffer_minutes=5)
    make_slots()
    assert clocks(dr_rao) == ["09:00", "09:20", "09:40"]


def test_patients_are_seen_at_the_clinic_and_by_video_at_the_same_time(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao, ends=time(9, 30), slot_minutes=30, capacity=2, tele_capacity=1)
    make_slots()
    monday = offered(dr_rao, MONDAY)
    assert [(row[2], row[3]) for row in monday] == [(Mode.CLINIC, 2), (Mode.TELE, 1)]


def test_less_room_than_is_booked_is_told_and_nobody_is_put_out(dr_rao: Doctor) -> None:
    hours = cast.hours(doctor=dr_rao, ends=time(9, 30), slot_minutes=30, capacity=3)
    make_slots()
    Slot.objects.filter(date=MONDAY).update(booked=2)
    WeeklyHours.objects.filter(pk=hours.pk).update(capacity=1)
    crowded = rebuild([dr_rao.pk])
    assert crowded == [Crowded(dr_rao.pk, ist("2026-11-23 09:00"), taken=2, capacity=1)]
    assert [row[3] for row in offered(dr_rao, MONDAY)] == [2]


def test_a_change_of_one_day_leaves_the_others_as_they_are(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao, ends=time(10), slot_minutes=30)
    make_slots()
    before = list(Slot.objects.exclude(date=MONDAY).values_list("pk", flat=True))
    cast.override(doctor=dr_rao, on=MONDAY, starts=time(14), ends=time(15), slot_minutes=30)
    rebuild([dr_rao.pk], first=MONDAY, last=MONDAY)
    assert clocks(dr_rao) == ["14:00", "14:30"]
    assert list(Slot.objects.exclude(date=MONDAY).values_list("pk", flat=True)) == before


def test_what_was_this_morning_stays_as_it_was(dr_rao: Doctor, sunday_noon: Any) -> None:
    cast.hours(doctor=dr_rao, weekday=6, starts=time(11), ends=time(14), slot_minutes=30)
    make_slots()
    WeeklyHours.objects.all().delete()
    rebuild([dr_rao.pk])
    left = Slot.objects.order_by("starts_at").values_list("starts_at", flat=True)
    assert list(left) == [ist("2026-11-22 11:00"), ist("2026-11-22 11:30"), ist("2026-11-22 12:00")]


def test_a_doctor_who_leaves_offers_nothing_more(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao)
    make_slots()
    Doctor.objects.update(status=Doctor.Status.INACTIVE)
    rebuild([dr_rao.pk])
    assert not Slot.objects.exists()


def test_a_doctor_nobody_has_made_times_for_gets_them_all_at_the_first_change(dr_rao: Doctor) -> None:
    cast.hours(doctor=dr_rao)
    rebuild([dr_rao.pk], first=MONDAY, last=MONDAY)
    assert Slot.objects.latest("date").date > HORIZON - timedelta(days=7)
    assert make_slots() == 0


# ── rooms ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def room(lake: Any) -> Any:
    """Room 2 of Lake Clinic."""
    return lake.rooms.create(name="Room 2", branch=lake.branches.get())


def test_two_doctors_never_have_one_room_at_the_same_hour_of_the_week(dr_rao: Doctor, lake: Any, room: Any) -> None:
    other = cast.doctor(clinic=lake, name="Meera Nair")
    cast.hours(doctor=dr_rao, room=room)
    with pytest.raises(IntegrityError, match="weekly_hours_never_share_a_room"), transaction.atomic():
        cast.hours(doctor=other, room=room, starts=time(11), ends=time(13))
    cast.hours(doctor=other, room=room, starts=time(12), ends=time(13))


def test_an_extra_sitting_never_takes_a_room_that_somebody_has_every_week(dr_rao: Doctor, lake: Any, room: Any) -> None:
    other = cast.doctor(clinic=lake, name="Meera Nair")
    cast.hours(doctor=dr_rao, room=room)
    rebuild([dr_rao.pk])
    with pytest.raises(IntegrityError, match="a_room_has_one_doctor"), transaction.atomic():  # noqa: PT012
        cast.override(doctor=other, on=MONDAY, starts=time(10), ends=time(11), room=room)
        rebuild([other.pk])
    assert not DateOverride.objects.exists()


def test_a_room_is_free_while_its_doctor_is_on_leave(dr_rao: Doctor, lake: Any, room: Any) -> None:
    other = cast.doctor(clinic=lake, name="Meera Nair")
    cast.hours(doctor=dr_rao, room=room)
    cast.leave(doctor=dr_rao, starts_at=ist("2026-11-23 00:00"), ends_at=ist("2026-11-24 00:00"))
    rebuild([dr_rao.pk])
    cast.override(doctor=other, on=MONDAY, starts=time(10), ends=time(11), room=room)
    rebuild([other.pk])
    assert Sitting.objects.get(date=MONDAY).doctor == other


# ── whatever is entered, in whatever order ────────────────────────────────────────────────────────────────────
QUARTERS = st.integers(8 * 4, 20 * 4).map(lambda n: time(n // 4, n % 4 * 15))
DAYS = st.integers(0, 9).map(lambda n: MONDAY + timedelta(days=n))
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["hours", "override", "extra", "leave", "block", "holiday", "painting", "delete", "book"]),
        DAYS, QUARTERS, st.integers(1, 16), st.sampled_from([10, 15, 20]), st.integers(0, 9),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def edit(doctor: Doctor, what: str, day: date, starts: time, quarters: int, minutes: int, which: int) -> None:
    """One change of a doctor's calendar; what the database refuses changes nothing."""
    moment = datetime.combine(day, starts)
    until = min(moment + timedelta(minutes=15 * quarters), datetime.combine(day, time(23, 45)))
    span = {"starts": starts, "ends": until.time(), "slot_minutes": minutes}
    aware = {"starts_at": moment.replace(tzinfo=doctor.clinic.tz), "ends_at": until.replace(tzinfo=doctor.clinic.tz)}
    if what == "hours":
        cast.hours(doctor=doctor, weekday=day.weekday(), weeks=which % 3, **span)
    elif what in ("override", "extra"):
        cast.override(doctor=doctor, on=day, replaces_day=what == "override", **span)
    elif what == "leave":
        cast.leave(doctor=doctor, asked_by=doctor.user or cast.staff(name=f"Asker {day}{starts}"), **aware)
    elif what == "block":
        cast.block(doctor=doctor, starts_at=aware["starts_at"], hours=None if which == 9 else quarters)
    elif what == "holiday":
        Holiday.objects.create(clinic=doctor.clinic, date=day, name="Onam")
    elif what == "painting":
        cast.maintenance(clinic=doctor.clinic, room=doctor.room, starts_at=aware["starts_at"], hours=quarters)
    elif what == "delete":
        rows = [row for model in SOURCES for row in model.objects.order_by("pk")]
        if rows:
            rows[which % len(rows)].delete()
    rebuild([doctor.pk])


SOURCES = (WeeklyHours, DateOverride, LeaveRequest, Block, Holiday, Maintenance)


def book_one(doctor: Doctor, which: int) -> None:
    """Somebody books one of the times on offer."""
    free = Slot.objects.filter(doctor=doctor, is_blocked=False, booked=0).order_by("starts_at")
    if slot := free[which : which + 1].first():
        Slot.objects.filter(pk=slot.pk).update(booked=1)
        patient = cast.patient(name=f"Guest {slot.pk}", phone=None)
        cast.appointment(doctor=doctor, patient=patient, slot=slot)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(edits=EDITS)
def test_any_edits_in_any_order_end_where_a_fresh_calendar_would(dr_rao: Doctor, edits: list[tuple]) -> None:
    with transaction.atomic():
        dr_rao.room = cast.room(clinic=dr_rao.clinic)
        dr_rao.save(update_fields=["room"])
        for one in edits:
            with suppress_refusals():
                book_one(dr_rao, one[-1]) if one[0] == "book" else edit(dr_rao, *one)
        booked = list(Appointment.objects.select_related("slot"))
        kept = offered(dr_rao)
        assert all(it.slot.booked == 1 for it in booked)  # nobody is lost
        mine = {(it.slot.starts_at, it.slot.ends_at) for it in booked}
        Appointment.objects.all().delete()
        Slot.objects.all().delete()
        rebuild([dr_rao.pk])
        fresh = offered(dr_rao)
        around = [row for row in fresh if not any(row[0] < end and row[0] + row[1] > start for start, end in mine)]
        assert [row for row in kept if (row[0], row[0] + row[1]) not in mine] == around
        transaction.set_rollback(True)


class suppress_refusals:
    """What the database refuses changes nothing, and the next edit goes on."""

    def __enter__(self) -> None:
        self.inner = transaction.atomic()
        self.inner.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.inner.__exit__(kind, error, trace)
        return isinstance(error, IntegrityError)
