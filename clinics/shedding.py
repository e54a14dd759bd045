"""Load shedding: one address cannot wear the server out. What must be exact is counted in PostgreSQL instead."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

IPV6_NETWORK = 64  # bits: what one household or one phone is given
PAUSE = 5.0  # seconds without asking a Redis that did not answer: nobody waits for it twice

_asks_again_at = 0.0


def shed(rate: str, *, key: Callable[[HttpRequest], str] | None = None, name: str = "") -> Callable[..., Any]:
    """Turn away, with a sentence, whoever sends a view more than `rate` ("30/m") from one address or one `key`.

    `key` must give a normal form (a phone in E.164), or one thing spelt eight ways counts as eight.
    """

    def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        group = name or f"{view.__module__}.{view.__qualname__}"

        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if is_too_much(request, group=group, rate=rate, key=key):
                return too_much(request)
            return view(request, *args, **kwargs)

        return page

    return guard


def is_too_much(
    request: HttpRequest, *, group: str, rate: str, key: Callable[[HttpRequest], str] | None = None
) -> bool:
    """Count this request; whether it is one too many. When Redis does not answer, nobody is turned away."""
    global _asks_again_at  # noqa: PLW0603
    if time.monotonic() < _asks_again_at:
        return False
    read = key or network_of
    try:
        usage = get_usage(request, group=group, key=lambda _, asked: read(asked), rate=rate, increment=True)
    except (RedisError, OSError) as error:
        _asks_again_at = time.monotonic() + PAUSE
        logger.warning("Nothing is shed for %s s, Redis did not answer: %s", PAUSE, error)
        return False
    # A limit of 0 is how django-ratelimit says that it could not count.
    return bool(usage and usage["limit"] and usage["should_limit"])


def too_much(request: HttpRequest) -> HttpResponse:
    """The answer to somebody who asks too often."""
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = "60"
    return response


def address_of(request: HttpRequest) -> str | None:
    """The address of whoever asks, as far as our own proxies vouch for it; None over a local socket.

    Each of our TRUSTED_PROXIES appended the address it saw to X-Forwarded-For, so the outermost of them wrote the
    entry that many places from the right. Whatever stands left of it was sent by the asker, and may be a lie.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    candidates = ([hops[-trusted]] if 0 < trusted <= len(hops) else []) + [request.META.get("REMOTE_ADDR", "")]
    for candidate in candidates:
        try:
            address = ip_address(candidate)
            return str(getattr(address, "ipv4_mapped", None) or address).partition("%")[0]
        except ValueError:
            continue
    return None


def network_of(request: HttpRequest) -> str:
    """The address that counts as one asker: all of a household's IPv6, one IPv4; "" over a local socket."""
    address = address_of(request)
    if address is None or ip_address(address).version == 4:
        return address or ""
    return str(ip_network(f"{address}/{IPV6_NETWORK}", strict=False))
