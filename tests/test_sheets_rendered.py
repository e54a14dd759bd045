"""A sheet is made by the real renderer, with nothing from outside and of no more than so many pages."""

import base64
import socket
import sys
import threading
from typing import Any

import pytest

from tests import cast
from tests.sheets import asked, made, needs_pango
from tests.waiting_room import booked, walk_in
from tokens import pdf, printing, services
from tokens.models import Purpose, Queue, Sheet

pytestmark = pytest.mark.django_db

State = Sheet.State


@needs_pango
@pytest.mark.parametrize("kind", list(Sheet.Kind))
def test_every_kind_is_made(queue: Queue, kind: str, reena: Any, asha: Any) -> None:
    booked(queue=queue, patient=asha)
    walk_in(queue=queue, name="ആശ തോമസ്", by=reena)
    numbers = 3 if kind == Sheet.Kind.POWER_CUT else 0
    services.reserve(queue=queue, how_many=3, purpose=Purpose.POWER_CUT, by=reena)
    sheet = made(queue, kind, numbers=numbers)
    assert (sheet.state, sheet.error, sheet.pages) == (State.READY, "", 1)
    assert base64.b64decode(sheet.pdf).startswith(b"%PDF-")


@needs_pango
def test_nothing_is_fetched_and_no_file_of_others_is_read(monkeypatch: Any, queue: Queue) -> None:
    """Neither by a patient's name, nor if a page were written without care."""
    cast.token(queue=queue, patient=cast.patient(name="<img src=file:///etc/passwd>", phone=None))
    cast.token(queue=queue, patient=cast.patient(name="http://127.0.0.1:1/", phone=None))
    html = printing.html_of(asked(queue))
    assert "&lt;img src=file:///etc/passwd&gt;" in html
    careless = html.replace("&lt;", "<").replace("&gt;", ">").replace(
        "</header>", "<img src=http://127.0.0.1:1/x><link rel=stylesheet href=http://127.0.0.1:1/y.css>"
        "<link rel=stylesheet href=ours:../config/settings.py><link rel=stylesheet href=file:///etc/hosts>"
        "<style>@import url(http://127.0.0.1:1/z.css);p{background:url(file:///etc/hostname)}</style></header>",
    )  # fmt: skip
    opened, own = [], threading.get_ident()

    def no_socket(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if opened is not None and event == "open" and threading.get_ident() == own:
            opened.append(str(args[0]))

    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setattr(socket, "create_connection", no_socket)
    sys.addaudithook(watch)
    for page in (html, careless):
        pages = pdf.to_pdf(page)[1]
        assert pages == 1
    read, opened = opened, None
    own_places = (sys.prefix, sys.base_prefix, pdf.__file__.removesuffix("tokens/pdf.py") + "static/")
    assert [path for path in read if not path.startswith(own_places)] == []
    assert any(path.endswith("static/sheet.css") for path in read)


@needs_pango
@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "http://127.0.0.1:1/", "https://oozham.example/", "ftp://127.0.0.1/", "ours:oozham.js",
     "ours:nothing.css", "/etc/passwd"],
)  # fmt: skip
def test_an_address_that_is_not_ours_is_refused(address: str) -> None:
    with pytest.raises((ValueError, Exception), match=r"disallowed|No style sheet|Not an absolute"):
        pdf.OwnFiles().fetch(address)


@needs_pango
def test_too_many_pages_are_refused(monkeypatch: Any, queue: Queue, asha: Any) -> None:
    cast.token(queue=queue, patient=asha)
    monkeypatch.setattr(pdf, "MOST_PAGES", 0)
    sheet = made(queue)
    assert (sheet.state, sheet.error) == (State.FAILED, "That would be 1 pages; up to 0 can be printed.")


def test_without_pango_the_sheet_says_so(monkeypatch: Any, queue: Queue) -> None:
    monkeypatch.setattr(pdf, "HTML", None)
    sheet = made(queue)
    assert sheet.state == State.FAILED
    assert "its Pango library is missing" in sheet.error
