"""Speaking HTTP to providers: connections kept and shared by threads, short patience, and what a failure may mean."""

from __future__ import annotations

import http.client
import os
import socket
import time
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from io import BufferedReader, RawIOBase
from typing import Any

import requests
from django.utils import timezone
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

from notifications.channels import base
from notifications.channels.base import Outcome, Refused, Unsure

MOST_CONNECTIONS = 64  # to one provider; more threads than that would wait for each other
LONGEST_WAIT = 600.0  # seconds a provider is believed when it asks to be left alone
LONGEST_ANSWER = 1_000_000  # bytes; Twilio's list of the latest fifty messages has some 50,000


class _ByTheClock(RawIOBase):
    """What comes by a connection until a moment: each piece waited for on its own could come drop by drop for ever."""

    def __init__(self, raw: Any, connection: socket.socket) -> None:
        self.raw, self.connection, self.patience = raw, connection, connection.gettimeout()
        self.until = time.monotonic() + (self.patience or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for the next piece no longer than there is time for all of them."""
        if self.patience is None:
            return self.raw.readinto(buffer)
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.connection.settimeout(left)
        try:
            return self.raw.readinto(buffer)
        finally:
            self.connection.settimeout(self.patience)

    def close(self) -> None:
        self.raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer that has to be there in time as a whole, its headers too."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = BufferedReader(_ByTheClock(self.fp.detach(), sock))


class _Plain(HTTPConnection):
    response_class = _Answer


class _Secure(HTTPSConnection):
    response_class = _Answer


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(HTTPAdapter):
    """Connections whose answers come in time, or not at all."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        return manager


class Session(requests.Session):
    """Connections to providers. Nothing is sent a second time by itself, nobody leads us elsewhere, no cookie stays.

    An answer is read as a whole in the time there is for it, and up to a length; or not read at all (`reads`).
    """

    def __init__(self, *, reads: bool = True) -> None:
        super().__init__()
        self.reads = reads
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(pool_maxsize=MOST_CONNECTIONS, max_retries=0))

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """Ask, with our patience."""
        ours = {"timeout": patience(), "allow_redirects": False, "stream": True}
        said = super().request(method, url, **kwargs | ours)
        try:
            said._content = self._read(said)
        finally:
            said.close()  # what was read to its end leaves its connection to the next
        return said

    def _read(self, said: requests.Response) -> bytes:
        read = b""
        if not self.reads and said.headers.get("Content-Length") != "0":
            return read
        for piece in said.iter_content(64 * 1024):
            read += piece
            if len(read) > LONGEST_ANSWER:
                raise requests.RequestException("The answer is too long")
        return read


def patience() -> tuple[float, float]:
    """Seconds to be connected in, and to be answered in."""
    return base.CONNECT, base.ANSWER


def session(*, reads: bool = True) -> Session:
    """This process' connections: a process forked from it must not share them.

    `reads=False`: for those of whom only the status and the headers count.
    """
    return _session_of(os.getpid(), reads)


@cache
def _session_of(_process: int, reads: bool) -> Session:
    return Session(reads=reads)


def trouble(error: requests.RequestException) -> Outcome:
    """What it means that there was no answer: never reached is certain, everything else may have been taken."""
    why = type(error).__name__
    if _never_reached(error):
        return Refused(f"The provider cannot be reached ({why})", ours=True)
    if isinstance(error, requests.Timeout):
        return Unsure(f"No answer within {base.ANSWER:g} s")
    return Unsure(f"The connection broke ({why})")


def _never_reached(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError | ValueError):
        return True  # ValueError: an address that is none
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError) or "CERTIFICATE_VERIFY_FAILED" in str(reason)


def is_unknown_host(error: requests.RequestException) -> bool:
    """Whether the names' servers say that there is no such host; not where they themselves do not answer."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    cause = reason.__cause__ if isinstance(reason, NameResolutionError) else None
    return isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME


def wait_of(header: str | None) -> float:
    """The seconds of a Retry-After, given as a number or as a date; 0 where there is none."""
    try:
        seconds = float(header or 0)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header or "") - timezone.now()).total_seconds()
        except (ValueError, TypeError):
            seconds = 0.0
    return min(seconds, LONGEST_WAIT) if seconds > 0 else 0.0
