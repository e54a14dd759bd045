"""Speaking HTTP to providers: connections kept and shared by threads, short patience, and what a failure may mean."""

from __future__ import annotations

import os
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from django.utils import timezone
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from notifications.channels import base
from notifications.channels.base import Outcome, Refused, Unsure

MOST_CONNECTIONS = 64  # to one provider; more threads than that would wait for each other
LONGEST_WAIT = 600.0  # seconds a provider is believed when it asks to be left alone


class Session(requests.Session):
    """Connections to providers. Nothing is sent a second time by itself, nobody leads us elsewhere, no cookie stays."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, HTTPAdapter(pool_maxsize=MOST_CONNECTIONS, max_retries=0))

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """Ask, with our patience."""
        return super().request(method, url, **kwargs | {"timeout": patience(), "allow_redirects": False})


def patience() -> tuple[float, float]:
    """Seconds to be connected in, and to be answered in."""
    return base.CONNECT, base.ANSWER


def session() -> Session:
    """This process' connections: a process forked from it must not share them."""
    return _session_of(os.getpid())


@cache
def _session_of(_process: int) -> Session:
    return Session()


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
