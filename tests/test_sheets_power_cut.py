"""Which numbers stand on a sheet for a power cut."""

import re
from typing import Any

import pytest

from tests import cast
from tests.reception import Kind, give
from tokens import printing, services, sheets
from tokens.models import Purpose, Queue, Sheet, StandingBlock

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_second_sheet_has_the_numbers_that_are_free_already(print_jobs: list[str], queue: Queue, reena: Any) -> None:
    give(queue, Kind.WALK_IN)
    sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=4)
    assert list(queue.reserved.values_list("number", flat=True)) == [2, 3, 4, 5]
    Sheet.objects.all().delete()
    services.issue(queue=queue, patient=cast.patient(phone=None), kind=Kind.WALK_IN, by=reena, reserved=2)
    again = sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=5)
    assert list(queue.reserved.free().values_list("number", flat=True)) == [3, 4, 5, 6, 7]
    fewer = sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=2)
    assert queue.reserved.free().count() == 5
    for sheet, numbers in ((again, [3, 4, 5, 6, 7]), (fewer, [3, 4])):
        html = printing.html_of(sheet)
        kept = html.split('class="kept"')[1]
        assert [int(found) for found in re.findall(r'<th class="n">(\d+)<', kept)] == numbers


@pytest.mark.django_db(transaction=True)
def test_a_sheet_before_the_first_token_leaves_the_first_numbers_to_whom_they_are_always_kept(
    print_jobs: list[str], queue: Queue, reena: Any
) -> None:
    StandingBlock.objects.create(clinic=queue.clinic, doctor=queue.doctor, purpose=Purpose.VIP, size=2)
    sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=2)
    assert list(queue.reserved.values_list("number", "purpose")) == [(1, "vip"), (2, "vip"), (3, "power"), (4, "power")]
    assert give(queue, Kind.WALK_IN).number == 5


@pytest.mark.django_db(transaction=True)
def test_numbers_kept_for_a_guest_are_not_on_a_power_cut_sheet(print_jobs: list[str], queue: Queue, reena: Any) -> None:
    services.reserve(queue=queue, how_many=2, purpose=Purpose.VIP, by=reena)
    sheet = sheets.ask(queue=queue, kind=Sheet.Kind.POWER_CUT, by=reena, numbers=1)
    assert queue.reserved.count() == 3
    kept = printing.html_of(sheet).split('class="kept"')[1]
    assert re.findall(r'<th class="n">(\d+)<', kept) == ["3"]
