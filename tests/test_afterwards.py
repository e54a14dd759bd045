"""A power cut: what was written on paper is entered afterwards, at the times written."""

from datetime import timedelta
from typing import Any

import pytest

from patients.models import Patient
from tests import cast
from tests.power_cut import MORNING, at, enter, number, row, times
from tests.reception import Kind, give
from tests.waiting_room import walk_in
from tokens import services
from tokens.models import Purpose, Queue, QueueEvent, Token, TokenEvent
from tokens.services.afterwards import Row
from tokens.states import MAY_BECOME, State

pytestmark = pytest.mark.django_db


def test_a_sheet_is_entered_at_the_times_written(cut: Queue, reena: Any) -> None:
    codes = dict(cut.reserved.values_list("number", "code"))
    assert enter(cut, *MORNING, by=reena) == 5
    assert [number(cut, it).state for it in range(1, 6)] == ["completed"] * 3 + ["consulting", "waiting"]
    assert times(number(cut, 1))[2] == at("9:35")
    assert times(number(cut, 2)) == [at("9:25"), at("9:50"), at("10:05")]
    assert times(number(cut, 3)) == [at("9:20"), at("9:35"), at("9:50")]
    assert times(number(cut, 4)) == [at("9:40"), at("10:05"), None]
    third, fifth = number(cut, 3), number(cut, 5)
    assert (third.code, third.patient.name, third.patient.phone, third.kind) == (
        codes[3], "Patient 3", "+919847000445", Kind.WALK_IN
    )  # fmt: skip
    assert third.why == ""
    assert (third.patient.birth_year, third.patient.registered_at_id) == (1985, cut.clinic_id)
    assert (fifth.arrived_at, fifth.due_at, fifth.created_at) == (at("10:10"),) * 3
    assert list(cut.reserved.free().values_list("number", flat=True)) == [6]
    told = {(event.verb, event.by, event.why) for event in TokenEvent.objects.filter(token=third)}
    assert told == {("afterwards", reena, "Entered after a power cut.")}


def test_the_events_replayed_give_the_table_and_in_order_of_time_the_day(cut: Queue, reena: Any) -> None:
    enter(cut, *MORNING, by=reena)
    state: dict[int, str] = {}
    for event in cut.events.select_related("token").order_by("pk"):
        here = state.get(event.token.number, "")
        assert event.from_state == here
        assert not here or event.to_state in MAY_BECOME[State(here)]
        state[event.token.number] = event.to_state
    assert state == dict(cut.tokens.values_list("number", "state"))
    inside: set[int] = set()
    for event in cut.events.select_related("token").order_by("at", "pk"):
        if event.to_state == State.CONSULTING:
            inside.add(event.token.number)
        elif event.from_state == State.CONSULTING:
            inside.discard(event.token.number)
        assert len(inside) <= 1
    assert inside == {4}


def test_whoever_came_while_seconds_were_counted_keeps_the_order(cut: Queue, clock: Any, reena: Any) -> None:
    """The clock said 9:20:40 when Ravi came; the paper says in at 9:20, and that another went out then."""
    clock.set("2026-11-23 09:20:40")
    ravi = walk_in(queue=cut, name="Ravi Kumar", by=reena)
    clock.set("2026-11-23 11:00")
    enter(cut, row(1, went_out="9:20"), Row(number=ravi.number, went_in=at("9:20"), went_out=at("9:20")))
    ravi.refresh_from_db()
    assert ravi.arrived_at == ravi.consulting_at == ravi.ended_at == at("9:20") + timedelta(seconds=40)


def test_came_left_empty_is_when_they_went_in(cut: Queue) -> None:
    enter(cut, row(1, went_out="9:20"), row(3, "", "9:30", "9:40"))
    assert times(number(cut, 3)) == [at("9:30"), at("9:30"), at("9:40")]


def test_who_did_not_come_is_late_and_who_was_called_is_set_aside(cut: Queue, reena: Any) -> None:
    ravi = walk_in(queue=cut, name="Ravi Kumar", by=reena)
    enter(cut, row(2, absent=True), Row(number=ravi.number, absent=True), by=reena)
    assert number(cut, 2).state == State.LATE
    assert number(cut, ravi.number).state == State.SKIPPED


def test_who_came_in_time_but_was_marked_late_stands_where_they_were(cut: Queue) -> None:
    services.mark_late(queue=cut, number=2, by=None)
    enter(cut, row(2, "9:32"))
    token = number(cut, 2)
    assert (token.state, token.due_at, token.placed, token.arrived_at) == (State.WAITING, at("9:30"), "", at("9:32"))


def test_who_came_late_goes_in_by_the_rule(cut: Queue) -> None:
    services.mark_late(queue=cut, number=2, by=None)
    enter(cut, row(3, "9:20"), row(4, "9:40"), row(2, "10:00"))
    token = number(cut, 2)
    assert (token.placed, token.arrived_at) == (Token.Placed.LATE, at("10:00"))
    assert list(cut.tokens.waiting().in_calling_order().values_list("number", flat=True)) == [3, 4, 2]


def test_a_day_that_was_not_open_yet_opens_with_the_first_who_came(clock: Any, dr_rao: Any, reena: Any) -> None:
    queue = cast.queue(doctor=dr_rao)
    services.reserve(queue=queue, how_many=2, purpose=Purpose.POWER_CUT, by=reena)
    enter(queue, row(1, "9:05", "9:10", "9:30", is_new=True, name="Ravi"), row(2, "9:20", is_new=True, name="Sara"))
    queue.refresh_from_db()
    assert queue.opened_at == at("9:05")
    assert queue.doctor_state == Queue.DoctorState.CONSULTING
    assert QueueEvent.objects.filter(queue=queue, verb="afterwards").count() == 1


def test_where_nobody_is_checked_in_those_booked_are_here_since_then(clock: Any, dr_rao: Any, reena: Any) -> None:
    dr_rao.clinic.checks_people_in = False
    dr_rao.clinic.save()
    queue = cast.queue(doctor=dr_rao)
    give(queue, Kind.BOOKED)
    services.reserve(queue=queue, how_many=1, purpose=Purpose.POWER_CUT, by=reena)
    enter(queue, row(1, "9:15", "9:20", "9:30"), row(2, "9:05", is_new=True, name="Ravi"))
    assert times(number(queue, 1)) == [at("9:05"), at("9:20"), at("9:30")]
    assert number(queue, 2).state == State.WAITING


def test_a_patient_the_clinic_knows_is_the_same(cut: Queue, dr_rao: Any) -> None:
    known = cast.patient(name="Devi Nair", phone="+919847000556", registered_at=dr_rao.clinic)
    enter(cut, row(3, "9:40", name="devi nair", phone="+919847000556"))
    assert number(cut, 3).patient == known
    assert Patient.objects.filter(pk=cut.reserved.get(number=3).pk).count() == 0
