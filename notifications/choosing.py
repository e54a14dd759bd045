"""What a phone chooses to be told, and by which ways. Every choice counts from the next message on."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from clinics.sealed import blind_index
from notifications.channels.push import is_push_service
from notifications.kinds import KINDS, Kind
from notifications.models import Contact, Language, PushSubscription, Template

BROWSERS = 10  # of a phone; the one that asked longest ago makes room
MAKERS = {"googleapis.com": "Chrome", "mozilla.com": "Firefox", "apple.com": "Safari", "windows.com": "Edge"}
NOT_ASKED = {Kind.CODE, Kind.ALERT}
ESSENTIAL = [str(kind.label) for kind in Kind if KINDS[kind].essential and kind not in NOT_ASKED]
NOT_ESSENTIAL = [str(kind.label) for kind in Kind if not KINDS[kind].essential]


class PushError(ValueError):
    """Why a browser cannot be told by push, for whoever asked."""


def contact_of(phone_key: bytes) -> Contact:
    """What a phone has chosen; the usual, not saved, where it has chosen nothing."""
    return Contact.objects.filter(phone_key=phone_key).first() or Contact(phone_key=phone_key)


def choose(phone_key: bytes, **chosen: object) -> Contact:
    """Save what a phone has chosen."""
    return Contact.objects.update_or_create(phone_key=phone_key, defaults=chosen)[0]


def stop(phone_key: bytes) -> Contact:
    """From now on only what is essential."""
    return choose(phone_key, stopped_at=timezone.now())


def start(phone_key: bytes) -> Contact:
    """Everything again, of every clinic."""
    return choose(phone_key, stopped_at=None, stopped_clinics=[])


def languages() -> list[Language]:
    """The languages there is a template in: English, and others as they are registered."""
    there = set(Template.objects.exclude(language=Language.ENGLISH).values_list("language", flat=True).distinct())
    return [it for it in Language if it == Language.ENGLISH or it in there]


def subscribe(phone_key: bytes, *, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """A browser asks to be told; one that was another phone's before is this one's from now on."""
    if not is_push_service(endpoint) or len(endpoint) > 1000:
        raise PushError("That is no address of a push service.")
    if not 80 <= len(p256dh) <= 100 or not 20 <= len(auth) <= 30:
        raise PushError("The browser’s keys are not complete.")
    key = blind_index(endpoint, purpose="endpoint")
    with transaction.atomic():
        Contact.objects.get_or_create(phone_key=phone_key)
        contact = Contact.objects.select_for_update().get(phone_key=phone_key)
        PushSubscription.objects.filter(endpoint_key=key).delete()
        older = contact.subscriptions.order_by("-created_at", "-pk").values_list("pk", flat=True)[BROWSERS - 1 :]
        contact.subscriptions.filter(pk__in=list(older)).delete()
        made = PushSubscription(contact=contact, endpoint=endpoint, endpoint_key=key, p256dh=p256dh, auth=auth)
        made.save(force_insert=True)
        if not contact.by_push:
            contact.by_push = True
            contact.save(update_fields=["by_push"])
    return made


def unsubscribe(phone_key: bytes, *, endpoint: str) -> bool:
    """A browser of this phone is told nothing any more; returns whether it was."""
    ours = PushSubscription.objects.filter(
        contact__phone_key=phone_key, endpoint_key=blind_index(endpoint, purpose="endpoint")
    )
    return bool(ours.delete()[0])


def browser_of(endpoint: str) -> str:
    """Which browser is behind an endpoint, by its maker's push service; "A browser" where that is not known."""
    host = urlsplit(endpoint).hostname or ""
    return next((name for maker, name in MAKERS.items() if host.endswith(f".{maker}")), "A browser")
