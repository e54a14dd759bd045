"""The whole way in two windows: a patient books and watches, reception calls, against the running server."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from notifications.models import Message
from scheduling.models import Appointment
from tests import cast
from tokens.models import Token

PASSWORD = "a-long-password-of-reena"
PHONE_SIZE = {"width": 360, "height": 740}
DESK_SIZE = {"width": 1366, "height": 768}


@pytest.fixture
def lake_today(served: str) -> Any:
    """Lake Clinic with Dr Rao, who has two free times later today (or, near midnight, early tomorrow), and Reena."""
    clinic = cast.clinic(name="Lake Clinic")
    doctor = cast.doctor(clinic=clinic)
    start = timezone.now() + timedelta(minutes=20)
    for n in range(2):
        cast.slot(doctor=doctor, starts_at=start + timedelta(minutes=10 * n))
    reena = cast.staff(clinic=clinic, name="Reena")
    reena.set_password(PASSWORD)
    reena.save()
    return doctor


def last_code() -> str:
    """The code on its way to the phone."""
    message = Message.objects.filter(kind=Message.Kind.CODE).latest("created_at")
    return re.search(r"\d{6}", message.text)[0]


def book(page: Page, served: str, doctor: Any, *, name: str, goes_off: bool = True) -> None:
    """Go from the city to the token page."""
    page.goto(f"{served}/")
    page.get_by_role("link", name="Kochi").click()
    page.get_by_role("button", name="See times of Dr Kavitha Rao").click()
    page.locator("button[name=slot]").first.click()
    expect(page.get_by_text("Held for you")).to_be_visible()
    page.get_by_label("Your mobile number").fill("98470 00112")
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("The 6-digit code").fill(last_code())
    if not goes_off:  # with JavaScript the code goes off by itself
        page.get_by_role("button", name="Check the code").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Age").fill("38")
    page.get_by_label("Woman").check()
    page.get_by_role("button", name="Confirm and get my token").click()
    expect(page).to_have_url(re.compile(r"/t/[\w-]+/$"))


@pytest.mark.browser
def test_asha_books_on_her_phone_and_sees_reception_call_her(windows: Any, served: str, lake_today: Any) -> None:
    """Two windows: nothing is reloaded in Asha's after she has her token."""
    asha = windows(size=PHONE_SIZE)
    book(asha, served, lake_today, name="Asha Thomas")
    token = Token.objects.get()
    assert Appointment.objects.get().token == token
    if token.queue.date != lake_today.clinic.today():
        pytest.skip("the next free time is after midnight, so today's desk does not show it")
    expect(asha.locator("#ticket")).to_contain_text("1")

    reena = windows(size=DESK_SIZE)
    reena.goto(f"{served}/desk/lake-clinic/dr-rao/")
    reena.get_by_label("E-mail").fill("reena@lake-clinic.example")
    reena.get_by_label("Password").fill(PASSWORD)
    reena.get_by_role("button", name="Sign in").click()
    expect(reena.locator("#desk")).to_contain_text("Asha Thomas")
    reena.get_by_role("button", name="Token 1 has arrived").click()
    expect(reena.locator("#desk .next")).to_contain_text("1")
    reena.keyboard.press("n")
    expect(asha.locator("#ticket")).to_contain_text("it is your turn", timeout=3000)
    expect(reena.locator("#desk")).to_contain_text("Asha Thomas")
    reena.keyboard.press("z")
    expect(asha.locator("#ticket")).not_to_contain_text("it is your turn", timeout=3000)


@pytest.mark.browser
def test_a_phone_without_javascript_books_too(windows: Any, served: str, lake_today: Any) -> None:
    """Every step is a link or a form."""
    bilal = windows(size=PHONE_SIZE, javascript=False)
    book(bilal, served, lake_today, name="Bilal Ahmed", goes_off=False)
    expect(bilal.locator("#ticket")).to_contain_text("Bilal")
    bilal.get_by_role("button", name="Cancel").click()
    bilal.get_by_role("button", name="Cancel my visit").click()
    expect(bilal.locator("#ticket")).to_contain_text(re.compile("cancelled", re.IGNORECASE))
    assert Token.objects.get().state == "cancelled"
