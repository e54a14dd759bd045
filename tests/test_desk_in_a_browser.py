"""A morning in three windows: Reena's desk, the waiting room's screen and Asha's phone, against the running server."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import cast
from tests.waiting_room import booked, queue, walk_in
from tokens import services
from tokens.models import Board, Queue, Token

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1366, "height": 768}
TELEVISION = {"width": 1366, "height": 768}
SOON = 4000  # milliseconds: a second in the clinic, more on a busy machine


@pytest.fixture
def room(served: str, dr_rao: Any, reena: Any) -> Queue:
    """Dr Rao's queue: Ravi and Meera are here, Asha is expected."""
    room = queue(doctor=dr_rao)
    for name in ("Ravi Kumar", "Meera Nair"):
        walk_in(queue=room, name=name, by=reena)
    booked(queue=room, patient=cast.patient(name="Asha Thomas"), due_at=timezone.now() - timedelta(minutes=1))
    return room


@pytest.fixture
def reenas(windows: Callable[..., Page], served: str, room: Queue, reena: Any) -> Page:
    """The desk, as Reena has it open."""
    page = windows(size=DESK, who=reena)
    page.goto(f"{served}/desk/lake-clinic/dr-rao/")
    return page


@pytest.fixture
def screen(windows: Callable[..., Page], served: str, room: Queue) -> Page:
    """The waiting room's screen."""
    page = windows(size=TELEVISION)
    page.goto(served + Board.objects.create(clinic=room.clinic).get_absolute_url())
    return page


@pytest.fixture
def ashas(windows: Callable[..., Page], served: str, room: Queue) -> Page:
    """Asha's token on her phone."""
    page = windows(size=PHONE)
    page.goto(served + Token.objects.get(number=3).get_absolute_url())
    return page


def test_a_morning_in_three_windows(reenas: Page, screen: Page, ashas: Page, room: Queue) -> None:
    """Called, an emergency, late, running late, undone: nobody reloads anything."""
    reenas.keyboard.press("n")
    expect(screen.locator(".called .n")).to_have_text("1", timeout=SOON)
    expect(ashas.locator("#ticket")).to_contain_text("Your place goes by the time you booked", timeout=SOON)

    reenas.keyboard.press("e")
    reenas.keyboard.type("chest pain")
    reenas.keyboard.press("Enter")
    expect(reenas.locator("#messages")).to_contain_text("Token 4")
    expect(ashas.locator("#ticket")).to_contain_text("1 emergency goes before you.", timeout=SOON)
    expect(screen.locator(".nexts").first).to_contain_text("4", timeout=SOON)

    services.mark_late(queue=room, number=3, by=None)
    expect(ashas.locator("#ticket")).to_contain_text("You are marked late", timeout=SOON)
    expect(reenas.locator("#desk")).to_contain_text("Late 1", timeout=SOON)
    reenas.get_by_role("button", name="Token 3 has arrived").click()
    expect(ashas.locator("#ticket")).to_contain_text("You came after your time, so you go in after the next 3")

    reenas.keyboard.press("l")
    expect(reenas.locator("#messages")).to_contain_text("runs 20 min late")
    expect(reenas.get_by_role("button", name="Running 20 minutes late")).to_have_attribute("aria-pressed", "true")
    reenas.get_by_role("button", name="On a break for 10 minutes").click()
    expect(ashas.locator("#ticket")).to_contain_text("is on a break until", timeout=SOON)
    expect(screen.locator("#board")).to_contain_text("on a break", timeout=SOON)

    reenas.keyboard.press("z")
    expect(reenas.locator("#messages")).to_contain_text("Undone: Where the doctor is")
    expect(ashas.locator("#ticket")).not_to_contain_text("is on a break", timeout=SOON)
    reenas.keyboard.press("n")
    expect(screen.locator(".called .n")).to_have_text("4", timeout=SOON)
    reenas.keyboard.press("z")
    expect(screen.locator("#board .n").first).to_have_text("1", timeout=SOON)


def test_two_desks_show_the_same_within_a_second(
    windows: Callable[..., Page], served: str, reenas: Page, room: Queue, lake: Any
) -> None:
    salmas = windows(size=DESK, who=cast.staff(clinic=lake, name="Salma"))
    salmas.goto(f"{served}/desk/lake-clinic/dr-rao/")
    reenas.keyboard.press("n")
    expect(salmas.locator("#desk .now")).to_have_text("1", timeout=SOON)
    salmas.keyboard.press("w")
    salmas.keyboard.type("George Mathew")
    salmas.keyboard.press("Enter")
    expect(reenas.locator("#desk")).to_contain_text("George Mathew", timeout=SOON)


def test_the_whole_desk_works_by_keyboard_alone(reenas: Page, room: Queue) -> None:
    press = reenas.keyboard.press
    press("?")
    expect(reenas.get_by_role("dialog")).to_contain_text("Call next")
    expect(reenas.get_by_role("dialog")).to_contain_text("Choose somebody")
    press("Escape")
    expect(reenas.get_by_role("dialog")).to_have_count(0)
    for _ in range(3):
        press("ArrowDown")
    expect(reenas.locator("#row-2")).to_be_focused()
    press("ArrowUp")
    expect(reenas.locator("#row-1")).to_be_focused()
    press("c")  # the chosen one
    expect(reenas.locator("#desk .now")).to_have_text("1")
    press("d")
    expect(reenas.locator("#desk")).to_contain_text("Nobody inside")
    press("ArrowDown")
    press("Enter")
    expect(reenas.get_by_role("heading", name="What has happened")).to_be_visible()
    reenas.wait_for_load_state()
    press("m")
    expect(reenas.get_by_label("Goes in")).to_be_focused()
    press("Tab")
    reenas.keyboard.type("with a small child")
    press("Enter")
    expect(reenas.locator("body")).to_contain_text("Moved by Reena: with a small child")
    reenas.wait_for_load_state()
    press("Escape")
    expect(reenas.locator("#desk")).to_be_visible()


def test_the_main_actions_need_no_scrolling_on_a_small_screen(reenas: Page) -> None:
    for name in ("#call-next", "#again", "#not-here", "#done", "#state-left", "#break-10", "#away-15", "#delay-60"):
        expect(reenas.locator(name)).to_be_in_viewport(ratio=1)
    for label in ("Name", "Mobile", "Reason"):
        expect(reenas.get_by_label(label, exact=False).first).to_be_in_viewport(ratio=1)
    assert reenas.evaluate("document.documentElement.scrollWidth") <= DESK["width"]


def test_somebody_known_is_chosen_while_typing(reenas: Page, room: Queue, lake: Any, reena: Any) -> None:
    other = queue(doctor=cast.doctor(clinic=lake, name="Joseph Kurian"))
    patient = cast.patient(name="Fathima Salim", phone="+919847000556", registered_at=lake, birth_year=1990)
    services.issue(queue=other, patient=patient, kind=Token.Kind.WALK_IN, by=reena)
    reenas.keyboard.press("w")
    reenas.keyboard.type("fath")
    reenas.get_by_role("button", name="Fathima Salim").click()
    expect(reenas.get_by_label("Mobile")).to_have_value("98470 00556")
    expect(reenas.get_by_role("button", name="Add to the line")).to_be_focused()
    reenas.keyboard.press("Enter")
    expect(reenas.locator("#messages")).to_contain_text("Token 4 for Fathima Salim.")
    assert room.tokens.get(number=4).patient_id == patient.pk


def test_two_receptionists_who_press_at_once_call_one_patient(
    windows: Callable[..., Page], served: str, reenas: Page, room: Queue, lake: Any
) -> None:
    salmas = windows(size=DESK, who=cast.staff(clinic=lake, name="Salma"))
    salmas.goto(f"{served}/desk/lake-clinic/dr-rao/")
    reenas.locator("#call-next").evaluate("it => it.click()")
    salmas.locator("#call-next").evaluate("it => it.click()")
    expect(reenas.locator("#desk .now")).to_have_text("1", timeout=SOON)
    expect(salmas.locator("#desk .now")).to_have_text("1", timeout=SOON)
    assert room.events.filter(verb="call").count() == 1


PRESSED_UNREAD = """() => new Promise((pressed) => new MutationObserver((_, watch) => {
    if (document.querySelector('#desk .now')?.textContent !== '1') return
    watch.disconnect()
    document.querySelector('#call-next').click()
    pressed()
}).observe(document.body, { childList: true, subtree: true }))"""


def test_a_press_made_as_the_screen_changes_means_what_stood_there_before(
    windows: Callable[..., Page], served: str, reenas: Page, room: Queue, lake: Any
) -> None:
    salmas = windows(size=DESK, who=cast.staff(clinic=lake, name="Salma"))
    salmas.goto(f"{served}/desk/lake-clinic/dr-rao/")
    expect(salmas.locator("#desk .now")).to_have_count(0)
    salmas.evaluate(f"() => void (window.pressed = ({PRESSED_UNREAD})())")
    reenas.keyboard.press("n")
    salmas.evaluate("() => window.pressed")
    expect(salmas.locator("#messages")).to_contain_text("has just called 1")
    assert room.events.filter(verb="call").count() == 1
    salmas.wait_for_timeout(350)
    salmas.keyboard.press("n")
    expect(salmas.locator("#desk .now")).to_have_text("2", timeout=SOON)
