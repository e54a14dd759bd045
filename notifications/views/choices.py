"""What a patient is told, and how: one page, each choice one tap."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clinics.access import own_phone_page
from clinics.models import Clinic
from notifications import choosing, vapid
from notifications.models import Contact, Language, PushSubscription

SET: dict[str, tuple[dict[str, Any], str]] = {
    "whatsapp-on": ({"by_whatsapp": True}, "By WhatsApp where we can, else by SMS."),
    "whatsapp-off": ({"by_whatsapp": False}, "Not by WhatsApp any more: by SMS."),
    "push-on": ({"by_push": True}, "Your browsers are told again."),
    "push-off": ({"by_push": False}, "No browser is told any more."),
}


@own_phone_page
def choices(request: HttpRequest) -> HttpResponse:
    """What is sent, by which ways, in which language; a press changes it at once."""
    key = request.user.phone_key
    if request.method == "POST":
        if said := _change(key, request.POST):
            messages.success(request, said)
        return redirect("notifications:choices")
    contact = choosing.contact_of(key)
    browsers = contact.subscriptions.order_by("-created_at") if contact.pk else []
    context = {
        "contact": contact, "languages": choosing.languages(), "essential": choosing.ESSENTIAL,
        "more": choosing.NOT_ESSENTIAL, "push_key": vapid.public_key(),
        "stopped": Clinic.objects.filter(pk__in=contact.stopped_clinics) if contact.stopped_clinics else (),
        "browsers": [(it, choosing.browser_of(it.endpoint)) for it in browsers],
    }  # fmt: skip
    return render(request, "notifications/choices.html", context)


def _change(key: bytes, typed: Any) -> str:
    """Do what was pressed; returns what to say, with the way back; "" for what is no choice."""
    wanted = typed.get("set", "")
    if wanted == "stop":
        choosing.stop(key)
        return "Stopped: only what is essential is sent from now on. “Start again” takes it back."
    if wanted == "start":
        choosing.start(key)
        return "Started again: reminders and the rest are sent from now on."
    if wanted in SET:
        chosen, said = SET[wanted]
        choosing.choose(key, **chosen)
        return said
    if typed.get("language") in Language.values:
        contact: Contact = choosing.choose(key, language=typed["language"])
        return f"Messages come in {contact.get_language_display()}, where there is one in it."
    browser = typed.get("browser", "")
    if browser and browser.replace("-", "").isalnum() and len(browser) == 36:
        return "That browser is told nothing any more." if _forget(key, browser) else ""
    return ""


def _forget(key: bytes, browser: str) -> bool:
    ours = PushSubscription.objects.filter(contact__phone_key=key)
    return any(str(it.pk) == browser and it.delete() for it in ours)
