"""The doors by which providers say what became of a message, and patients what they want."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from twilio.request_validator import RequestValidator

from clinics.access import public_page
from notifications import inbound
from notifications.accounts import PLATFORM, token_of, tokens_of_sid
from notifications.channels import gateway, twilio
from notifications.channels.reasons import in_words
from notifications.delivery import hear
from notifications.models import Dispatch
from notifications.models.dispatch import Fate
from notifications.outbox import send_soon
from notifications.reading import read_json

logger = logging.getLogger(__name__)

KEY = re.compile(r"[\w.:-]{1,80}")  # what a provider's key may look like
View = Callable[..., HttpResponse]


def hook(*, because: str) -> Callable[[View], View]:
    """A page for providers: no browser comes here, so there is no form to forge; each checks who speaks itself."""

    def declare(view: View) -> View:
        return csrf_exempt(wraps(view)(public_page(because=because)(view)))

    return declare


@hook(because="signed by Twilio; says nothing but that it heard")
@require_POST
def twilio_status(request: HttpRequest, dispatch: UUID) -> HttpResponse:
    """What became of an SMS or a WhatsApp message."""
    found = Dispatch.objects.filter(pk=dispatch, channel__in=["sms", "whatsapp"]).first()
    if not _is_twilio(request, token_of(found.account if found else PLATFORM)):
        return _forged()
    said = request.POST
    code, key = said.get("ErrorCode", ""), said.get("MessageSid", "")
    fate = twilio.FATES.get(said.get("MessageStatus", ""))
    return _heard(dispatch, found, fate, code=code if code.isdecimal() else "", key=key)


@hook(because="signed by Twilio; answers the person who wrote")
@require_POST
def twilio_inbound(request: HttpRequest) -> HttpResponse:
    """A person has written to us."""
    said = request.POST
    signers = tokens_of_sid(said.get("AccountSid", "")).items()
    account = next((name for name, token in signers if _is_twilio(request, token)), None)
    if account is None:
        return _forged()
    answer = inbound.heard(
        account=account, sender=said.get("From", ""), to=said.get("To", ""), words=said.get("Body", "")
    )  # fmt: skip
    reply = format_html("<Message>{}</Message>", answer) if answer else ""
    return HttpResponse(f'<?xml version="1.0" encoding="UTF-8"?><Response>{reply}</Response>', content_type="text/xml")


@hook(because="its address is signed with the gateway's key; says nothing but that it heard")
@require_http_methods(["GET", "POST"])
def gateway_status(request: HttpRequest, dispatch: UUID) -> HttpResponse:
    """What became of an SMS by the gateway, as a query, a form or JSON; {"status": "delivered"}."""
    if not _equal(request.GET.get("sign", ""), gateway.signature(str(dispatch))):
        return _forged()
    found = Dispatch.objects.filter(pk=dispatch, channel="sms").first()
    is_json = request.content_type == "application/json"
    said = request.GET.dict() | request.POST.dict() | (read_json(request) if is_json else {})
    fate = gateway.FATES.get(str(said.get("status", "")).lower())
    code = re.sub(r"\W", "", str(said.get("code", "")))[:20]
    return _heard(dispatch, found, fate, code=code, key=str(said.get("id", "")))


@hook(because="knows the unguessable key of a push, and can only say that it was shown")
@require_POST
def push_seen(request: HttpRequest, dispatch: UUID) -> HttpResponse:
    """A browser has shown a message."""
    return _heard(dispatch, Dispatch.objects.filter(pk=dispatch, channel="push").first(), Fate.DELIVERED)


def _heard(dispatch: UUID, found: Dispatch | None, fate: Fate | None, *, code: str = "", key: str = "") -> HttpResponse:
    """Write a receipt down; words nobody knows are passed over, and a failure sets out on the next way at once."""
    if found is None:
        logger.warning("A receipt came for %s, which we never handed over", dispatch)
        raise Http404("No such message was handed over.")
    if fate is not None:
        error = in_words(code) if fate == Fate.FAILED else ""
        key = key if KEY.fullmatch(key) else ""
        if hear(found.pk, fate, error_code=code, error=error, provider_id=key) and fate == Fate.FAILED:
            send_soon(found.message)
    return HttpResponse(status=204)


def _forged() -> HttpResponse:
    """Refused in a line of the log: whoever tries a thousand times does not fill the disk."""
    return HttpResponseForbidden("This is not signed by whom it should be.", content_type="text/plain")


def _is_twilio(request: HttpRequest, token: str) -> bool:
    """Whether Twilio signed it with this: the address it was given, not the one a proxy makes of it."""
    address = settings.PUBLIC_URL + request.get_full_path()
    given = request.headers.get("X-Twilio-Signature", "")
    return bool(token) and RequestValidator(token).validate(address, request.POST, given)


def _equal(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())
