"""The page where reception asks for a sheet: who opens what, and what is refused."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from tests.reception import refused
from tests.sheets import asked, at, needs_pango
from tokens import printing, sheets
from tokens.models import Queue, Sheet

pytestmark = pytest.mark.django_db

State = Sheet.State


@needs_pango
@pytest.mark.django_db(transaction=True)
def test_reena_asks_for_the_list_and_opens_it(desk: Any, print_jobs: list[str], queue: Queue, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    page = desk.post(at("print", queue), {"kind": "day"}, follow=True).content.decode()
    assert "Being made" in page
    assert 'hx-trigger="every 1s"' in page
    printing.make(print_jobs[0])
    sheet = Sheet.objects.get()
    fragment = desk.get(at("print", queue), {"fragment": "1"}).content.decode()
    assert "hx-trigger" not in fragment
    assert at("sheet", queue, sheet.pk) in fragment
    answer = desk.get(at("sheet", queue, sheet.pk))
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"
    assert re.fullmatch(r'inline; filename="lake-clinic-dr-rao-[\d-]+-day\.pdf"', answer["Content-Disposition"])
    assert "no-store" in answer["Cache-Control"]


def test_a_sheet_of_another_doctor_or_clinic_is_not_found(
    desk: Any, queue: Queue, hema: Any, signed_in: Any, lake: Any
) -> None:
    sheet = asked(queue, state=State.READY, pdf="")
    other = cast.queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))
    assert desk.get(at("sheet", queue, sheet.pk)).status_code == 200
    assert desk.get(at("sheet", other, sheet.pk)).status_code == 404
    assert signed_in(hema).get(at("sheet", queue, sheet.pk)).status_code == 404


def test_a_sheet_that_is_not_ready_is_not_found(desk: Any, queue: Queue) -> None:
    assert desk.get(at("sheet", queue, asked(queue).pk)).status_code == 404


def test_a_doctor_prints_for_their_own_queue_only(queue: Queue, rao: Any, lake: Any, signed_in: Any, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    other = cast.queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))
    assert signed_in(rao).post(at("print", other), {"kind": "day"}).status_code == 403
    assert signed_in(rao).post(at("print", queue), {"kind": "day"}).status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("typed", ["0", "61", "", "many", "-1", "99999"])
def test_a_count_that_makes_no_sense_is_said_and_kept(desk: Any, queue: Queue, typed: str) -> None:
    page = desk.post(at("print", queue), {"kind": "power", "numbers": typed}).content.decode()
    assert "Between 1 and 60 numbers fit on a sheet." in page
    assert f'name="numbers" value="{typed}"' in page
    assert not Sheet.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_without_patients_there_is_nothing_to_print(desk: Any, queue: Queue) -> None:
    page = desk.post(at("print", queue), {"kind": "slips"}).content.decode()
    assert "nothing to print" in page
    with refused("nothing that can be printed"):
        sheets.ask(queue=queue, kind="poster", by=None)


def test_the_page_asks_the_database_no_more_for_many_sheets(
    desk: Any, queue: Queue, django_assert_num_queries: Any, reena: Any
) -> None:
    asked(queue, state=State.FAILED, asked_by=reena)
    with CaptureQueriesContext(connection) as one:
        desk.get(at("print", queue))
    for _ in range(5):
        asked(queue, state=State.READY, pdf="", asked_by=reena)
    with django_assert_num_queries(len(one)):
        desk.get(at("print", queue))
