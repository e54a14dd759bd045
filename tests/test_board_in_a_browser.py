"""The waiting room's screen in a browser: what it says aloud, once, and how it lives on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import cast
from tests.clock import clock_at
from tests.waiting_room import queue, walk_in
from tokens import services
from tokens.models import Board, Queue

pytestmark = pytest.mark.browser

TELEVISION = {"width": 1366, "height": 768}

# What the browser says aloud is written down instead; each voice takes a while.
VOICES = """
window.spoken = [], window.chimes = 0
const voices = LANGUAGES.map((lang) => ({ lang, name: lang }))
Object.defineProperty(window, 'speechSynthesis', { value: {
  getVoices: () => voices, cancel: () => {},
  speak: (it) => {
    if (!it.text) return
    spoken.push(it.text)
    setTimeout(() => it.onstart?.(), 1)
    setTimeout(() => it.onend?.(), 200)
  },
} })
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } }
window.sockets = []
window.WebSocket = class extends WebSocket { constructor(...all) { super(...all), sockets.push(this) } }
const start = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (at) { chimes += 1; start.call(this, at) }
"""
ENGLISH = "Token {}, please go to Doctor Kavitha Rao.".format
MALAYALAM = "ടോക്കൺ {}, ദയവായി അകത്തേക്ക് വരൂ. ഡോക്ടർ Kavitha Rao വിളിക്കുന്നു.".format


@pytest.fixture
def room(served: str) -> Queue:
    """Dr Rao's queue with five who wait."""
    made = queue(doctor=cast.doctor(clinic=cast.clinic(name="Lake Clinic")))
    made.reena = cast.staff(clinic=made.clinic)
    for name in ("Ravi Kumar", "Meera Nair", "George Mathew", "Leela Paul", "Shaji Joseph"):
        walk_in(queue=made, name=name, by=made.reena)
    return made


@pytest.fixture
def board(room: Queue) -> Board:
    """The screen of Lake Clinic."""
    return Board.objects.create(clinic=room.clinic)


@pytest.fixture
def screen(windows: Callable[..., Page], served: str, board: Board) -> Callable[..., Page]:
    """Opens the screen, its sound switched on unless said otherwise."""

    def open_(*, languages: str = "['en-IN', 'ml-IN']", press: bool = True) -> Page:
        page = windows(size=TELEVISION)
        page.add_init_script(VOICES.replace("LANGUAGES", languages))
        page.goto(served + board.get_absolute_url())
        if press:
            page.get_by_role("button", name="Start the screen with sound").click()
        return page

    return open_


def call(room: Queue, *, seen: int | None = None) -> None:
    services.call_next(queue=room, by=room.reena, seen=seen)


def says(page: Page, *words: str) -> None:
    """Wait until it has said all this and nothing else."""
    page.wait_for_function("many => spoken.length >= many", arg=len(words), timeout=9000)
    page.wait_for_timeout(300)
    assert page.evaluate("spoken") == list(words)


def test_a_call_is_chimed_and_said_in_both_languages_once(
    screen: Callable[..., Page], room: Queue, board: Board
) -> None:
    page = screen()
    expect(page.get_by_role("button")).to_have_count(0)
    page.wait_for_function("() => document.querySelector('#board')")
    call(room)
    says(page, ENGLISH("one"), MALAYALAM("ഒന്ന്"))
    assert page.evaluate("chimes") == 2
    walk_in(queue=room, name="Devassy", by=room.reena)  # another push, with the same call in it
    expect(page.locator("#board")).to_have_attribute("data-version", _version(room))
    with page.expect_navigation():
        page.evaluate("() => { setTimeout(() => location.reload(), 50) }")  # as it does itself: the sound stays on
    page.wait_for_timeout(2500)
    assert page.evaluate("spoken") == []
    expect(page.get_by_role("button")).to_have_count(0)
    services.call_again(queue=room, by=room.reena)
    says(page, ENGLISH("one"), MALAYALAM("ഒന്ന്"))


def test_calls_close_together_wait_for_each_other_and_what_is_over_is_dropped(
    screen: Callable[..., Page], room: Queue
) -> None:
    page = screen(languages="['en-GB']")
    call(room)
    page.wait_for_function("() => chimes === 2")
    call(room, seen=1)
    expect(page.locator("#board .n")).to_have_text("2")
    call(room, seen=2)
    says(page, ENGLISH("one"), ENGLISH("three"))


def test_without_any_voice_there_is_still_the_chime(screen: Callable[..., Page], room: Queue) -> None:
    page = screen(languages="[]")
    page.evaluate("() => { speechSynthesis.speak = () => { throw new Error('no voice') } }")
    call(room)
    page.wait_for_function("() => chimes === 2")
    expect(page.locator("#board .n")).to_have_text("1")


def test_until_it_is_started_it_is_silent_and_shows_everything(screen: Callable[..., Page], room: Queue) -> None:
    page = screen(press=False)
    call(room)
    expect(page.locator("#board .n")).to_have_text("1")
    page.wait_for_timeout(1000)
    assert page.evaluate("[spoken.length, chimes]") == [0, 0]
    page.get_by_role("button", name="Start the screen with sound").click()
    says(page, ENGLISH("one"), MALAYALAM("ഒന്ന്"))


def test_an_old_call_is_not_said(screen: Callable[..., Page], room: Queue) -> None:
    with clock_at(timezone.now() - timedelta(seconds=35)):
        call(room)
    page = screen()
    page.wait_for_timeout(2000)
    assert page.evaluate("spoken") == []


def test_a_television_whose_clock_is_wrong_says_what_is_new(
    windows: Callable[..., Page], served: str, room: Queue, board: Board
) -> None:
    page = windows(size=TELEVISION)
    page.add_init_script("""
        const ahead = 400 * 86400e3, now = Date.now, origin = performance.timeOrigin
        Date.now = () => now() + ahead
        Object.defineProperty(performance, 'timeOrigin', { value: origin + ahead })
    """)
    page.add_init_script(VOICES.replace("LANGUAGES", "['en-IN']"))
    page.goto(served + board.get_absolute_url())
    page.get_by_role("button", name="Start the screen with sound").click()
    call(room)
    says(page, ENGLISH("one"))


def test_what_was_called_while_it_was_cut_off_is_said_once_and_nothing_again(
    screen: Callable[..., Page], room: Queue
) -> None:
    page = screen(languages="['en-IN']")
    call(room)
    says(page, ENGLISH("one"))
    page.evaluate("() => { for (const it of sockets) it.close() }")
    call(room, seen=1)
    says(page, ENGLISH("one"), ENGLISH("two"))
    assert page.evaluate("sockets.length") > 1, "it came back by itself"


def test_after_a_sleep_it_looks_at_once(screen: Callable[..., Page], room: Queue) -> None:
    page = screen(press=False)
    with page.expect_request(lambda asked: "fragment=1" in asked.url, timeout=9000):
        page.evaluate("const real = Date.now; Date.now = () => real() + 3600e3")  # an hour has passed


def test_a_screen_that_is_switched_off_says_so_instead_of_old_numbers(
    windows: Callable[..., Page], browser: Any, served: str, room: Queue, board: Board
) -> None:
    context = browser.new_context(viewport=TELEVISION)
    page = context.new_page()
    page.goto(served + board.get_absolute_url())
    call(room)
    expect(page.locator("#board .n")).to_have_text("1")
    Board.objects.update(is_active=False)
    walk_in(queue=room, name="Devassy", by=room.reena)  # any change is enough; else the next half minute
    expect(page.get_by_role("heading", name="This screen was switched off.")).to_be_visible(timeout=10000)
    context.close()


def test_a_new_days_code_is_fetched_in_the_night(screen: Callable[..., Page], room: Queue) -> None:
    page = screen(press=False)
    page.evaluate("window.before = true")
    with page.expect_navigation():
        page.evaluate(
            """() => {
                const board = document.querySelector('#board')
                board.dataset.version = '20991231000000'
                board.querySelector('time').dateTime = '03:59'
                document.dispatchEvent(new Event('htmx:afterSettle'))
            }"""
        )
    assert page.evaluate("window.before") is None


def _version(room: Queue) -> str:
    return f"{room.date:%Y%m%d}{Queue.objects.get(pk=room.pk).version:06d}"
