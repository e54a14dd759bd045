"""What SMS and WhatsApp by Twilio have in common: the client, how outcomes are told, and asking what became of one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import requests
from django.conf import settings
from django.urls import reverse
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from notifications.channels import http
from notifications.channels.base import Accepted, Account, Handover, Outcome, Refused, Unsure
from notifications.channels.reasons import CROWDED, SENDERS, in_words
from notifications.models.dispatch import Fate

FATES = {
    "accepted": Fate.ACCEPTED, "scheduled": Fate.ACCEPTED, "queued": Fate.ACCEPTED, "sending": Fate.ACCEPTED,
    "sent": Fate.SENT, "delivered": Fate.DELIVERED, "read": Fate.READ, "undelivered": Fate.FAILED,
    "failed": Fate.FAILED, "canceled": Fate.FAILED,
}  # fmt: skip
SETTLES = 12.0  # seconds until what a provider has not in its list by then is believed not to be there
CLOCKS_DIFFER = 2.0  # seconds: theirs and ours, and they round theirs down
LATEST = 50  # messages to the phone that are looked through
NUMBERS = re.compile(r"\+?\d{6,}")  # a provider names the phone in what it says; we keep it to ourselves


class Crowded(TwilioException):
    """The provider asks to be left alone for a while."""

    def __init__(self, status: int, after: float) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.after = status, after


class _Connection(HttpClient):
    """Twilio's client over our connections; the library's own writes phone numbers into the log."""

    def __init__(self) -> None:
        super().__init__(None, is_async=False)

    def request(
        self, method: str, uri: str, params: Any = None, data: Any = None, headers: Any = None, auth: Any = None,
        timeout: float | None = None, allow_redirects: bool = False,
    ) -> Response:  # fmt: skip
        """One request, one answer; one that is to come back later is raised, with when."""
        said = http.session().request(method, uri, params=params, data=data, headers=headers, auth=auth)
        if said.status_code in {429, 503}:
            raise Crowded(said.status_code, http.wait_of(said.headers.get("Retry-After")))
        return Response(said.status_code, said.text, said.headers)


def client(account: Account) -> Client:
    """The client of an account, shared by all threads."""
    return _client(account.sid, account.token, settings.TWILIO_API_URL)


@lru_cache(maxsize=256)
def _client(sid: str, token: str, url: str) -> Client:
    made = Client(sid, token, http_client=_Connection())
    made.api.base_url = url
    return made


def create(it: Handover, **message: object) -> Outcome:
    """Hand a message over; its receipts come to an address with the dispatch's key in it."""
    callback = settings.PUBLIC_URL + reverse("notifications:twilio_status", args=[it.id])
    return _told(lambda: _taken(client(it.account).messages.create(status_callback=callback, **message)))


def look_for(it: Handover, *, to: str, is_ours: Callable[[str], bool]) -> Outcome:
    """Ask whether Twilio has a message of which we are unsure: by its key, or among the latest to the phone.

    They are not asked for by day: a message that has not been sent yet has none. `is_ours` is told each one's text.
    """
    messages = client(it.account).messages
    try:
        if it.provider_id:
            return _taken(messages(it.provider_id).fetch())
        latest = [one for one in messages.list(to=to, limit=LATEST) if _may_be(one, it) and is_ours(one.body or "")]
    except (TwilioException, requests.RequestException, ValueError, KeyError) as error:
        return Unsure(f"The provider could not be asked ({type(error).__name__})")
    if latest:
        return _taken(min(latest, key=lambda one: one.date_created))
    if time.time() - it.started < SETTLES:
        return Unsure("It is not there yet")
    return Refused("It is not there")


def _may_be(one: Any, it: Handover) -> bool:
    """Whether one of the provider's messages was made by this handing over, and not known as another's."""
    made = one.date_created
    return made is not None and made.timestamp() >= it.started - CLOCKS_DIFFER and one.sid not in it.others


def _taken(one: Any) -> Outcome:
    code = str(one.error_code or "")
    return Accepted(one.sid or "", FATES.get(one.status, Fate.ACCEPTED), error_code=code)


def _told(ask: Callable[[], Outcome]) -> Outcome:
    """What Twilio's answer, or its silence, means."""
    try:
        return ask()
    except Crowded as error:
        return Refused(in_words("20429"), code=str(error.status), ours=True, after=error.after)
    except (TwilioRestException, TwilioServiceException) as error:
        return _refusal(error.status, str(error.code or ""), getattr(error, "msg", "") or str(error))
    except requests.RequestException as error:
        return http.trouble(error)
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        return Unsure(f"The provider’s answer is not understood ({type(error).__name__})")


def _refusal(status: int, code: str, said: str) -> Outcome:
    if status >= 500:
        return Unsure(f"The provider failed (HTTP {status})")
    why = in_words(code, otherwise=NUMBERS.sub("…", said.removeprefix("Unable to create record: ")))
    if code in CROWDED:
        return Refused(why, code=code, ours=True)
    if status in {401, 403, 404} or status < 400 or code in SENDERS:
        return Refused(why, code=code, lasting=True, ours=True)
    return Refused(why, code=code, lasting=True)
