"""Web push: to every browser in which a patient allowed it, sealed so that the push services read nothing of it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from uuid import UUID

import requests
from django.conf import settings
from http_ece import ECEException
from py_vapid import Vapid, VapidException
from pywebpush import WebPushException, webpush

from notifications import vapid
from notifications.channels import base, http
from notifications.channels.base import Accepted, Browser, Handover, Outcome, Refused, Unsure
from notifications.kinds import KINDS

LONGEST = 7 * 24 * 3600  # seconds a push service keeps a message for a browser that is off
ADDRESS = re.compile(  # nothing that two readers of addresses could read in two ways: no backslash, name or escape
    r"(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::(\d{1,5}))?(/[\w.~:/?\[\]@!$&'()*+,;=%-]*)?", re.ASCII
)
HERE = "127.0.0.1"  # a push service that is a test's own
GONE = Refused("The browser is gone", lasting=True)


class Push:
    """Web push; the page's service worker confirms what it has shown."""

    name = "push"
    concurrency = 8
    has_receipts = True
    repeats_harmlessly = True  # the second takes the first one's place in the browser

    def send(self, it: Handover) -> Outcome:
        """Hand it to each browser, as many as there is time for; one that shows it is enough."""
        try:
            key = vapid.private_key()
        except (ValueError, VapidException):
            return Refused("VAPID_PRIVATE_KEY is no key", lasting=True, ours=True)
        until = time.monotonic() + base.ANSWER
        outcomes: dict[str, Outcome] = {}
        for browser in it.browsers:
            if outcomes and time.monotonic() > until:
                break
            outcomes[browser.id] = _to(browser, it, key)
        gone = tuple(name for name, outcome in outcomes.items() if outcome is GONE)
        left = [outcome for outcome in outcomes.values() if outcome is not GONE]
        accepted = [outcome for outcome in left if isinstance(outcome, Accepted)]
        outcome = (accepted or left or [GONE])[0]
        return outcome if isinstance(outcome, Unsure) else replace(outcome, gone=gone)

    def ask(self, it: Handover) -> Outcome:
        """It is sent once more instead: the browser shows it once."""
        return self.send(it)


def address_of(endpoint: str) -> str:
    """Where a browser is pushed to, made anew of the parts that were looked at; "" where that is no browser maker's.

    It comes from a browser, and we must not be sent just anywhere.
    """
    if not (found := ADDRESS.fullmatch(endpoint)):
        return ""
    scheme, host, port, path = found.groups(default="")
    if len(host) > 63 or not any(f".{host}".endswith(f".{name}") for name in settings.PUSH_SERVICES):
        return ""
    if host == HERE:
        return f"{scheme}://{host}:{port or 80}{path}"
    return f"https://{host}{path or '/'}" if scheme == "https" and port in {"", "443"} else ""


def is_push_service(endpoint: str) -> bool:
    """Whether an address is a browser maker's."""
    return bool(address_of(endpoint))


def _to(browser: Browser, it: Handover, key: Vapid) -> Outcome:
    if not (address := address_of(browser.endpoint)):
        return GONE
    try:
        webpush(
            {"endpoint": address, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}},
            _payload(it), vapid_private_key=key, vapid_claims={"sub": settings.VAPID_CONTACT},
            ttl=min(it.seconds, LONGEST), headers=_headers(it), requests_session=http.session(reads=False),
        )  # fmt: skip
    except WebPushException as error:
        return _refusal(error, browser.line)
    except requests.RequestException as error:
        return GONE if _is_nowhere(error, browser) else replace(http.trouble(error), line=browser.line)
    except VapidException as error:
        return Refused(f"VAPID_CONTACT is not right: {error}", lasting=True, ours=True)
    except (ValueError, TypeError, IndexError, ECEException):  # its keys are none
        return GONE
    return Accepted(line=browser.line)


def _is_nowhere(error: requests.RequestException, browser: Browser) -> bool:
    """Whether the address is none, or of a host that there is not: a push service itself is always there."""
    if isinstance(error, ValueError):
        return True
    is_known = browser.line.removeprefix("push:") in settings.PUSH_SERVICES
    return not is_known and http.is_unknown_host(error)


def _payload(it: Handover) -> str:
    """What the service worker shows; `id` is what it confirms, `tag` what is shown once however often it comes."""
    return json.dumps(
        {"title": it.title, "body": it.text, "link": it.link, "id": it.id, "tag": it.message}, ensure_ascii=False
    )


def _headers(it: Handover) -> dict[str, str]:
    """A later one takes the place of an earlier one that waits; what is of this hour wakes the phone."""
    return {"Topic": UUID(it.message).hex, "Urgency": "high" if KINDS[it.kind].urgency <= 1 else "normal"}


def _refusal(error: WebPushException, line: str) -> Outcome:
    """Too many at once may be too many for one browser, which the service does not say: nobody else waits for it."""
    status = error.status_code
    if status is None or status in {404, 410}:  # None: its keys are none
        return GONE
    code = str(status)
    if status in {429, 503}:
        after = http.wait_of(error.retry_after)
        return Refused("The push service is busy", code, ours=status == 503, after=after, line=line)
    if status >= 500:
        return Unsure(f"The push service failed (HTTP {status})", line)
    return Refused(
        "The push service refuses our key" if status in {401, 403} else "It is not taken", code, lasting=True
    )
