"""The waiting room's screen on a turned television, and on the phone of whoever wants to look at it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests import cast
from tests.usable import troubles_of
from tests.waiting_room import queue, walk_in
from tokens import services
from tokens.models import Board

pytestmark = pytest.mark.browser

# Names of what stands outside of its row, or runs into what stands beside it.
ASTRAY = """() => [...document.querySelectorAll('.calls li')].flatMap((row) => {
  const edge = row.getBoundingClientRect(), parts = [...row.children].map((it) => it.getBoundingClientRect())
  const outside = parts.some((it) => it.bottom > edge.bottom + 1 || it.right > edge.right + 1)
  const met = parts.some((a, i) => parts.slice(i + 1).some((b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1))
  return outside || met ? [row.innerText] : []
})"""


@pytest.fixture
def address(served: str) -> str:
    """A clinic with six doctors who are called for, one of them just now."""
    lake = cast.clinic(name="Lake Clinic")
    reena = cast.staff(clinic=lake)
    names = ("Kavitha Rao", "Thomas Kurian", "Aparna Krishnamoorthy", "Suresh Hari", "Fathima Beevi", "George Mathew")
    for at, name in enumerate(names):
        of_doctor = queue(doctor=cast.doctor(clinic=lake, name=name))
        for number in range(4):
            walk_in(queue=of_doctor, name=f"Patient {at} {number}", by=reena)
        services.call(queue=of_doctor, number=1, by=reena, seen=None)
    return served + Board.objects.create(clinic=lake).get_absolute_url()


@pytest.mark.parametrize(("width", "height"), [(320, 640), (360, 740), (768, 1366), (1080, 1920)])
def test_upright_every_doctor_has_a_row_that_holds_what_it_says(
    windows: Callable[..., Page], address: str, width: int, height: int
) -> None:
    page = windows(size={"width": width, "height": height})
    page.goto(address)
    assert page.locator(".calls li").count() == 6
    assert page.evaluate(ASTRAY) == []
    assert troubles_of(page, "board", width) == []


@pytest.mark.parametrize(("width", "height"), [(768, 1366), (1080, 1920)])
def test_a_turned_television_shows_six_doctors_and_the_code_without_anybody_scrolling(
    windows: Callable[..., Page], address: str, width: int, height: int
) -> None:
    page = windows(size={"width": width, "height": height})
    page.goto(address)
    assert page.locator(".calls li").count() == 6
    assert page.evaluate("document.querySelector('.board .qr').getBoundingClientRect().bottom") < height
