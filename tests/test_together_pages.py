"""The way of a family through the pages: who comes is ticked or written down, and what was typed stays."""

from typing import Any

import pytest
from django.test import Client

from patients.browser import KEY
from patients.models import Patient
from scheduling.models import Appointment, Hold, Slot
from tests import cast
from tests.clock import Clock
from tests.families import NEW, TOGETHER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def window(signed_in: Any, morning: list[Slot]) -> Client:
    """Asha's browser, whose phone has proved itself, with three places held."""
    browser = signed_in(cast.phone_user())
    browser.post(TOGETHER, {"people": "3", "slot": morning[0].pk})
    return browser


def confirm(window: Client, typed: dict[str, Any]) -> Any:
    """Press confirm."""
    return window.post(f"/book/{Hold.objects.get(position=1).pk}/confirm/", typed)


def test_the_family_is_ticked_and_somebody_new_is_written_down(window: Client, asha: Any) -> None:
    joel = cast.patient(name="Joel Thomas")
    page = window.get(f"/book/{Hold.objects.get(position=1).pk}/").content.decode()
    assert "Who is coming?" in page
    assert page.count("checked") == 2
    new = {f"new1-{name}": value for name, value in NEW.items()}
    answer = confirm(window, {"who": [str(asha.pk), str(joel.pk)]} | new)
    assert answer.status_code == 302
    assert answer.url.endswith("/together/")
    names = [visit.patient.name for visit in Appointment.objects.order_by("starts_at")]
    assert names == ["Asha Thomas", "Joel Thomas", "Ammini Thomas"]
    again = confirm(window, {"who": [str(asha.pk), str(joel.pk)]} | new)
    assert again.url == answer.url
    assert Patient.objects.count() == 3
    assert window.get(f"/book/{Hold.objects.get(position=1).pk}/").url == answer.url


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "3 places are held for you. You have chosen nobody."),
        ({"new1-name": "Ammini"}, "Give the age in years; 0 for a baby."),
        ({f"new1-{name}": value for name, value in NEW.items()}, "You have chosen only 1."),
        ({"who": ["nobody"]}, "You have chosen nobody."),
        (
            {f"new{at}-{name}": value for at in range(1, 4) for name, value in NEW.items()} | {"who": "asha"},
            "chosen 4.",
        ),
    ],
)
def test_who_comes_must_be_as_many_and_what_was_typed_stays(
    window: Client, asha: Any, typed: dict[str, Any], said: str
) -> None:
    if typed.get("who") == "asha":
        typed = typed | {"who": str(asha.pk)}
    page = confirm(window, typed).content.decode()
    assert said in page
    if "new1-name" in typed:
        assert f'value="{typed["new1-name"]}"' in page
    assert not Appointment.objects.exists()
    assert Patient.objects.count() == 1


def test_another_phones_people_cannot_be_chosen(window: Client, asha: Any, bilal: Any) -> None:
    page = confirm(window, {"who": [str(asha.pk), str(bilal.pk)]}).content.decode()
    assert "You have chosen only 1." in page


def test_when_the_ten_minutes_are_over_another_time_for_as_many_is_offered(window: Client, clock: Clock) -> None:
    clock.pass_(minutes=11)
    page = window.get(f"/book/{Hold.objects.get(position=1).pk}/").content.decode()
    assert "/together/?people=3&amp;day=2026-11-24" in page


def test_the_holds_are_this_browsers_own(window: Client) -> None:
    assert Client().get(f"/book/{Hold.objects.get(position=1).pk}/").status_code == 404
    assert window.session[KEY] == Hold.objects.get(position=1).browser
