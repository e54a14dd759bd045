"""The page where a sheet is typed in after a power cut: checked, entered, and kept where something is wrong."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import cast
from tests.desk import refusing
from tests.power_cut import number
from tests.reception import Kind
from tests.waiting_room import walk_in
from tokens import services
from tokens.models import Purpose, Queue, TokenEvent

pytestmark = pytest.mark.django_db


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
