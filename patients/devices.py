"""Browsers that have proved a phone before: what says so is signed, in the browser's own cookie, and names no phone."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "device"
LASTS = timedelta(days=400)
PHONES = 5  # that one browser is remembered to have proved, the latest first
SALT = "patients.devices"


def device_of(request: HttpRequest, phone: str) -> str:
    """The name of this device, when it has proved this very phone (E.164); else nothing."""
    device, proved = _read(request)
    return device if device and _tag(device, phone) in proved else ""


def remember(request: HttpRequest, response: HttpResponse, phone: str) -> None:
    """Let this browser be known from now on as one that has proved a phone."""
    device, proved = _read(request)
    device = device or secrets.token_urlsafe(18)
    tag = _tag(device, phone)
    proved = [tag, *(it for it in proved if it != tag)][:PHONES]
    response.set_cookie(
        COOKIE, signing.dumps([device, proved], salt=SALT), max_age=LASTS, secure=settings.SESSION_COOKIE_SECURE,
        httponly=True, samesite="Lax",
    )  # fmt: skip


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """The device's name and the phones it has proved; nothing, when the cookie is not one of ours."""
    try:
        device, proved = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return "", []
    return device, proved


def _tag(device: str, phone: str) -> str:
    """Says of one phone, and to us alone, that one device has proved it."""
    return salted_hmac(SALT, f"{device}:{phone}", algorithm="sha256").hexdigest()[:32]
