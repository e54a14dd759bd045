"""The doctor is away after all: the patient waits, moves or cancels, and reception sees how far it is."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from doctors.models import Doctor
from scheduling import jobs, services
from scheduling.errors import BookingError
from scheduling.models import Appointment, Conflict, Hold, Slot
from scheduling.services.sources import changing, touched_by
from scheduling.slots import make_slots
from tests import cast
from tests.clock import ist

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sunday_noon")]


@pytest.fixture
def away(dr_rao: Doctor, lake: Any) -> Conflict:
    """Asha is booked with Dr Rao on Monday at nine; then the doctor is called to an emergency."""
    for weekday in range(2):
        cast.hours(doctor=dr_rao, weekday=weekday, starts=time(9), ends=time(10), slot_minutes=30)
    make_slots()
    slot = Slot.objects.get(doctor=dr_rao, starts_at=ist("2026-11-23 09:00"))
    services.book(hold=services.hold(slot=slot, browser="Asha's"), patient=cast.patient(), by=None)
    called_away(dr_rao, "2026-11-23 08:00")
    return Conflict.objects.get()


def called_away(doctor: Doctor, at: str) -> Any:
    """An emergency keeps a doctor for four hours."""
    span = cast.block(doctor=doctor, kind="emergency", starts_at=ist(at))
    with changing(touched_by(span), by=None):
        pass
    return span


def choose(conflict: Conflict) -> str:
    """The address in the patient's message."""
    return f"/t/{conflict.appointment.token.code}/choose/"


def test_the_patient_reads_why_and_what_is_kept(away: Conflict, client: Client) -> None:
    page = client.get(choose(away)).content.decode()
    assert "Dr Rao has been called to an emergency" in page
    assert "Tue 24 Nov, 9:00 am" in page


def test_moving_takes_the_kept_time_and_gives_back_the_old(away: Conflict, client: Client) -> None:
    answer = client.post(choose(away), {"answer": "move"})
    visit = Appointment.objects.select_related("slot", "token").get()
    assert answer.url == visit.token.get_absolute_url()
    assert (visit.starts_at, visit.slot.booked, visit.slot.held) == (ist("2026-11-24 09:00"), 1, 0)
    away.refresh_from_db()
    assert away.state == Conflict.State.MOVED
    assert not Slot.objects.filter(date="2026-11-23", booked__gt=0).exists()
    assert client.get(choose(away)).url == away.appointment.token.get_absolute_url()  # asked and answered


def test_moving_to_a_colleague_cancels_the_old_visit_with_the_new_one_booked(
    dr_rao: Doctor, lake: Any, client: Client
) -> None:
    other = cast.doctor(clinic=lake, name="Meera Nair")
    cast.override(doctor=dr_rao, on=ist("2026-11-23 00:00").date(), starts=time(9), ends=time(10), slot_minutes=30)
    cast.hours(doctor=other, starts=time(11), ends=time(12), slot_minutes=30)
    make_slots()
    slot = Slot.objects.get(doctor=dr_rao, starts_at=ist("2026-11-23 09:00"))
    services.book(hold=services.hold(slot=slot, browser="Asha's"), patient=cast.patient(), by=None)
    called_away(dr_rao, "2026-11-23 08:00")
    conflict = Conflict.objects.get()
    client.post(choose(conflict), {"answer": "move"})
    states = dict(Appointment.objects.values_list("doctor", "state"))
    assert states == {dr_rao.pk: "cancelled", other.pk: "confirmed"}
    assert Conflict.objects.get().state == Conflict.State.MOVED
    assert not Hold.objects.live().exists()


def test_waiting_keeps_the_visit_and_gives_the_other_time_back(away: Conflict, client: Client) -> None:
    client.post(choose(away), {"answer": "wait"})
    away.refresh_from_db()
    assert away.state == Conflict.State.WAITING
    assert not Hold.objects.live().exists()
    assert "You wait for the clinic’s call" in client.get(choose(away)).content.decode()


def test_cancelling_settles_it(away: Conflict, client: Client) -> None:
    code = away.appointment.token.code
    client.post(f"/t/{code}/cancel/")
    away.refresh_from_db()
    assert away.state == Conflict.State.CANCELLED
    assert not Hold.objects.live().exists()


def test_a_time_that_is_no_longer_kept_is_said_and_nothing_changes(
    away: Conflict, client: Client, sunday_noon: Any
) -> None:
    services.release(hold=away.alternative)
    answer = client.post(choose(away), {"answer": "move"}, follow=True)
    assert "That time is no longer kept for you" in answer.content.decode()
    assert Appointment.objects.get().starts_at == ist("2026-11-23 09:00")


def test_the_doctor_is_there_after_all(away: Conflict) -> None:
    span = away.doctor.blocks.get()
    touched = touched_by(span)
    with changing(touched, by=None):
        span.delete()
    away.refresh_from_db()
    assert away.state == Conflict.State.RESTORED
    assert Slot.objects.filter(date="2026-11-23", is_blocked=False).count() == 2


def test_a_second_reason_does_not_tell_the_patient_twice(away: Conflict) -> None:
    called_away(away.doctor, "2026-11-23 08:30")
    assert Conflict.objects.count() == 1


def test_what_nobody_answered_is_struck_off_when_the_time_is_over(away: Conflict, sunday_noon: Any) -> None:
    assert jobs.close_past_conflicts() == 0
    sunday_noon.set("2026-11-23 22:00")
    assert jobs.close_past_conflicts() == 1
    away.refresh_from_db()
    assert away.state == Conflict.State.OVER


def test_settled_is_settled(away: Conflict) -> None:
    services.accept(conflict=away, by=None)
    with pytest.raises(BookingError, match="settled already"):
        services.wait(conflict=away, by=None)


# ── reception ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_reception_sees_whom_it_concerns_and_answers_for_who_is_on_the_phone(
    away: Conflict, reena: Any, signed_in: Any
) -> None:
    client = signed_in(reena)
    page = client.get("/changes/lake-clinic/").content.decode()
    assert "Asha Thomas" in page
    assert "0 of 1 settled" in page
    page = client.post(f"/changes/lake-clinic/{away.pk}/", {"answer": "move"}, follow=True).content.decode()
    assert "Asha Thomas is moved: token 1, Tue 24 Nov." in page
    assert "1 of 1 settled" in page
    assert "Every booked visit has its doctor." in page


def test_a_long_list_takes_no_more_queries(
    away: Conflict, reena: Any, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    make = Slot.objects.get(doctor=away.doctor, starts_at=ist("2026-11-30 09:00"))
    services.book(hold=services.hold(slot=make, browser="b"), patient=cast.patient(name="Bilal", phone=None), by=None)
    called_away(away.doctor, "2026-11-30 08:00")
    client = signed_in(reena)
    with django_assert_max_num_queries(9):
        assert client.get("/changes/lake-clinic/").content.decode().count("Cancel visit") == 2
