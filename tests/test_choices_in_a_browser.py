"""On a cheap phone: what one is told, when to leave, and how it was; with and without JavaScript."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from notifications.models import Contact
from tests import cast
from tests.usable import troubles_of
from tokens.models import Rating, Token
from tokens.states import State

pytestmark = pytest.mark.browser

SMALL = {"width": 360, "height": 740}


@pytest.fixture
def visit(served: str) -> Token:
    """Asha's token of today."""
    lake = cast.clinic(name="Lake Clinic", phone="+914842000000")
    return cast.token(queue=cast.queue(doctor=cast.doctor(clinic=lake)), patient=cast.patient())


@pytest.mark.parametrize("javascript", [True, False])
def test_two_taps_from_my_visits_stop_all_but_the_essential(
    windows: Callable[..., Page], served: str, visit: Token, javascript: bool
) -> None:
    page = windows(size=SMALL, who=cast.phone_user(), javascript=javascript)
    page.goto(f"{served}/me/")
    page.get_by_role("link", name="What you are told").click()
    page.get_by_role("button", name="Stop all but the essential").click()
    expect(page.get_by_text("Stopped: only what is essential")).to_be_visible()
    assert Contact.objects.get().stopped_at is not None
    if javascript:
        assert troubles_of(page, "choices", SMALL["width"]) == []
    page.get_by_role("button", name="Switch off WhatsApp").click()
    expect(page.get_by_role("button", name="Switch on WhatsApp")).to_be_visible()
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_role("button", name="Stop all but the essential")).to_be_visible()
    contact = Contact.objects.get()
    assert (contact.stopped_at, contact.by_whatsapp) == (None, False)


@pytest.mark.parametrize("javascript", [True, False])
def test_asha_says_that_she_is_thirty_minutes_away(
    windows: Callable[..., Page], served: str, visit: Token, javascript: bool
) -> None:
    page = windows(size=SMALL, javascript=javascript)
    page.goto(served + visit.get_absolute_url())
    page.get_by_role("button", name="30 minutes", exact=True).click()
    expect(page.get_by_text("We tell you when it is time to leave, 30 minutes before.")).to_be_visible()
    expect(page.get_by_role("button", name="30 minutes", exact=True)).to_have_attribute("aria-pressed", "true")
    visit.refresh_from_db()
    assert visit.travel_minutes == 30
    if javascript:
        assert troubles_of(page, "ticket", SMALL["width"]) == []
    page.get_by_role("button", name="I do not need it").click()
    visit.refresh_from_db()
    assert visit.travel_minutes is None


def test_one_tap_says_how_it_was(windows: Callable[..., Page], served: str, visit: Token) -> None:
    now = timezone.now() - timedelta(hours=1)
    times: dict[str, Any] = dict.fromkeys(["arrived_at", "consulting_at", "ended_at"], now)
    Token.objects.filter(pk=visit.pk).update(state=State.COMPLETED, **times)
    page = windows(size=SMALL)
    page.goto(f"{served}{visit.get_absolute_url()}rate/")
    assert troubles_of(page, "rate", SMALL["width"]) == []
    page.get_by_role("button", name="4 of 5: Good").click()
    expect(page.get_by_text("You gave 4 of 5")).to_be_visible()
    assert troubles_of(page, "rated", SMALL["width"]) == []
    page.get_by_label("In your words, if you like").fill("Took time for us.")
    page.get_by_role("button", name="Send the words").click()
    expect(page.get_by_role("button", name="Change the words")).to_be_visible()
    assert Rating.objects.get().words == "Took time for us."
