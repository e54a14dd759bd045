"""What people write to us: their word opens WhatsApp's window; STOP and START are understood.

What is written to the platform counts for all; what is written to a clinic's own account, for that clinic alone: its
admin has the key, and could sign for anybody.
"""

from __future__ import annotations

import re
import unicodedata

from django.conf import settings
from django.db import transaction
from django.db.models import F, Func, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from clinics.sealed import blind_index
from notifications.accounts import clinic_of
from notifications.models import Contact

PERSON = re.compile(r"(?:whatsapp:)?(\+91[6-9]\d{9})")
OLD_CHILLU = {"\u0d30\u0d4d\u200d": "\u0d7c", "\u0d28\u0d4d\u200d": "\u0d7b", "\u0d32\u0d4d\u200d": "\u0d7d"}  # ര്‍ → ർ
STOP = {"stop", "stop all", "stopall", "unsubscribe", "നിർത്തുക", "നിർത്തൂ"}
START = {"start", "unstop", "subscribe", "തുടങ്ങുക", "തുടരുക"}


def heard(*, account: str, sender: str, to: str, words: str) -> str:
    """Take down what a person wrote to an account; returns what they are answered: nothing, where it is no mobile."""
    person = PERSON.fullmatch(sender)
    if person is None:
        return ""
    wish, clinic_id = _plainly(words), clinic_of(account)
    if clinic_id is not None and wish not in STOP | START:  # it changes nothing, so nothing is written down
        return _answer(wish)
    with transaction.atomic():
        contact, _ = Contact.objects.get_or_create(phone_key=blind_index(person[1]))
        ours = Contact.objects.filter(pk=contact.pk)
        if clinic_id is None:
            _to_the_platform(ours, to, wish)
        else:
            _to_a_clinic(ours, clinic_id, wish)
    return _answer(wish, of=" of this clinic" if clinic_id is not None else "")


def _to_the_platform(ours: QuerySet[Contact], to: str, wish: str) -> None:
    now = timezone.now()
    if to == f"whatsapp:{settings.TWILIO['whatsapp_from']}":  # the window is that of this number alone
        ours.update(wrote_at=Greatest(Coalesce(F("wrote_at"), now), now))
    if wish in STOP:
        ours.update(stopped_at=Coalesce(F("stopped_at"), now))
    elif wish in START:
        ours.update(stopped_at=None, stopped_clinics=[])


def _to_a_clinic(ours: QuerySet[Contact], clinic_id: int, wish: str) -> None:
    if wish in STOP:
        fresh = ours.exclude(stopped_clinics__contains=[clinic_id])
        fresh.update(stopped_clinics=Func(F("stopped_clinics"), Value(clinic_id), function="array_append"))
    else:
        ours.update(stopped_clinics=Func(F("stopped_clinics"), Value(clinic_id), function="array_remove"))


def _plainly(words: str) -> str:
    """Words as somebody means them, however they were typed: " Stop. " is stop."""
    text = unicodedata.normalize("NFC", words[:200])
    for old, new in OLD_CHILLU.items():
        text = text.replace(old, new)
    kept = "".join(" " if unicodedata.category(letter)[0] in "PSZC" else letter for letter in text)
    return " ".join(kept.casefold().split())


def _answer(wish: str, *, of: str = "") -> str:
    if wish in STOP:
        return f"You are told only what you must know of your own visits{of} from now on. Write START to be told more."
    if wish in START:
        return f"You are told everything about your visits{of} again. Write STOP to be told less."
    return f"Nobody reads this number. Your visits are at {settings.PUBLIC_URL}/me/. Write STOP to be told less."
