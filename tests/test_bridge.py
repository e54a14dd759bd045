"""The bridge between the server's loop and Django's threads: whole answers in one piece, long ones in several."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from config.bridge import GONE, HELD, Bridge
from scheduling.models import Hold, Slot

START = "http.response.start"


def ask(pages: Callable[..., Iterable[bytes]] | Bridge, *pieces: bytes, cut: bool = False) -> list[dict[str, Any]]:
    """What the server is given to send for a form that comes in these pieces; `cut`, the browser goes away then."""
    coming: list[dict[str, Any]] = [{"type": "http.request", "body": it, "more_body": True} for it in pieces]
    coming += [{"type": GONE}] if cut else []
    coming[-1]["more_body"] = False
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "http_version": "1.1",
             "headers": [(b"content-length", b"%d" % len(b"".join(pieces)))]}  # fmt: skip
    asyncio.run((pages if isinstance(pages, Bridge) else Bridge(pages, threads=1))(scope, receive, send))
    return sent


class Closing:
    """An answer that notes when it is closed, and in which thread."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks, self.closed_by, self.closed = chunks, "", threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        self.closed_by = threading.current_thread().name
        self.closed.set()


def test_a_form_in_pieces_is_read_whole_and_its_answer_goes_out_in_one() -> None:
    def pages(environ: Any, start: Any) -> Iterable[bytes]:
        said = environ["wsgi.input"].read()
        start("200 OK", [("Content-Type", "text/plain"), ("X-Name", "Anjali")])
        return [said[:4], said[4:]]

    for form in ([b"name=Anjali&age=4"], [b"name=An", b"jali&", b"age=4"]):
        head, body = ask(pages, *form)
        assert head == {"type": START, "status": 200,
                        "headers": [(b"content-type", b"text/plain"), (b"x-name", b"Anjali")]}  # fmt: skip
        assert body == {"type": "http.response.body", "body": b"name=Anjali&age=4", "more_body": False}


def test_a_long_answer_goes_out_while_it_is_being_made() -> None:
    asked = []

    def pages(environ: Any, start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        for at in range(40):
            asked.append(at)
            yield bytes([at]) * (HELD // 16)

    head, *bodies = ask(pages, b"")
    assert head["type"] == START
    assert [len(it["body"]) for it in bodies] == [HELD, HELD, HELD // 2]
    assert [it["more_body"] for it in bodies] == [True, True, False]
    assert b"".join(it["body"] for it in bodies) == b"".join(bytes([at]) * (HELD // 16) for at in range(40))


def test_an_answer_is_closed_in_the_thread_that_made_it() -> None:
    answer = Closing(b"1")

    def pages(environ: Any, start: Any) -> Iterable[bytes]:
        start("204 No Content", [])
        return answer

    ask(pages, b"")
    assert answer.closed.wait(5)
    assert answer.closed_by.startswith("pages")


@pytest.mark.parametrize("after", [0, 1])
def test_what_the_pages_raise_reaches_the_server_and_the_next_request_is_answered(after: int) -> None:
    def pages(environ: Any, start: Any) -> Iterator[bytes]:
        if after:
            start("200 OK", [])
            yield b"half"
        if environ["wsgi.input"].read():
            raise ZeroDivisionError
        if not after:
            start("200 OK", [])

    bridge = Bridge(pages, threads=1)
    with pytest.raises(ZeroDivisionError):
        ask(bridge, b"name=Anjali")
    head, _ = ask(bridge, b"")
    assert head["status"] == 200


def test_half_a_form_is_no_form() -> None:
    asked = []

    def pages(environ: Any, start: Any) -> Iterable[bytes]:
        asked.append("asked")
        asked.append(environ["wsgi.input"].read())
        start("200 OK", [])
        return []

    assert ask(pages, cut=True) == []
    assert asked == []
    with pytest.raises(ConnectionResetError):
        ask(pages, b"name=George+Mat", cut=True)
    assert asked == ["asked"]


def test_a_tap_that_was_cut_off_on_its_way_holds_nothing(served: str, slot: Slot) -> None:
    """ "slot=12" of "slot=123" names another time: here the whole number has come, but the form has not."""
    place, form = urlsplit(served), f"slot={slot.pk}"

    def tap(browser: str, length: int) -> bytes:
        head = (
            f"POST {slot.doctor.get_absolute_url()}hold/ HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Cookie: csrftoken={browser * 32}\r\nX-CSRFToken: {browser * 32}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
        )
        with socket.create_connection((place.hostname, place.port)) as line:
            line.sendall((head + form).encode())
            return line.recv(4000) if length == len(form) else b""

    tap("0", len(form) + 2)
    assert b"location: /book/" in tap("1", len(form))
    assert Hold.objects.count() == 1
