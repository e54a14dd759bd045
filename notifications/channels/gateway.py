"""SMS by any gateway that takes one by HTTP: an address, parameters to fill in, a key, and DLT's ids among them."""

from __future__ import annotations

import hmac
import json
import re
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

import requests
from django.conf import settings
from django.urls import reverse

from notifications.channels import http
from notifications.channels.base import Accepted, Handover, Outcome, Refused, Unsure
from notifications.models.dispatch import Fate

PLACE = re.compile(r"\{(\w+)\}")
KEYS = ("id", "message_id", "messageId", "request_id", "requestId", "sid")  # what gateways call their own key
NO = {"error", "failed", "failure", "rejected", "invalid"}
FATES = {  # plain words, and those of SMPP, which most gateways pass on
    "sent": Fate.SENT, "enroute": Fate.SENT, "acceptd": Fate.SENT, "submitted": Fate.SENT, "delivered": Fate.DELIVERED,
    "delivrd": Fate.DELIVERED, "failed": Fate.FAILED, "undelivered": Fate.FAILED, "undeliv": Fate.FAILED,
    "rejected": Fate.FAILED, "rejectd": Fate.FAILED, "expired": Fate.FAILED, "deleted": Fate.FAILED,
}  # fmt: skip


class Gateway:
    """SMS by the gateway of the settings."""

    name = "sms"
    concurrency = 16
    repeats_harmlessly = False

    @property
    def has_receipts(self) -> bool:
        """Whether it is told where to send them."""
        return "{receipts}" in settings.SMS_GATEWAY["params"]

    def send(self, it: Handover) -> Outcome:
        """Hand over one SMS as a form."""
        key = settings.SMS_GATEWAY["key"]
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            said = http.session().post(settings.SMS_GATEWAY["url"], data=_filled(it), headers=headers)
        except requests.RequestException as error:
            return http.trouble(error)
        return _meaning(said)

    def ask(self, it: Handover) -> Outcome:
        """Nobody knows how: each gateway would have a way of its own."""
        return Unsure("The gateway cannot be asked")


def receipts_at(dispatch_id: str) -> str:
    """Where the gateway tells what became of a message; nobody without the key can make this address."""
    path = reverse("notifications:gateway_status", args=[dispatch_id])
    return f"{settings.PUBLIC_URL}{path}?{urlencode({'sign': signature(dispatch_id)})}"


def signature(dispatch_id: str) -> str:
    """What proves that we ourselves gave the address of a dispatch's receipts to the gateway."""
    key = settings.SMS_GATEWAY["key"] or settings.SECRET_KEY
    return hmac.new(key.encode(), f"receipts of {dispatch_id}".encode(), sha256).hexdigest()


def _filled(it: Handover) -> list[tuple[str, str]]:
    """The parameters with what stands in braces filled in; what nobody knows is left empty."""
    values = {
        "to": it.to, "number": it.to.removeprefix("+"), "text": it.text, "id": it.id, "receipts": receipts_at(it.id),
        "entity": it.registered.dlt_entity, "header": it.registered.dlt_header, "template": it.registered.dlt_template,
    }  # fmt: skip
    wanted = parse_qsl(settings.SMS_GATEWAY["params"], keep_blank_values=True)
    return [(name, PLACE.sub(lambda found: values.get(found[1], ""), value)) for name, value in wanted]


def _meaning(said: requests.Response) -> Outcome:
    status, code = said.status_code, str(said.status_code)
    if status in {429, 503}:
        return Refused(
            "Too many requests at once", code, ours=True, after=http.wait_of(said.headers.get("Retry-After"))
        )
    if status >= 500:
        return Unsure(f"The gateway failed (HTTP {status})")
    if status in {401, 403}:
        return Refused("The gateway refuses our key", code, lasting=True, ours=True)
    if status in {404, 405} or status < 200 or 300 <= status < 400:
        return Refused("The gateway’s address is not right", code, lasting=True, ours=True)
    if status >= 400:
        return Refused("The gateway does not take it", code, lasting=True)
    return _answer(said.text)


def _answer(text: str) -> Outcome:
    """The key in what a gateway says after it took a message, or that it did not although HTTP went well."""
    try:
        said = json.loads(text)
    except ValueError:
        word = text.strip()
        return Accepted(word if re.fullmatch(r"[\w.:-]{4,80}", word) else "")
    words = _words(said)
    if words.get("error") or {str(words.get(name, "")).lower() for name in ("status", "type")} & NO:
        return Refused("The gateway does not take it", str(words.get("code", ""))[:20], lasting=True)
    return Accepted(next((str(words[name])[:80] for name in KEYS if words.get(name)), ""))


def _words(said: Any, deep: int = 0) -> dict[str, Any]:
    """What a gateway says, wherever in its answer it stands: {"data": {"id": …}}, [{"id": …}]."""
    found = {}
    for name, value in enumerate(said) if isinstance(said, list) else said.items() if isinstance(said, dict) else ():
        if isinstance(value, dict | list):
            found = (_words(value, deep + 1) if deep < 3 else {}) | found
        else:
            found[name] = value
    return found
