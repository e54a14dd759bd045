"""Trying things out from the back office: a template on a phone, and an account with its provider."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clinics import audit
from clinics.models import AuditEvent, User
from clinics.sealed import blind_index
from notifications import lines, outbox
from notifications.accounts import OWN
from notifications.delivery.known import Known
from notifications.errors import MessageError
from notifications.kinds import Kind
from notifications.models import Contact, Message, Sender, Template
from notifications.samples import values_for

AN_HOUR = 6  # messages that one person may send to try templates out
MOBILE = re.compile(r"(?:\+91|91|0)?([6-9]\d{9})")
CHECK_SECONDS = 5.0


def try_out(*, template: Template, to: str, by: User) -> Message:
    """Send a template with sample values to a mobile number, as any other message; MessageError says why not."""
    if template.kind == Kind.ALERT:
        raise MessageError("Alerts go to staff by e-mail; they cannot be tried on a phone.")
    found = MOBILE.fullmatch(re.sub(r"[\s()-]", "", to))
    if found is None:
        raise MessageError("Give an Indian mobile number: 10 digits that start with 6, 7, 8 or 9.")
    phone = f"+91{found[1]}"
    _must_speak(phone, template)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # of two presses at once, one counts the other
        recent = AuditEvent.objects.filter(
            clinic=template.clinic, by=by, action="template.tried", at__gt=timezone.now() - timedelta(hours=1)
        )
        if recent.count() >= AN_HOUR:
            raise MessageError(f"You have tried {AN_HOUR} in this hour. Try again later.")
        message = outbox.write(template.kind, to=phone, clinic=template.clinic, **values_for(template.kind))
        _must_be_it(template, message)
        audit.record("template.tried", clinic=template.clinic, by=by, about=template, message=str(message.pk))
        return message


def _must_speak(phone: str, template: Template) -> None:
    """A phone is told things in its own language; of two templates it gets the one in that."""
    contact = Contact.objects.filter(phone_key=blind_index(phone)).first()
    spoken = contact.language if contact else "en"
    if spoken != template.language:
        raise MessageError(
            f"This phone has not chosen {template.get_language_display()}: it would get the other template."
        )


def _must_be_it(template: Template, message: Message) -> None:
    """The message is made from this template and no other, by the rule by which all are."""
    known = Known([message])
    for way in known.ways(message)[:1]:
        if known.template(message, way.account) != template:
            raise MessageError(
                f"This phone would be told by the platform’s account ({way.channel}), in the platform’s wording: "
                "a clinic’s own wording goes by the clinic’s own account alone."
            )


class _NoRedirects(HTTPRedirectHandler):
    """Our credentials go where they were meant to go, or nowhere."""

    def redirect_request(self, *_: object) -> None:
        return None


def check_account(sender: Sender) -> str:
    """Ask the provider about a clinic's account: its name there; MessageError says what is wrong with it."""
    where = f"{settings.TWILIO_API_URL}/2010-04-01/Accounts/{quote(sender.account_sid, safe='')}.json"
    secret = base64.b64encode(f"{sender.account_sid}:{sender.auth_token}".encode()).decode()
    asked = Request(where, headers={"Authorization": f"Basic {secret}", "Accept": "application/json"})  # noqa: S310
    try:
        with build_opener(_NoRedirects).open(asked, timeout=CHECK_SECONDS) as answer:
            known = json.loads(answer.read(65536))
    except HTTPError as error:
        raise MessageError(_refusal(error.code)) from None
    except (OSError, HTTPException, ValueError):
        raise MessageError("Twilio did not answer, so nothing is known. Check again in a minute.") from None
    if not isinstance(known, dict) or known.get("status") != "active":
        raise MessageError("Twilio knows this account, but it is not active.")
    for channel in ("sms", "whatsapp"):  # what waited for the right credentials goes on
        lines.works(f"{channel}:{OWN}{sender.clinic_id}")
    return str(known.get("friendly_name", ""))[:80]


def _refusal(status: int) -> str:
    if status in {401, 403}:
        return "Twilio refuses this account and token. Copy both once more from Twilio’s console."
    if status == 404:
        return "Twilio knows no account with this SID."
    return f"Twilio could not say (status {status}). Check again in a minute."
