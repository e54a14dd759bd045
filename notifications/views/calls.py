"""Reception's list of whom to telephone: what reached nobody and still matters."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinics.access import staff_page
from clinics.models import Clinic, Role
from notifications import by_hand
from notifications.models import Message

SHOWN = 100
RECEPTION = (Role.RECEPTIONIST, Role.ADMIN)


@staff_page(*RECEPTION)
@require_safe
def calls(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """The urgent first; and those told today, in case one was not."""
    to_tell = Message.objects.to_telephone().filter(clinic=clinic).order_by("urgency", "pk")
    told = Message.objects.telephoned().filter(clinic=clinic, called_at__gte=_this_morning(clinic))
    context = {
        "clinic": clinic, "to_tell": to_tell[:SHOWN],
        "told": told.select_related("called_by").order_by("-called_at")[:SHOWN],
    }  # fmt: skip
    return render(request, "notifications/calls.html", context)


@staff_page(*RECEPTION)
@require_POST
def told(request: HttpRequest, clinic: Clinic, pk: UUID) -> HttpResponse:
    """The patient has been told by telephone."""
    message = get_object_or_404(clinic.messages, pk=pk)
    if by_hand.tell_by_telephone(clinic=clinic, message_id=message.pk, by=request.user):
        messages.success(request, "Noted: told by telephone.")
    else:
        messages.warning(request, "That was settled already: somebody told them, or the message went out after all.")
    return redirect("notifications:calls", clinic.slug)


@staff_page(*RECEPTION)
@require_POST
def not_told(request: HttpRequest, clinic: Clinic, pk: UUID) -> HttpResponse:
    """A slip of the finger: nobody was told."""
    message = get_object_or_404(clinic.messages, pk=pk)
    if by_hand.take_back_telephone(clinic=clinic, message_id=message.pk, by=request.user):
        messages.success(request, "It stands on the list again.")
    else:
        messages.warning(request, "It stands on the list already.")
    return redirect("notifications:calls", clinic.slug)


@staff_page(*RECEPTION)
@require_POST
def again(request: HttpRequest, clinic: Clinic, pk: UUID) -> HttpResponse:
    """Try to send it once more instead."""
    message = get_object_or_404(clinic.messages, pk=pk)
    if by_hand.send_again(clinic.messages.filter(pk=message.pk), by=request.user):
        messages.success(request, "It is sent again. If it fails once more, it comes back to this list.")
    else:
        messages.warning(request, "That was settled already, or is too late to send.")
    return redirect("notifications:calls", clinic.slug)


def _this_morning(clinic: Clinic) -> datetime:
    return clinic.local(timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)
