"""A power cut: what was written on paper is entered afterwards, all of it or nothing, at the times written."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Patient
from tests import cast
from tests.clock import ist
from tests.desk import refusing
from tests.racing import at_once, split
from tests.reception import Kind, come, give
from tests.waiting_room import booked, walk_in
from tokens import services
from tokens.models import Purpose, Queue, QueueEvent, ReservedNumber, Token, TokenEvent
from tokens.services import afterwards
from tokens.services.afterwards import NotSo, Row
from tokens.states import MAY_BECOME, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def cut(clock: Any, dr_rao: Any, reena: Any) -> Queue:
    """Dr Rao's Monday: open since nine; Asha inside since 9:10, Bilal booked for 9:30, numbers 3 to 6 kept; the power
    went at 9:20, and it is eleven now."""
    clock.set("2026-11-23 09:00")
    queue = services.open_day(queue=services.queue_for(dr_rao, dr_rao.clinic.today()))
    asha = walk_in(queue=queue, name="Asha Thomas", by=reena)
    booked(queue=queue, patient=cast.patient(name="Bilal Rahman", phone=cast.BILALS_PHONE), due_at=at("9:30"))
    clock.set("2026-11-23 09:10:25")
    services.call_next(queue=queue, by=reena, seen=None)
    services.reserve(queue=queue, how_many=4, purpose=Purpose.POWER_CUT, by=reena)
    clock.set("2026-11-23 11:00")
    assert asha.number == 1
    queue.refresh_from_db()
    return queue


def at(clock: str) -> datetime:
    return ist(f"2026-11-23 {clock:0>5}")


def row(number: int, came: str = "", went_in: str = "", went_out: str = "", **fields: Any) -> Row:
    """A row as written."""
    times = {"came": came, "went_in": went_in, "went_out": went_out}
    if number > 2:
        fields = {"is_new": True, "name": f"Patient {number}"} | fields
    return Row(number=number, **{name: at(text) for name, text in times.items() if text}, **fields)


def enter(queue: Queue, *rows: Row, by: Any = None) -> int:
    return afterwards.enter(queue=queue, rows=rows, by=by)


def problems(queue: Queue, *rows: Row) -> dict[tuple[int, str], str]:
    """What stands against them; entering them says the same, and does nothing."""
    before = list(TokenEvent.objects.values_list("pk"))
    found = afterwards.check(queue=queue, rows=rows)
    with pytest.raises(NotSo) as refused:
        enter(queue, *rows)
    assert refused.value.problems == found
    assert list(TokenEvent.objects.values_list("pk")) == before
    return found


def number(queue: Queue, which: int) -> Token:
    return queue.tokens.select_related("patient").get(number=which)


def times(token: Token) -> list[datetime | None]:
    return [token.arrived_at, token.consulting_at, token.ended_at]


MORNING = (
    row(1, went_out="9:35"),
    row(2, "9:25", "9:50", "10:05"),
    row(3, "9:20", "9:35", "9:50", phone="+919847000445", age=41),
    row(4, "9:40", "10:05"),
    row(5, "10:10"),
)


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


# ── what cannot have been so ──────────────────────────────────────────────────────────────────────────────────
@refusing
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(3, "11:05")], {(3, "came"): "That is still to come: it is 11:00 am."}),
        ([row(3, "8:55")], {(3, "came"): "That is before the day opened, at 9:00 am."}),
        ([row(3, "9:40", name="")], {(3, "name"): "Write the patient’s name."}),
        ([row(3)], {(3, "came"): "Write when they came."}),
        ([row(2, "9:40", "9:30"), row(1, went_out="9:20")], {(2, "in"): "Before they came, at 9:40 am."}),
        ([row(2, "9:25", "9:50", "9:45"), row(1, went_out="9:20")], {(2, "out"): "Before they went in, at 9:50 am."}),
        ([row(1, went_out="9:05")], {(1, "out"): "Before they went in, at 9:10 am."}),
        ([row(3, "9:40", went_out="9:50")], {(3, "in"): "Write when they went in."}),
        (
            [row(1, went_out="9:35"), row(2, "9:25", "9:30", "9:40")],
            {(2, "in"): "Token 1 was inside 9:10 am–9:35 am."},
        ),
        (
            [row(1, went_out="9:20"), row(3, "9:20", "9:30"), row(4, "9:20", "9:40", "9:50")],
            {(4, "in"): "Token 3 was inside 9:30 am and not out yet."},
        ),
        (
            [row(3, "9:20", "9:30", "9:40")],
            {(3, "in"): "Token 1 is inside now: write when they went out, or press Done there first."},
        ),
        (
            [row(1, went_out="9:40"), row(3, "9:00", "9:05", "9:10")],
            {(3, "in"): "Token 1 is inside now: press Done there first."},
        ),
        (
            [row(3, "9:20", name="Devi", phone="+919847000556"), row(4, "9:20", name="DEVI", phone="+919847000556")],
            {(4, "name"): "The same patient as number 3."},
        ),
        (
            [row(3, "9:20", name="Bilal Rahman", phone=cast.BILALS_PHONE)],
            {(3, "name"): "The same patient as number 2."},
        ),
        (
            [row(2, "9:40", absent=True)],
            {(2, "absent"): "Came, or did not come? Leave the times empty, or take this away."},
        ),
        ([row(9, "9:40")], {(9, "number"): "Number 9 was not kept back in this queue."}),
        ([row(99, "9:40", is_new=False)], {(99, "number"): "There is no token 99 in this queue."}),
        ([row(3, "9:40"), row(3, "9:50")], {(3, "number"): "Number 3 is here twice."}),
    ],
)  # fmt: skip
def test_what_cannot_have_been_so_is_said_beside_its_field(cut: Queue, rows: list[Row], expected: Any) -> None:
    found = problems(cut, *rows)
    assert {key: found[key] for key in expected} == expected


@refusing
def test_a_consultation_on_paper_does_not_overlap_one_the_desk_has_seen(cut: Queue, clock: Any, reena: Any) -> None:
    services.complete(queue=cut, by=reena, seen=1)  # 9:10 to 11:00
    found = problems(cut, row(3, "9:20", "9:30", "9:40"))
    assert found == {(3, "in"): "Token 1 was inside 9:10 am–11:00 am."}


@refusing
def test_what_the_desk_did_meanwhile_is_said(cut: Queue, reena: Any) -> None:
    services.issue(
        queue=cut, patient=cast.patient(name="Ravi Kumar", phone=None), kind=Kind.WALK_IN, by=reena, reserved=3
    )
    come(cut, number(cut, 2))
    services.complete(queue=cut, by=reena, seen=1)
    found = problems(cut, row(1, went_out="9:35"), row(2, "9:25"), row(3, "9:40"))
    assert found[1, "number"] == "Token 1 is done already."
    assert found[2, "number"] == "Token 2 is here since 11:00 am already."
    assert found[3, "number"] == "Number 3 has been given to Ravi Kumar meanwhile."


@refusing
def test_a_sheet_sent_twice_is_entered_once(cut: Queue, reena: Any) -> None:
    enter(cut, *MORNING, by=reena)
    found = problems(cut, *MORNING)
    assert {number for number, field in found if field == "number"} == {1, 2, 3, 4, 5}


@refusing
def test_a_closed_day_stays_closed(cut: Queue, reena: Any) -> None:
    services.complete(queue=cut, by=reena, seen=1)
    services.close_day(queue=cut, by=reena)
    with pytest.raises(services.finding.TokenError, match="closed"):
        enter(cut, row(3, "9:40"))


@pytest.mark.race
@refusing
def test_of_two_who_enter_the_same_sheet_one_enters_all_of_it(cut: Queue, reena: Any) -> None:
    entered, refused = split(at_once(*(lambda: enter(cut, *MORNING, by=reena) for _ in range(2))))
    assert entered == [5]
    assert [type(error) for error in refused] == [NotSo]
    assert TokenEvent.objects.filter(verb="afterwards").count() == 3 + 3 + 2 + 1 + 1
    assert cut.reserved.free().count() == 1


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────
def page_of(queue: Queue) -> str:
    return reverse("tokens:afterwards", args=[queue.clinic.slug, queue.doctor.slug])


TYPED = {
    "1-out": "935", "2-came": "9.25", "2-in": "0950", "2-out": "1005",
    "3-name": " Devi  Nair ", "3-mobile": "98470 00556", "3-age": "41", "3-came": "9:20", "3-in": "935", "3-out": "950",
    "4-name": "", "4-came": "",
}  # fmt: skip


@refusing
def test_reena_checks_and_enters(desk: Any, cut: Queue) -> None:
    empty = desk.get(page_of(cut)).content.decode()
    assert all(f'name="{field}"' in empty for field in ("1-out", "2-came", "3-name", "6-age"))
    assert 'name="1-came"' not in empty
    checked = desk.post(page_of(cut), TYPED | {"step": "check"}).content.decode()
    assert "New: came 9:20 am, in 9:35 am, out 9:50 am." in checked
    assert "Enter all: 3 rows" in checked
    assert 'value="98470 00556"' in checked
    assert not TokenEvent.objects.filter(verb="afterwards").exists()
    done = desk.post(page_of(cut), TYPED | {"step": "enter"}, follow=True)
    assert done.redirect_chain[-1][0].startswith("/desk/lake-clinic/dr-rao/")
    assert "3 rows entered." in done.content.decode()
    assert number(cut, 3).patient.name == "Devi Nair"
    again = desk.post(page_of(cut), TYPED | {"step": "enter"}).content.decode()
    assert "All of this has been entered already." in again
    assert TokenEvent.objects.filter(verb="afterwards").count() == 3 + 3 + 1


@refusing
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(desk: Any, cut: Queue) -> None:
    typed = {"3-name": "41", "3-mobile": "12", "3-age": "old", "3-came": "9h", "2-came": "2:00pm", "step": "enter"}
    page = desk.post(page_of(cut), typed).content.decode()
    for said in ("in letters", "10 digits", "whole number up to 120", "like 935", "still to come"):
        assert said in page
    for value in ("41", "12", "old", "9h", "2:00pm"):
        assert f'value="{value}"' in page
    assert page.count('aria-invalid="true"') == 5
    assert "2 rows cannot be entered like this." in page
    assert cut.reserved.free().count() == 4


@refusing
def test_a_number_given_meanwhile_is_still_shown_with_what_was_typed(desk: Any, cut: Queue, reena: Any) -> None:
    services.issue(
        queue=cut, patient=cast.patient(name="Ravi Kumar", phone=None), kind=Kind.WALK_IN, by=reena, reserved=3
    )
    services.complete(queue=cut, by=reena, seen=1)
    page = desk.post(page_of(cut), TYPED | {"step": "check"}).content.decode()
    assert "Number 3 has been given to Ravi Kumar meanwhile." in page
    assert 'value="98470 00556"' in page
    assert "Token 1 is done already." in page


def test_nothing_typed_is_said(desk: Any, cut: Queue) -> None:
    assert (
        "Nothing is written yet."
        in desk.post(page_of(cut), {"step": "enter", "x": "1", "0-name": "a"}).content.decode()
    )


def test_a_doctor_enters_their_own_sheet_only(cut: Queue, rao: Any, lake: Any, signed_in: Any) -> None:
    other = cast.queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))
    assert signed_in(rao).post(page_of(other), {"step": "check"}).status_code == 403
    assert signed_in(rao).post(page_of(cut), {"step": "check"}).status_code == 200


def test_the_page_asks_the_database_no_more_for_many_rows(
    desk: Any, cut: Queue, reena: Any, django_assert_num_queries: Any
) -> None:
    desk.get(page_of(cut))
    with CaptureQueriesContext(connection) as few:
        desk.post(page_of(cut), TYPED | {"step": "check"})
    for at_ in range(5):
        walk_in(queue=cut, name=f"Patient of {at_}", by=reena)
    services.reserve(queue=cut, how_many=5, purpose=Purpose.POWER_CUT, by=reena)
    with django_assert_num_queries(len(few)):
        desk.post(page_of(cut), TYPED | {"12-name": "Sara", "12-came": "1010", "step": "check"})


# ── a kept number's page, and slips ───────────────────────────────────────────────────────────────────────────
def test_a_kept_number_has_a_page_until_the_token_takes_its_place(cut: Queue) -> None:
    address = cut.reserved.get(number=3).get_absolute_url()
    answer = Client().get(address)
    page = answer.content.decode()
    assert "the clinic will enter it when its power is back" in page
    assert '<span class="n">3</span>' in page
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert Client().get(address + "?kept=1", headers={"HX-Request": "true"}).status_code == 204
    enter(cut, row(3, "9:40"))
    assert Client().get(address + "?kept=1", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    shown = Client().get(address).content.decode()
    assert 'id="ticket"' in shown
    assert "power is back" not in shown


def test_a_code_that_nobody_knows_is_not_found(cut: Queue) -> None:
    assert Client().get("/t/nothing/").status_code == 404


def test_a_number_kept_for_a_guest_speaks_of_no_power_cut(cut: Queue, reena: Any) -> None:
    services.reserve(queue=cut, how_many=1, purpose=Purpose.VIP, by=reena)
    page = Client().get(ReservedNumber.objects.get(purpose="vip").get_absolute_url()).content.decode()
    assert "power" not in page


@pytest.mark.parametrize(("query", "width"), [("", 80), ("?width=58", 58), ("?width=9", 80), ("?width=x", 80)])
def test_a_slip_has_the_width_of_the_printer(desk: Any, cut: Queue, query: str, width: int) -> None:
    page = desk.get(reverse("tokens:slip", args=["lake-clinic", "dr-rao", 2]) + query).content.decode()
    assert f'data-width="{width}"' in page
    assert "<b>Bilal</b>" in page
    assert "Rahman" not in page
    assert "due 9:30 am" in page
    assert 'class="qr"' in page


def test_there_is_no_slip_of_a_token_that_is_none(desk: Any, cut: Queue) -> None:
    assert desk.get(reverse("tokens:slip", args=["lake-clinic", "dr-rao", 77])).status_code == 404
