"""A desk pressed over HTTP: the pages' own addresses, with the sessions of receptionists and of the doctor."""

from __future__ import annotations

import html
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from queue import SimpleQueue
from select import select
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from config.simulation.desks import Refused
from config.simulation.script import EMERGENCY, PHONE, Visit

SAID = re.compile(r'data-level="(\w+)">\s*<span class="grow">(.*?)</span>', re.DOTALL)
NUMBER = re.compile(r"[Tt]oken (\d+)\b")
PATIENCE = 30  # seconds
SILENCE = 3.0  # seconds after which a connection is not used again: servers hang up after five


class Session:
    """Somebody signed in, in one browser with one connection."""

    def __init__(self, address: str, cookies: Mapping[str, str]) -> None:
        self.place = urlsplit(address)
        self.cookies = {"csrftoken": secrets.token_hex(16), **cookies}
        self.lock = threading.Lock()
        self._connection: HTTPConnection | None = None
        self._used = 0.0

    def get(self, path: str) -> str:
        """A page, or the part of it asked for."""
        return self._ask("GET", path, None, {})[1]

    def press(self, path: str, fields: Mapping[str, object]) -> str:
        """Press as HTMX does, going where it leads; what was said. Raises Refused."""
        sent = urlencode(fields)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self.cookies["csrftoken"],
                   "HX-Request": "true"}  # fmt: skip
        answer, text = self._ask("POST", path, sent, headers)
        if answer.status == 302:
            text = self.get(answer.headers["Location"])
        said = SAID.findall(text)
        if not said:
            raise Refused(f"{path} said nothing")
        level, words = said[-1][0], html.unescape(said[-1][1].strip())
        if level != "success":
            raise Refused(words)
        return words

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[HTTPResponse, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self._connection is not None and self._has_hung_up():
            self.close()
        if self._connection is None:
            self._connection = HTTPConnection(self.place.hostname, self.place.port, timeout=PATIENCE)
        try:
            self._connection.request(method, path, body, headers | {"Cookie": cookies, "Host": self.place.netloc})
            answer = self._connection.getresponse()
            text = answer.read().decode()
            self._used = time.monotonic()
        except (OSError, HTTPException) as error:
            self.close()
            raise Refused(f"{method} {path}: {type(error).__name__}") from error
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status not in (200, 302):
            raise Refused(f"{method} {path}: {answer.status}")
        return answer, text

    def _has_hung_up(self) -> bool:
        """Whether the server closed the connection in a silence, or is about to: nothing has been sent on it yet."""
        socket = self._connection.sock
        return socket is None or time.monotonic() - self._used > SILENCE or bool(select([socket], [], [], 0)[0])


class Reception:
    """The receptionists of a clinic: whoever is free presses."""

    def __init__(self, sessions: list[Session]) -> None:
        self._free: SimpleQueue[Session] = SimpleQueue()
        for session in sessions:
            self._free.put(session)

    @contextmanager
    def somebody(self) -> Iterator[Session]:
        """The next who is free, until this is over."""
        session = self._free.get()
        try:
            yield session
        finally:
            self._free.put(session)


class HttpDesk:
    """One doctor's buttons as reception and the doctor see them; bookings are made elsewhere."""

    def __init__(self, clinic: str, doctor: str, *, reception: Reception, own: Session, checks_in: bool = True) -> None:
        self.route, self.reception, self.own, self.checks_in = [clinic, doctor], reception, own, checks_in

    def states(self) -> None:
        """What it looks like is for eyes."""

    def book(self, visit: Visit, due_at: datetime) -> int:
        raise Refused("Bookings are made on the doctor's page.")

    def add(self, visit: Visit) -> int:
        if visit.kind == EMERGENCY:
            return _number(self._reception("emergency", name=visit.name, why=visit.why, once=uuid4()))
        phone = visit.phone if visit.kind == PHONE else ""
        given = {"kind": visit.kind, "name": visit.name, "age": visit.age, "phone": phone}
        return _number(self._reception("add", once=uuid4(), **given))

    def arrived(self, number: int) -> None:
        self._reception("arrived", number)

    def late(self, number: int) -> None:
        self._reception("late", number)

    def call_next(self, seen: int | None) -> int:
        return _number(self._doctor("call_next", seen))

    def complete(self, seen: int) -> None:
        self._doctor("complete", seen)

    def again(self) -> None:
        self._doctor("again")

    def skip(self, number: int) -> None:
        self._reception("skip", number)

    def recall(self, number: int) -> None:
        self._reception("recall", number)

    def cancel(self, number: int) -> None:
        with self.reception.somebody() as session:
            session.press(self._calendar("desk_cancel", number), {"why": "Called off"})

    def undo(self) -> None:
        self._reception("undo")

    def state(self, state: str, back_at: datetime | None = None) -> None:
        with self.reception.somebody() as session:
            minutes = back_at and max(1, round((back_at - timezone.now()).total_seconds() / 60))
            session.press(self._path("state"), {"state": f"{state}:{minutes}" if minutes else state})

    def run_late(self, minutes: int) -> None:
        self._reception("running_late", minutes=minutes)

    def transfer(self, number: int, to: HttpDesk) -> int:
        with self.reception.somebody() as session:
            return _number(session.press(self._calendar("desk_transfer", number), {"to": to.route[1]}))

    def close(self) -> None:
        with self.reception.somebody() as session:
            session.press(self._calendar("close_day"), {})

    def _calendar(self, name: str, *number: int) -> str:
        return reverse(f"scheduling:{name}", args=[*self.route, *number])

    def _path(self, name: str, *number: int) -> str:
        return reverse(f"tokens:{name}", args=[*self.route, *number])

    def _reception(self, name: str, /, *number: int, **fields: object) -> str:
        with self.reception.somebody() as session:
            return session.press(self._path(name, *number), fields)

    def _doctor(self, name: str, seen: int | None = None) -> str:
        """In the doctor's own list; the number inside goes along as that page shows it."""
        with self.own.lock:
            return self.own.press(f"{self._path(name)}?at=today&seen={'' if seen is None else seen}", {})


def _number(said: str) -> int:
    found = NUMBER.search(said)
    if found is None:
        raise Refused(said)
    return int(found[1])
