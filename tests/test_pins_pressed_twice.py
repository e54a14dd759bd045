"""A PIN that was read out stays the PIN, whatever reception's browser does: reload, double click, back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from clinics.models import Clinic, Role
from patients import limits, pins
from patients.models import Pin, Quota
from tests import cast
from tests.clock import Clock
from tests.racing import at_once
from tests.usable import troubles_of

pytestmark = pytest.mark.django_db

AT, ASHAS = "/pin/lake-clinic/", "98470 00112"


def key_of(page: str) -> str:
    """The key of the form on a page."""
    return re.search(r'name="once" value="([0-9a-f-]{36})"', page)[1]


def press(desk: Client, once: str, phone: str = ASHAS) -> tuple[str, str]:
    """The digits that are shown, and the page."""
    page = desk.post(AT, {"phone": phone, "once": once}).content.decode()
    shown = page.split('class="pin">')
    return shown[1][:7].replace(" ", "") if len(shown) > 1 else "", page


def new(desk: Client) -> str:
    """The key of a new form."""
    return key_of(desk.get(AT).content.decode())


def test_a_reload_keeps_the_pin_and_says_when_it_was_given(desk: Client, lake: Clinic, clock: Clock) -> None:
    once = new(desk)
    digits, page = press(desk, once)
    assert key_of(page) != once, "the next press is another"
    clock.pass_(minutes=2)
    again, page = press(desk, once)
    assert again == ""
    assert digits not in page.replace(" ", "")
    assert "Given already, at 10:00 am." in page
    assert "It works once, until <b>10:10 am</b>." in page
    assert f'value="{ASHAS}"' in page
    assert (Pin.objects.count(), Quota.objects.get(scope="pin_phone").used) == (1, 1)
    assert pins.use(phone=cast.ASHAS_PHONE, code=digits)
    assert "It has been used." in press(desk, once)[1]
    clock.pass_(minutes=9)
    assert "It has been used." in press(desk, once)[1]


def test_one_that_was_closed_is_not_said_to_work(desk: Client, lake: Clinic) -> None:
    first, second = new(desk), new(desk)
    press(desk, first)
    digits, _ = press(desk, second)
    assert "It works no more." in press(desk, first)[1]
    assert pins.use(phone=cast.ASHAS_PHONE, code=digits), "looking back has not closed it"


def test_a_reload_is_answered_when_no_more_can_be_given(desk: Client, lake: Clinic) -> None:
    keys = [new(desk) for _ in range(limits.PIN_PER_PHONE)]
    digits = [press(desk, it)[0] for it in keys]
    assert "Given already" in press(desk, keys[-1])[1]
    assert pins.use(phone=cast.ASHAS_PHONE, code=digits[-1])
    assert "Three PINs were given" in press(desk, new(desk))[1]


def test_the_same_form_for_another_phone_is_another_pin(desk: Client, lake: Clinic, hill: Clinic, hema: Any) -> None:
    once = new(desk)
    ashas, bilals = press(desk, once)[0], press(desk, once, "98470 00113")[0]
    assert ashas
    assert bilals
    assert Pin.objects.count() == 2
    assert pins.give(clinic=hill, phone=cast.ASHAS_PHONE, by=hema, once=Pin.objects.first().pk)[1]


@pytest.mark.parametrize("once", ["", "x", "0" * 99])
def test_a_form_without_its_key_gives_one_all_the_same(desk: Client, lake: Clinic, once: str) -> None:
    assert press(desk, once)[0]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_give_one_pin_and_close_none(lake: Clinic, reena: Any) -> None:
    once = Pin().pk
    given = at_once(*[lambda: pins.give(clinic=lake, phone=cast.ASHAS_PHONE, by=reena, once=once)] * 6)
    digits = [code for _, code in given if code]
    assert (len(digits), len({pin.pk for pin, _ in given})) == (1, 1)
    assert pins.use(phone=cast.ASHAS_PHONE, code=digits[0])
    assert Quota.objects.get(scope="pin_phone").used == 1


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_reception_clicks_twice_and_reloads(windows: Callable[..., Page], served: str, width: int) -> None:
    lake = cast.clinic(name="Lake Clinic")
    page = windows(size={"width": width, "height": 740}, who=cast.staff(clinic=lake, role=Role.RECEPTIONIST))
    page.goto(served + AT)
    page.get_by_label("The patient’s mobile number").fill(ASHAS)
    page.get_by_role("button", name="Give a PIN").dblclick()
    digits = page.locator(".pin").inner_text().replace(" ", "")
    page.reload()
    expect(page.get_by_text("Given already, at")).to_be_visible()
    assert troubles_of(page, "pin given already", width) == []
    assert pins.use(phone=cast.ASHAS_PHONE, code=digits)
