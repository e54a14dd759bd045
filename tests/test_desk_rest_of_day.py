"""The rest of a day is called off: everybody who is still to be seen is settled, one by one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.models import Message
from scheduling.models import Block, Conflict
from scheduling.slots import make_slots
from tests import cast
from tests.clock import clock_at
from tests.desk import at, words
from tests.waiting_room import walk_in
from tokens import services
from tokens.models import Queue

pytestmark = pytest.mark.django_db


def test_calling_off_the_rest_of_the_day_leads_through_everybody(
    desk: Any, dr_rao: Any, asha: Any, reena: Any, kurian: Queue
) -> None:
    with clock_at("2026-11-24 10:00"):
        cast.hours(doctor=dr_rao, weekday=1)
        make_slots()
        slot = dr_rao.slots.filter(starts_at__gt=timezone.now()).earliest("starts_at")
        dr_rao.slots.filter(pk=slot.pk).update(booked=1)
        visit = cast.appointment(doctor=dr_rao, patient=asha, slot=slot)
        room = services.current_queue(dr_rao)
        here = walk_in(queue=room, name="Ravi Kumar", by=reena)
        before = words(desk.get(f"{at(room)}rest-of-day/"))
        assert "2 patients are still to be seen" in before
        shown = words(desk.post(f"{at(room)}rest-of-day/", {"answer": "emergency"}, follow=True))
        desk.post(f"{at(room)}rest-of-day/", {"answer": "emergency"})  # pressed twice
        assert Block.objects.count() == 1
        assert "0 settled, 2 left" in shown
        assert "Move to" in shown
        conflict = Conflict.objects.get()
        assert "has been called to an emergency" in Message.objects.get(kind="affected").text
        desk.post(f"/changes/lake-clinic/{conflict.pk}/?at=rest", {"answer": "move"})
        visit.refresh_from_db()
        assert visit.date > room.date
        kurian_now = services.current_queue(kurian.doctor)
        desk.post(f"{at(room)}{here.number}/transfer/?at=rest", {"to": "dr-kurian"})
        assert kurian_now.tokens.get().patient.name == "Ravi Kumar"
        after = words(desk.get(f"{at(room)}rest-of-day/"))
        assert "2 settled, 0 left" in after
        assert "Everybody is settled." in after


def test_the_doctor_is_back_after_all(desk: Any, dr_rao: Any, asha: Any) -> None:
    with clock_at("2026-11-24 10:00"):
        cast.hours(doctor=dr_rao, weekday=1)
        make_slots()
        slot = dr_rao.slots.filter(starts_at__gt=timezone.now()).earliest("starts_at")
        dr_rao.slots.filter(pk=slot.pk).update(booked=1)
        cast.appointment(doctor=dr_rao, patient=asha, slot=slot)
        room = services.current_queue(dr_rao)
        desk.post(f"{at(room)}rest-of-day/", {"answer": "forced"})
        assert Conflict.objects.open().count() == 1
        desk.post(f"{at(room)}rest-of-day/", {"answer": "back"})
        assert (Conflict.objects.open().count(), Block.objects.count()) == (0, 0)
        room.refresh_from_db()
        assert room.doctor_state == Queue.DoctorState.CONSULTING


def test_the_rest_of_the_day_costs_as_many_queries_for_twenty_as_for_two(desk: Any, room: Queue, reena: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get(f"{at(room)}rest-of-day/")
        return len(captured)

    for _ in range(2):
        walk_in(queue=room, by=reena)
    few = queries()
    for _ in range(18):
        walk_in(queue=room, by=reena)
    assert queries() == few
