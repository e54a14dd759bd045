"""A power cut: which rows cannot have been so, and that none of a sheet is entered then."""

from typing import Any

import pytest

from tests import cast
from tests.desk import refusing
from tests.power_cut import MORNING, enter, number, row
from tests.racing import at_once, split
from tests.reception import Kind, come
from tokens import services
from tokens.models import Queue, TokenEvent
from tokens.services import afterwards
from tokens.services.afterwards import NotSo, Row

pytestmark = pytest.mark.django_db


def problems(queue: Queue, *rows: Row) -> dict[tuple[int, str], str]:
    """What stands against them; entering them says the same, and does nothing."""
    before = list(TokenEvent.objects.values_list("pk"))
    found = afterwards.check(queue=queue, rows=rows)
    with pytest.raises(NotSo) as refused:
        enter(queue, *rows)
    assert refused.value.problems == found
    assert list(TokenEvent.objects.values_list("pk")) == before
    return found


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
