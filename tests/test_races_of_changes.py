"""Who changes what somebody else is changing: what goes wrong without each protection, and that it does not with it."""

import threading
from datetime import time, timedelta
from threading import Event
from typing import Any

import pytest

from clinics.models import Room
from doctors.models import Doctor
from scheduling import services as calendar
from scheduling.errors import BookingError, CalendarError
from scheduling.models import Appointment, DateOverride, Sitting, Slot
from scheduling.services import changes
from scheduling.services.sources import changing, impact, touched_by
from scheduling.slots import make_slots
from tests import cast
from tests.clock import ist
from tests.racing import at_once, meeting, split, without_constraint
from tokens.models import Token

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


# ── one room, two doctors ─────────────────────────────────────────────────────────────────────────────────────
def both_want_the_room(dr_rao: Doctor) -> tuple[list[DateOverride], list[Exception]]:
    """Two admins give two doctors the same room; both have been shown that it is free before either saves."""
    clinic = dr_rao.clinic
    room = Room.objects.create(clinic=clinic, branch=clinic.branches.get(), name="Room 1")
    doctors = [dr_rao, cast.doctor(clinic=clinic, name="Joseph Kurian")]
    make_slots(days=3)
    tomorrow, shown = clinic.today() + timedelta(days=1), meeting(2, wait=5)

    def wanted(doctor: Doctor) -> DateOverride:
        return DateOverride(
            clinic=clinic, doctor=doctor, branch=room.branch, room=room, date=tomorrow, starts=time(9), ends=time(12)
        )

    def give(doctor: Doctor) -> DateOverride:
        hours = wanted(doctor)
        assert impact(wanted(doctor).save, touched_by(hours), by=None) == []
        shown()
        with changing(touched_by(hours), by=None):
            hours.save()
        return hours

    return split(at_once(*(lambda it=it: give(it) for it in doctors)))


def test_looking_first_whether_it_is_free_gives_a_room_to_two_doctors(dr_rao: Doctor) -> None:
    with (
        without_constraint("scheduling_dateoverride", "sittings_of_a_date_never_share_a_room"),
        without_constraint("scheduling_sitting", "a_room_has_one_doctor_at_a_time"),
    ):
        given, refused = both_want_the_room(dr_rao)
        assert refused == []
        assert len(given) == 2
        assert Sitting.objects.values("room").distinct().count() == 1
        assert Sitting.objects.count() == 2


def test_the_database_gives_it_to_one_and_the_other_is_told(dr_rao: Doctor) -> None:
    (given,), (refused,) = both_want_the_room(dr_rao)
    assert isinstance(refused, CalendarError)
    assert f"is taken by {given.doctor.short_name} on " in str(refused), "whoever was second reads whose it is"
    assert Sitting.objects.get().doctor == given.doctor
    assert not Slot.objects.exclude(doctor=given.doctor).exists()


# ── moving and cancelling one visit ───────────────────────────────────────────────────────────────────────────
def unlocked(token: Token) -> Appointment | None:
    """The visit behind a token, read without its lock."""
    return Appointment.objects.select_related(*changes.RELATED).filter(token=token).first()


def she_moves_while_the_desk_cancels(monkeypatch: Any, dr_rao: Doctor, *, read: Any) -> list[Exception]:
    """Both have read the visit; the move goes through first, where nothing keeps the two apart.

    Two are booked in her old time; in the new one there is room.
    """
    day = dr_rao.clinic.today() + timedelta(days=1)
    old = cast.slot(doctor=dr_rao, starts_at=ist(f"{day} 09:00"), capacity=2, booked=2)
    new = cast.slot(doctor=dr_rao, starts_at=ist(f"{day} 10:00"))
    hers = cast.appointment(doctor=dr_rao, patient=cast.patient(), slot=old).token
    cast.appointment(doctor=dr_rao, patient=cast.patient(phone=None), slot=old)
    both, moved, canceller = meeting(2), Event(), []

    def read_together(token: Token) -> Appointment | None:
        visit = read(token)
        both()
        if threading.get_ident() in canceller:
            moved.wait(1)
        return visit

    def move() -> Token:
        try:
            return calendar.reschedule(token=hers, slot=new, by=None)
        finally:
            moved.set()

    def cancel() -> Token:
        canceller.append(threading.get_ident())
        return calendar.cancel(token=hers, by=None, why="Too many")

    monkeypatch.setattr(changes, "_locked", read_together)
    return split(at_once(move, cancel))[1]


def places_taken() -> list[tuple[int, int]]:
    """Of each time: the places that count as booked, and who is really booked."""
    return [(it.booked, Appointment.objects.active().filter(slot=it).count()) for it in Slot.objects.all()]


def test_without_the_lock_the_place_of_somebody_else_is_given_away(monkeypatch: Any, dr_rao: Doctor) -> None:
    she_moves_while_the_desk_cancels(monkeypatch, dr_rao, read=unlocked)
    assert places_taken() == [(0, 1), (1, 0)]


def test_with_the_lock_she_is_moved_or_cancelled_or_one_after_the_other(monkeypatch: Any, dr_rao: Doctor) -> None:
    refused = she_moves_while_the_desk_cancels(monkeypatch, dr_rao, read=changes._locked)
    assert all(isinstance(error, BookingError) for error in refused)
    assert places_taken() == [(1, 1), (0, 0)]
    assert Appointment.objects.filter(state=Appointment.State.CANCELLED).count() == 1
    assert Token.objects.filter(state="cancelled").count() == 1
