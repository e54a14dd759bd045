"""PINs that reception gives at the counter to those whose SMS never comes: ten minutes, five tries, one browser."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from uuid6 import uuid7

from clinics import audit
from clinics.models import Clinic, User
from clinics.sealed import blind_index
from clinics.templatetags.words import clock
from patients import limits
from patients.models import Pin, Quota

LIFETIME = timedelta(minutes=10)
TRIES = 5
WRONG = "That is not the PIN, or its 10 minutes are over. Ask at the counter for a new one."
_FULL = {
    Quota.Scope.PIN_PHONE: "Three PINs were given for this number within an hour. The next can be given at {}.",
    Quota.Scope.PIN_CLINIC: "This clinic has given as many PINs as it may in an hour. The next can be given at {}.",
}


class PinError(Exception):
    """Why no PIN can be given, in words for reception."""


class _GivenAlready(Exception):
    """The same press has given it before."""

    def __init__(self, pin: Pin) -> None:
        super().__init__(pin.pk)
        self.pin = pin


def give(*, clinic: Clinic, phone: str, by: User, once: UUID | None = None) -> tuple[Pin, str]:
    """Give a PIN for a phone (E.164) to somebody at the counter; those this clinic gave for it before open no more.

    `once` is the key of the form that was sent: sent again, by a reload or a double click, it gives no other PIN and
    closes none. It returns the one that was given, without its digits: they are kept nowhere.
    """
    key, now, code = blind_index(phone), timezone.now(), f"{secrets.randbelow(10**6):06d}"
    pin_id = uuid5(once, f"{clinic.pk}:{key.hex()}") if once else uuid7()
    try:
        with transaction.atomic():
            # The row of the phone's count is locked from here on: of two presses at once, one sees the other's PIN.
            limits.take(limits.limits_of_pin(clinic_id=clinic.pk, phone_key=key))
            _must_be_new(pin_id)
            Pin.objects.open().filter(clinic=clinic, phone_key=key).update(expires_at=now)
            pin = Pin(
                pk=pin_id, clinic=clinic, phone=phone, phone_key=key, given_by=by, created_at=now,
                expires_at=now + LIFETIME,
            )  # fmt: skip
            pin.code_mac = _mac(code, pin)
            pin.save(force_insert=True)
            audit.record("pin.given", clinic=clinic, by=by, about=pin)
            return pin, code
    except limits.Full as full:
        if given := Pin.objects.filter(pk=pin_id).first():
            return given, ""
        raise PinError(_FULL[full.limit.scope].format(clock(full.until))) from full
    except _GivenAlready as before:
        return before.pin, ""


def _must_be_new(pin_id: UUID) -> None:
    if given := Pin.objects.filter(pk=pin_id).first():
        raise _GivenAlready(given)


def use(*, phone: str, code: str) -> Pin | None:
    """The PIN that was typed for a phone, used up by it; None when it is none. Every wrong one costs a try."""
    for pin in Pin.objects.open().filter(phone_key=blind_index(phone)).order_by("-created_at"):
        fresh = Pin.objects.open().filter(pk=pin.pk)
        # One conditional update takes the try, as with a code.
        if not fresh.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
            continue
        if hmac.compare_digest(_mac(code, pin), bytes(pin.code_mac)) and _used(pin):
            return pin
    return None


@transaction.atomic
def _used(pin: Pin) -> bool:
    """Use it up, unless somebody else just has."""
    if not Pin.objects.open().filter(pk=pin.pk).update(used_at=timezone.now()):
        return False
    audit.record("pin.used", clinic=pin.clinic, by=None, about=pin)
    return True


def _mac(code: str, pin: Pin) -> bytes:
    """The only trace of a PIN in our tables."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"pin:{pin.pk}:{code}".encode(), hashlib.sha256)
