"""Every page can be used by everybody: axe's rules for WCAG 2.2 AA, on a phone by day and on a desk by night.

Each page is opened once and looked at both ways: its styles alone know of the size and of the hour, no script asks.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from clinics.models import Role, User
from config.demo.messages import make_messages
from notifications.models import Message
from scheduling import services as calendar
from scheduling.models import Appointment, Mode
from tests import cast
from tests.clock import in_days
from tests.usable import troubles_of
from tokens import presence, services
from tokens.models import Board, Token

WHO = ["nobody", "a phone", "reception", "a doctor", "an admin"]


@pytest.fixture
def addresses(served: str) -> dict[str, tuple[User | None, list[str]]]:
    """A clinic with something on every page: who opens which addresses."""
    lake = cast.clinic(name="Lake Clinic", phone="+914842000000")
    rao = cast.doctor(clinic=lake, languages=["Malayalam"], about="Explains in plain words.")
    cast.hours(doctor=rao)
    reena = cast.staff(clinic=lake, name="Reena")
    rao.user = cast.staff(clinic=lake, name="Kavitha Rao", role=Role.DOCTOR)
    rao.save(update_fields=["user"])
    lekha = cast.staff(clinic=lake, name="Lekha", role=Role.ADMIN)
    room = cast.room(clinic=lake)
    cast.maintenance(clinic=lake, room=room, equipment=cast.equipment(clinic=lake, room=room))
    cast.slot(doctor=rao)
    cast.slot(doctor=rao, booked=1)
    later = cast.slot(doctor=rao, starts_at=in_days(1))
    queue = services.queue_for(rao, lake.today())
    names = ["Asha Thomas", "Bilal Ahmed", "Meera Nair", "Shaji Joseph", "Devassy Paul"]
    people = [cast.patient(name=name, phone=None) for name in names]
    tokens = [services.issue(queue=queue, patient=p, kind=Token.Kind.WALK_IN, by=reena) for p in people[:4]]
    services.issue(queue=queue, patient=people[4], kind=Token.Kind.EMERGENCY, by=reena, why="chest pain")
    services.call(queue=queue, number=1, by=reena, seen=None)
    services.skip(queue=queue, number=2, by=reena)
    asha = cast.patient(name="Asha Thomas")
    booked = cast.appointment(doctor=rao, patient=asha)
    coming = cast.appointment(doctor=rao, patient=cast.patient(name="Ammini Thomas"), slot=later)
    services.mark_late(queue=booked.token.queue, number=booked.token.number, by=reena)
    waiting = cast.waits(doctor=rao, patient=cast.patient(name="Ammini Thomas"))
    offer = cast.offer(entry=waiting, slot=cast.slot(doctor=rao, starts_at=in_days(2)))
    over = cast.waits(doctor=cast.doctor(clinic=lake, name="Thomas Kurian"), patient=asha, seat=2)
    declined = cast.offer(entry=over, slot=cast.slot(doctor=over.doctor))
    calendar.decline(offer=declined, by=None)
    sides = [cast.slot(doctor=rao, starts_at=in_days(3, at)) for at in ("10:00", "10:10")]
    basket = calendar.hold_together(slot=sides[0], people=2, browser="family")[0].basket
    family = calendar.book_together(basket=basket, patients=[asha, cast.patient(name="Joel Thomas")], by=None)
    cast.slot(doctor=rao, starts_at=in_days(4))
    cast.slot(doctor=rao, starts_at=in_days(4, "10:10"))
    unpaid, called = (
        cast.appointment(doctor=rao, patient=cast.patient(name=name), slot=cast.slot(doctor=rao, starts_at=when))
        for name, when in (("Joel Thomas", in_days(5)), ("Ammini Thomas", in_days(5, "10:10")))
    )
    Appointment.objects.filter(pk=unpaid.pk).update(state=Appointment.State.PENDING)
    Token.objects.filter(pk=unpaid.token_id).update(kept_until=in_days(1))
    Token.objects.filter(pk=called.token_id).update(mode=Mode.TELE)
    make_messages(1, timezone.now(), days=2)
    board = Board.objects.create(clinic=lake)
    ticket = "/t/{}/".format
    return {
        "nobody": (None, [
            presence.address(board, timezone.now()), f"/here/{board.key}/old/",
            "/", "/?q=xyzzy", "/in/kochi/", "/in/kochi/?q=rao&fee=abc&speaks=Malayalam", "/in/kochi/?gender=m&fee=1",
            "/in/nowhere/", "/c/lake-clinic/", "/c/lake-clinic/dr-rao/", "/phone/", "/phone/pin/",
            "/sign-in/", "/c/nowhere/", board.get_absolute_url(), ticket(coming.token.code),
            offer.get_absolute_url(), declined.get_absolute_url(), "/c/lake-clinic/dr-kurian/",
            "/c/lake-clinic/dr-rao/together/", ticket(family[0].token.code), ticket(family[0].token.code) + "together/",
            ticket(coming.token.code) + "move/", ticket(coming.token.code) + "cancel/",
            ticket(unpaid.token.code), ticket(unpaid.token.code) + "pay/", ticket(called.token.code) + "video/",
            *(ticket(token.code) for token in tokens[:3]),
        ]),
        "a phone": (cast.phone_user(), ["/me/", "/me/messages/", "/c/lake-clinic/dr-rao/wait/"]),
        "reception": (reena, [
            "/desk/lake-clinic/", "/desk/lake-clinic/dr-rao/", "/desk/lake-clinic/dr-rao/2/", ticket(booked.token.code),
            "/reports/lake-clinic/", "/waitlist/lake-clinic/", "/calls/lake-clinic/", "/payments/lake-clinic/",
            "/calendar/lake-clinic/", "/pin/lake-clinic/", "/calendar/lake-clinic/dr-rao/",
            "/desk/lake-clinic/dr-rao/replay/", "/desk/lake-clinic/dr-rao/replay/?at=soon",
            "/desk/lake-clinic/dr-rao/replay/?day=soon",
        ]),
        "a doctor": (rao.user, ["/today/"]),
        "an admin": (lekha, [
            "/late-rule/lake-clinic/", "/late-rule/lake-clinic/?grace_minutes=soon", "/rooms/lake-clinic/",
            "/hours/lake-clinic/dr-rao/", "/messages/lake-clinic/",
        ]),
    }  # fmt: skip


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of nobody's yet; no console may have anything to complain of but pages that are not there."""
    complaints: list[str] = []

    def note(said: ConsoleMessage) -> None:
        if said.type == "error" and not any(status in said.text for status in ("404", "410")):
            complaints.append(said.text)

    context = browser.new_context()
    context.on("console", note)
    yield context
    for page in context.pages:
        page.wait_for_load_state()
    context.close()
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("who", WHO)
def test_no_page_shuts_anybody_out(context: BrowserContext, served: str, addresses: dict[str, Any], who: str) -> None:
    """No rule is broken, and nothing is wider than the screen."""
    assert set(addresses) == set(WHO)
    user, paths = addresses[who]
    if user:
        context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": served}])
    page, troubles = context.new_page(), []
    for path in paths:
        page.goto(served + path)
        troubles += seen_both_ways(page, path)
    assert not troubles, "\n".join(troubles)


def test_no_step_of_booking_shuts_anybody_out(context: BrowserContext, served: str, addresses: dict[str, Any]) -> None:
    """The phone, the code, who comes: each also with something typed wrong."""
    page = context.new_page()
    page.goto(f"{served}/c/lake-clinic/dr-rao/")
    page.locator("button[name=slot]").first.click()
    troubles = seen_both_ways(page, "phone")
    page.get_by_label("Your mobile number").fill("0484 2312345")
    page.get_by_role("button", name="Send the code").click()
    troubles += seen_both_ways(page, "phone, wrong")
    page.get_by_label("Your mobile number").fill("98470 00445")
    page.get_by_role("button", name="Send the code").click()
    troubles += seen_both_ways(page, "code")
    page.get_by_label("The 6-digit code").fill("12345")
    page.get_by_role("button", name="Check the code").click()
    troubles += seen_both_ways(page, "code, wrong")
    page.get_by_label("The 6-digit code").fill(re.search(r"\d{6}", Message.objects.latest("created_at").text)[0])
    page.get_by_label("Name").wait_for()
    troubles += seen_both_ways(page, "who")
    page.get_by_role("button", name="Confirm and get my token").click()
    troubles += seen_both_ways(page, "who, wrong")
    page.goto(f"{served}/c/lake-clinic/dr-rao/together/")
    page.locator("button[name=slot]").first.click()
    troubles += seen_both_ways(page, "who of a family")
    page.get_by_role("button", name="Confirm and get our 2 tokens").click()
    troubles += seen_both_ways(page, "who of a family, wrong")
    assert not troubles, "\n".join(troubles)


def seen_both_ways(page: Page, name: str) -> list[str]:
    """What is wrong with it on a small phone by day, and on a desk by night."""
    troubles = []
    for width, scheme in ((320, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        troubles += troubles_of(page, f"{name} ({scheme})", width)
    return troubles


def session_of(user: User) -> str:
    """A browser in which somebody is signed in: its session's key."""
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value
