"""The form for the code on a phone: what is pasted, what is typed, what runs out, and the PIN from the counter."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from notifications.models import Message
from patients import pins
from patients.models import Challenge
from tests import cast
from tests.phone import last_code

pytestmark = pytest.mark.browser

SMALL = {"width": 360, "height": 740}
PASTE = """(field, text) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text', text)
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
}"""


@pytest.fixture
def asha(windows: Any, served: str) -> Page:
    """Asha's browser, which has asked for a code."""
    page = windows(size=SMALL)
    page.goto(f"{served}/phone/")
    page.get_by_label("Your mobile number").fill("98470 00112")
    page.get_by_role("button", name="Send the code").click()
    expect(field(page)).to_be_focused()
    return page


def field(page: Page) -> Any:
    """Where the code goes."""
    return page.get_by_label("The 6-digit code")


@pytest.mark.parametrize(
    "text", ["Your code is {} {}", "{}{}", "{}{} is your Oozham code.\n\n@localhost #{}{}", " {}-{} "]
)
def test_the_six_digits_are_found_in_whatever_is_pasted_and_go_off(asha: Page, text: str) -> None:
    code = last_code()
    field(asha).evaluate(PASTE, text.format(*[code[:3], code[3:]] * 2))
    expect(asha.get_by_role("heading", name="My visits")).to_be_visible()


def test_what_holds_no_code_is_pasted_as_it_is(asha: Page) -> None:
    field(asha).evaluate(PASTE, "call 98470 00112 today")
    expect(field(asha)).to_have_value("")


def test_the_sixth_digit_sends_the_form_once(asha: Page) -> None:
    impatient = "(it, code) => { it.value = code; it.dispatchEvent(new Event('input')); it.form.requestSubmit() }"
    field(asha).evaluate(impatient, last_code())
    expect(asha.get_by_role("heading", name="My visits")).to_be_visible()
    assert Challenge.objects.get().tries == 1


def test_a_wrong_code_says_how_many_tries_are_left_and_is_chosen_to_be_typed_again(asha: Page) -> None:
    code = last_code()
    field(asha).press_sequentially("000000" if code != "000000" else "000001")
    expect(asha.get_by_text("You have 4 more tries.")).to_be_visible()
    expect(field(asha)).to_be_focused()
    assert asha.evaluate("getSelection().toString() || document.activeElement.selectionEnd") in (6, "000000", "000001")
    field(asha).press_sequentially(code)
    expect(asha.get_by_role("heading", name="My visits")).to_be_visible()


def test_sending_it_again_counts_down_and_then_sends_another(asha: Page) -> None:
    button = asha.get_by_role("button", name="Send it again")
    expect(button).to_be_disabled()
    expect(button).to_have_text(re.compile(r"Send it again in 0:\d\d"))
    Challenge.objects.update(created_at=timezone.now() - timedelta(seconds=28))
    asha.reload()
    expect(button).to_have_text("Send it again", timeout=5000)
    button.click()
    expect(asha.get_by_text("Ask at the clinic’s counter for a PIN")).to_be_visible()
    assert Message.objects.filter(kind="code").count() == 2
    field(asha).press_sequentially(last_code())
    expect(asha.get_by_role("heading", name="My visits")).to_be_visible()


def test_the_page_says_how_long_a_code_works_and_when_it_has_expired(asha: Page) -> None:
    expect(asha.get_by_text(re.compile(r"It works for 4:\d\d more"))).to_be_visible()
    over = asha.get_by_text("The code has expired: send a new one.")
    expect(over).to_be_hidden()
    Challenge.objects.update(expires_at=timezone.now() + timedelta(seconds=3))
    asha.reload()
    expect(over).to_be_visible(timeout=6000)
    expect(asha.get_by_role("link", name="Another number")).to_be_visible()


def test_a_pin_from_the_counter_opens_without_any_message(windows: Any, served: str) -> None:
    lake = cast.clinic(name="Lake Clinic")
    desk, asha = windows(size=SMALL, who=cast.staff(clinic=lake)), windows(size=SMALL)
    desk.goto(f"{served}/pin/lake-clinic/")
    desk.get_by_label("The patient’s mobile number").fill("98470 00112")
    desk.get_by_role("button", name="Give a PIN").click()
    digits = desk.locator(".pin").inner_text()
    asha.goto(f"{served}/phone/")
    asha.get_by_role("link", name="I have a PIN from the counter").click()
    asha.get_by_label("Your mobile number").fill("98470 00112")
    asha.get_by_label("The 6-digit PIN").press_sequentially(digits)
    expect(asha.get_by_text("You came in with a PIN from the counter")).to_be_visible()
    assert not Message.objects.exists()


def test_without_javascript_every_step_is_a_form(windows: Any, served: str) -> None:
    page = windows(size=SMALL, javascript=False)
    lake = cast.clinic(name="Lake Clinic")
    page.goto(f"{served}/phone/")
    page.get_by_label("Your mobile number").fill("98470 00112")
    page.get_by_role("button", name="Send the code").click()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("Give it half a minute")).to_be_visible()
    field(page).fill(pins.give(clinic=lake, phone=cast.ASHAS_PHONE, by=cast.staff(clinic=lake))[1])
    page.get_by_role("button", name="Check the code").click()
    expect(page.get_by_text("You came in with a PIN from the counter")).to_be_visible()


def test_the_browser_is_asked_for_the_code_that_comes_by_sms(windows: Any, served: str) -> None:
    page = windows(size=SMALL)
    page.add_init_script(
        "window.OTPCredential = class {}; navigator.credentials.get = (asked) => "
        "new Promise((come) => { window.asked = JSON.stringify(asked.otp); window.come = (code) => come({ code }) })"
    )
    page.goto(f"{served}/phone/")
    page.get_by_label("Your mobile number").fill("98470 00112")
    page.get_by_role("button", name="Send the code").click()
    expect(field(page)).to_be_focused()
    assert page.evaluate("window.asked") == '{"transport":["sms"]}'
    assert re.search(r"\n@127\.0\.0\.1 #\d{6}$", Message.objects.get().text)
    page.evaluate("(code) => window.come(code)", last_code())
    expect(page.get_by_role("heading", name="My visits")).to_be_visible()
