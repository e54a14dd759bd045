"""What a press returns, what the sockets push and what a fresh page contains is one text, byte for byte."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from tests.clock import clock_at
from tests.sockets import a_running_server, knocking, watching
from tests.waiting_room import press, queue, walk_in
from tokens.models import Board, Queue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def room(dr_rao: Any, reena: Any) -> Queue:
    """Dr Rao's queue with two patients."""
    made = queue(doctor=dr_rao)
    for name in ("Ravi Kumar", "Meera Nair"):
        walk_in(queue=made, name=name, by=reena)
    return made


@pytest.mark.parametrize(
    ("at", "page", "socket"),
    [
        ("desk", "/desk/lake-clinic/dr-rao/", "/ws/desk/lake-clinic/{queue}/"),
        ("desk_all", "/desk/lake-clinic/", "/ws/desk/lake-clinic/"),
        ("today", "/today/", "/ws/today/lake-clinic/{queue}/"),
    ],
)
@pytest.mark.parametrize(
    ("button", "typed"),
    [
        ("call_next", {}),
        ("running_late", {"minutes": "20"}),
        ("state", {"state": "on_break:20"}),
        ("reserve", {"how_many": "3", "purpose": "vip"}),
    ],
)
async def test_a_staff_screen_is_the_same_however_it_comes(
    room: Queue, rao: Any, signed_in: Callable[[Any], Any], at: str, page: str, socket: str, button: str, typed: dict
) -> None:
    browser = await sync_to_async(signed_in)(rao)
    with clock_at(timezone.now()):
        async with a_running_server(), watching(socket.format(queue=room.pk), browser) as screen:
            answer = await sync_to_async(press)(browser, button, room, live=True, at=at, data=typed)
            pushed = await screen.shown(f'data-version="{await _version(room, at)}"')
            fresh = await sync_to_async(browser.get)(page)
            polled = await sync_to_async(browser.get)(page, {"fragment": "1"})
    assert pushed.startswith(f'<div id="{at}"')
    assert pushed in answer.content.decode()
    assert pushed in fresh.content.decode()
    assert pushed == polled.content.decode()


async def test_a_patients_page_is_the_same_however_it_comes(room: Queue, client: Any, reena: Any) -> None:
    token = await room.tokens.aget(number=2)
    with clock_at(timezone.now()):
        async with a_running_server(), watching(f"/ws/t/{token.code}/") as screen:
            await sync_to_async(_call)(room, reena)
            pushed = await screen.shown(f'data-version="{await _version(room, at="ticket")}"')
            fresh = await sync_to_async(client.get)(token.get_absolute_url())
            polled = await sync_to_async(client.get)(token.get_absolute_url(), {"fragment": "1"})
    assert 'now serving</small><br><span class="token n now">1</span>' in pushed
    assert pushed in fresh.content.decode()
    assert pushed == polled.content.decode()


async def test_a_board_is_the_same_however_it_comes(room: Queue, client: Any, reena: Any) -> None:
    board = await Board.objects.acreate(clinic_id=room.clinic_id)
    with clock_at(timezone.now()):
        async with a_running_server(), watching(f"/ws/board/{board.key}/") as screen:
            await sync_to_async(_call)(room, reena)
            pushed = await screen.shown(f'data-version="{await _version(room, at="board")}"')
            fresh = await sync_to_async(client.get)(board.get_absolute_url())
            polled = await sync_to_async(client.get)(board.get_absolute_url(), {"fragment": "1"})
    assert "Please come in" in pushed
    assert pushed in fresh.content.decode()
    assert pushed == polled.content.decode()


async def test_the_strip_of_doctors_counts_along(room: Queue, reena: Any, signed_in: Callable[[Any], Any]) -> None:
    browser = await sync_to_async(signed_in)(reena)
    async with a_running_server(), watching(f"/ws/doctors/lake-clinic/{room.pk}/", browser) as screen:
        await sync_to_async(_call)(room, reena)
        pushed = await screen.shown(f'data-version="{await _version(room, at="doctors")}"')
        fresh = await sync_to_async(browser.get)("/desk/lake-clinic/dr-rao/")
    assert '<span class="badge">1<span' in pushed
    assert pushed in fresh.content.decode()


# ── Who is let in ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "path", ["/ws/desk/lake-clinic/", "/ws/desk/lake-clinic/{queue}/", "/ws/doctors/lake-clinic/{queue}/",
             "/ws/today/lake-clinic/{queue}/"],
)  # fmt: skip
async def test_strangers_and_passers_by_get_no_staff_socket(
    room: Queue, hema: Any, signed_in: Callable[[Any], Any], path: str
) -> None:
    stranger = await sync_to_async(signed_in)(hema)
    async with a_running_server():
        for browser in (None, stranger):
            assert not await knocking(path.format(queue=room.pk), browser).connect()


@pytest.mark.parametrize("path", ["/ws/t/no-such-token/", "/ws/board/no-such-key/"])
async def test_an_unknown_address_gets_no_socket(room: Queue, path: str) -> None:
    async with a_running_server():
        assert not await knocking(path).connect()


async def test_another_site_cannot_open_a_socket_with_reenas_cookies(
    room: Queue, reena: Any, signed_in: Callable[[Any], Any]
) -> None:
    browser = await sync_to_async(signed_in)(reena)
    async with a_running_server():
        assert not await knocking("/ws/desk/lake-clinic/", browser, origin="https://evil.example").connect()


async def test_who_signs_out_is_shown_nothing_more(room: Queue, reena: Any, signed_in: Callable[[Any], Any]) -> None:
    browser = await sync_to_async(signed_in)(reena)
    async with a_running_server(), watching(f"/ws/desk/lake-clinic/{room.pk}/", browser) as screen:
        await screen.shown("Ravi Kumar")
        await sync_to_async(browser.logout)()
        await sync_to_async(_call)(room, reena)
        assert (await screen.receive_output(timeout=5))["type"] == "websocket.close"


async def test_a_doctor_gets_no_colleagues_list(room: Queue, lekha: Any, signed_in: Callable[[Any], Any]) -> None:
    browser = await sync_to_async(signed_in)(lekha)
    async with a_running_server():
        assert not await knocking(f"/ws/today/lake-clinic/{room.pk}/", browser).connect()


def _call(room: Queue, reena: Any) -> None:
    from tokens import services

    services.call_next(queue=room, by=reena, seen=None)


async def _version(room: Queue, at: str) -> str:
    version = (await Queue.objects.aget(pk=room.pk)).version
    return f"{room.date:%Y%m%d}{version:06d}" if at in {"desk_all", "doctors", "board"} else str(version)
