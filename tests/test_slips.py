"""What somebody has in hand: the page of a number that was kept back, and the slip of a token."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.power_cut import enter, row
from tokens import services
from tokens.models import Purpose, Queue, ReservedNumber

pytestmark = pytest.mark.django_db


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
