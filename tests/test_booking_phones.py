"""The phone and the code of a booking: however they are typed, and what is said when they are wrong."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notifications.models import Message
from patients.models import Challenge
from scheduling.models import Slot
from tests import cast
from tests.clock import clock_at
from tests.phone import DOCTOR, Phone, last_code

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asha() -> Phone:
    """Asha's cheap phone."""
    return Phone()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Give your mobile number"),
        ("hello", "does not look like a phone number"),
        ("12345", "10 digits"),
        ("1234567890", "That is a landline"),
        ("0484 2312345", "That is a landline"),
        ("+44 7911 123456", "Only Indian mobile numbers"),
        ("98470 00112 ext 5", "10 digits"),
    ],
)
def test_a_number_that_cannot_be_used_is_explained_and_kept(asha: Phone, slot: Slot, typed: str, sentence: str) -> None:
    asha.hold(slot)
    assert sentence in asha.press(f"{asha.booking}phone/", phone=typed)
    assert f'value="{typed}"' in asha.html or not typed
    assert not Challenge.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("typed", ["9847000112", "098470 00112", "+91 98470-00112", "0091 98470 00112", "൯൮൪൭൦൦൦൧൧൨"])
def test_a_mobile_number_is_understood_however_it_is_written(asha: Phone, slot: Slot, typed: str) -> None:
    asha.hold(slot)
    asha.press(f"{asha.booking}phone/", phone=typed)
    assert Challenge.objects.get().phone == "+919847000112"


def test_a_wrong_code_costs_a_try_and_the_sixth_is_too_late(asha: Phone, slot: Slot) -> None:
    asha.hold(slot)
    asha.press(f"{asha.booking}phone/", phone="98470 00112")
    right = last_code()
    wrong = "000000" if right != "000000" else "000001"
    for left in (4, 3, 2):
        assert f"You have {left} more tries." in asha.press(f"{asha.booking}code/", code=wrong)
    assert "You have 1 more try." in asha.press(f"{asha.booking}code/", code=wrong)
    assert "it was the last try" in asha.press(f"{asha.booking}code/", code=wrong)
    assert "expired or was used" in asha.press(f"{asha.booking}code/", code=right)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12 34"])
def test_what_is_no_code_costs_no_try(asha: Phone, slot: Slot, typed: str) -> None:
    asha.hold(slot)
    asha.press(f"{asha.booking}phone/", phone="98470 00112")
    assert "6 digits" in asha.press(f"{asha.booking}code/", code=typed)
    assert Challenge.objects.get().tries == 0


def test_a_code_may_be_typed_with_a_space(asha: Phone, slot: Slot) -> None:
    asha.hold(slot)
    asha.press(f"{asha.booking}phone/", phone="98470 00112")
    code = last_code()
    assert "Who is it for?" in asha.press(f"{asha.booking}code/", code=f" {code[:3]} {code[3:]} ")
    assert "This phone has proved itself" in asha.open(asha.booking)


def test_an_expired_code_does_not_open(asha: Phone, slot: Slot) -> None:
    asha.hold(slot)
    asha.press(f"{asha.booking}phone/", phone="98470 00112")
    with clock_at(timezone.now() + timedelta(seconds=301)):
        assert "expired or was used" in asha.press(f"{asha.booking}code/", code=last_code())


def test_a_code_opens_only_the_browser_that_asked(asha: Phone, slot: Slot, dr_rao: Any) -> None:
    asha.hold(slot)
    asha.press(f"{asha.booking}phone/", phone="98470 00112")
    code, thief = last_code(), Phone()
    thief.hold(cast.slot(doctor=dr_rao))
    assert "Send the code" in thief.press(f"{thief.booking}code/", code=code)
    assert "Who is it for?" in asha.press(f"{asha.booking}code/", code=code)


@pytest.mark.parametrize("step", ["phone/", "code/", "confirm/", "release/"])
def test_reloading_a_step_shows_the_booking_again(asha: Phone, slot: Slot, step: str) -> None:
    asha.hold(slot)
    assert "Held for you" in asha.open(f"{asha.booking}{step}")
    assert "Choose a time" in asha.open(f"{DOCTOR}hold/")
