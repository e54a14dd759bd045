"""Where we speak to providers: nowhere else than was looked at, and no longer than there is time for."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from notifications.channels import Unsure, base, http
from notifications.channels.push import address_of

ANSWER = 0.4
Says = Callable[[socket.socket, threading.Event], None]


def drops(begins: bytes) -> Says:
    """An answer that begins so, and goes on with a byte now and then, each well within our patience."""

    def says(caller: socket.socket, over: threading.Event) -> None:
        caller.sendall(begins)
        while not over.wait(0.1):
            caller.sendall(b"x")

    return says


def floods(caller: socket.socket, over: threading.Event) -> None:
    """An answer without an end."""
    caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not over.is_set():
        caller.sendall(b"x" * 65536)


HEADERS = drops(b"HTTP/1.1 200 OK\r\nX-More: ")
BODY = drops(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Says], str]]:
    """A provider that answers as it likes; its address."""
    monkeypatch.setattr(base, "ANSWER", ANSWER)
    over, threads = threading.Event(), []

    def serve(server: socket.socket, says: Says) -> None:
        with server, contextlib.suppress(OSError):
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    caller, _ = server.accept()
                    with caller, contextlib.suppress(OSError):
                        caller.recv(65536)
                        says(caller, over)

    def start(says: Says) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        server.settimeout(0.1)
        threads.append(threading.Thread(target=serve, args=[server, says]))
        threads[-1].start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/"

    yield start
    over.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("says", [HEADERS, BODY], ids=["headers", "body"])
def test_a_provider_that_answers_drop_by_drop_holds_nobody_up(host: Any, says: Says) -> None:
    at, begun = host(says), time.monotonic()
    with pytest.raises(requests.RequestException) as error:
        http.session().post(at, data="Asha, token 5")
    assert ANSWER * 0.9 < time.monotonic() - begun < ANSWER * 2.5
    assert isinstance(http.trouble(error.value), Unsure), "it may have taken the message"


def test_nor_does_one_that_never_stops_answering(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "ANSWER", 8.0)
    at, begun = host(floods), time.monotonic()
    with pytest.raises(requests.RequestException, match="too long"):
        http.session().get(at)
    assert time.monotonic() - begun < 4


def test_a_push_service_has_answered_once_its_status_is_there(host: Any) -> None:
    begun = time.monotonic()
    said = http.session(reads=False).post(host(BODY))
    assert (said.status_code, said.text, time.monotonic() - begun < ANSWER) == (201, "", True)


def test_an_answer_that_is_read_leaves_its_connection_to_the_next(host: Any) -> None:
    callers = []

    def says(caller: socket.socket, over: threading.Event) -> None:
        callers.append(caller)
        for _ in range(3):
            caller.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
            time.sleep(0.05)
            if over.is_set() or not caller.recv(65536):
                return

    at = host(says)
    for _ in range(3):
        assert http.session(reads=False).post(at).status_code == 201
    assert len(callers) == 1


@pytest.mark.parametrize(
    ("endpoint", "goes_to"),
    [
        ("https://fcm.googleapis.com/fcm/send/a:b", "https://fcm.googleapis.com/fcm/send/a:b"),
        ("https://fcm.googleapis.com:443/x", "https://fcm.googleapis.com/x"),
        ("https://wns2-pn1p.notify.windows.com/w/?token=x%2F", "https://wns2-pn1p.notify.windows.com/w/?token=x%2F"),
        ("https://fcm.googleapis.com", "https://fcm.googleapis.com/"),
        ("https://internal.example\\.fcm.googleapis.com/x", ""),
        ("https://internal.example/\\.fcm.googleapis.com/x", ""),
        ("https://internal.example#.fcm.googleapis.com/x", ""),
        ("https://internal.example?.fcm.googleapis.com/x", ""),
        ("https://internal.example%2f.fcm.googleapis.com/x", ""),
        ("https://internal.example@fcm.googleapis.com/x", ""),
        ("https://:@fcm.googleapis.com/x", ""),
        ("https://a b.fcm.googleapis.com/", ""),
        ("https://..fcm.googleapis.com/", ""),
        ("https://fcm.googleapis.com./", ""),
        ("https://ｆcm.googleapis.com/", ""),
        ("https://fcm.googleapis.com/\ud800", ""),
        ("https://fcm.googleapis.com/x\n", ""),
        ("https://fcm.googleapis.com:80/", ""),
        (" https://fcm.googleapis.com/", ""),
        ("http://127.0.0.1:6379/", ""),
    ],
)
def test_a_push_goes_to_the_very_place_that_was_looked_at(endpoint: str, goes_to: str) -> None:
    assert address_of(endpoint) == goes_to
    if goes_to:
        assert requests.Request("POST", goes_to).prepare().url == goes_to
