"""Paper: a token's slip, and the sheets a worker makes."""

import base64
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from clinics.access import staff_page
from clinics.models import Clinic
from tokens import sheets
from tokens.models import Queue, Sheet, TokenError
from tokens.qr import qr
from tokens.views.answers import STAFF, must_be_own, queue_of, route

WIDTHS = (58, 80)  # mm
SHOWN = 10


@staff_page(*STAFF)
@require_safe
def slip(request: HttpRequest, clinic: Clinic, doctor: str, number: int) -> HttpResponse:
    """One token's slip, for the browser's own printing."""
    queue = queue_of(clinic, doctor)
    token = get_object_or_404(queue.tokens.select_related("patient"), number=number)
    wanted = request.GET.get("width", "")
    width = int(wanted) if wanted in map(str, WIDTHS) else clinic.slip_width
    context = {
        "clinic": clinic, "queue": queue, "token": token, "width": width, "other": sum(WIDTHS) - width,
        "qr": qr(token.get_absolute_url(), f"QR code of token {number}"),
    }  # fmt: skip
    return render(request, "tokens/slip.html", context)


@staff_page(*STAFF)
def printing(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """What can be printed of a queue, and what was lately."""
    queue = queue_of(clinic, doctor)
    if "fragment" in request.GET:
        return HttpResponse(render_to_string("tokens/_print.html", _recent(queue)))
    wanted, error = request.POST.get("numbers", str(sheets.NUMBERS)).strip(), ""
    if request.method == "POST":
        must_be_own(request, queue)
        try:
            sheets.ask(queue=queue, kind=request.POST.get("kind", ""), by=request.user, numbers=_count(wanted))
        except TokenError as refused:
            error = str(refused)
        else:
            return redirect("tokens:print", *route(queue))
    is_of_numbers = request.POST.get("kind") == Sheet.Kind.POWER_CUT
    if error and not is_of_numbers:
        messages.warning(request, error)
    context = _recent(queue) | {
        "clinic": clinic, "queue": queue, "numbers": wanted[:10], "most": sheets.MOST_NUMBERS,
        "error": error if is_of_numbers else "", "kept": queue.reserved.free().filter(purpose="power").count(),
    }  # fmt: skip
    return render(request, "tokens/print.html", context)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0


def _recent(queue: Queue) -> dict[str, object]:
    recent = list(queue.sheets.defer("pdf").select_related("asked_by")[:SHOWN])
    return {
        "sheets": recent, "clinic_slug": queue.clinic.slug, "doctor_slug": queue.doctor.slug,
        "address": reverse("tokens:print", args=route(queue)),
        "is_waiting": any(sheet.state == Sheet.State.WAITING for sheet in recent),
    }  # fmt: skip


@staff_page(*STAFF)
@require_safe
def sheet(request: HttpRequest, clinic: Clinic, doctor: str, sheet_id: UUID) -> HttpResponse:
    """A sheet that is ready, to look at and print."""
    found = get_object_or_404(
        Sheet.objects.select_related("queue"), clinic=clinic, queue__doctor__slug=doctor, pk=sheet_id, state="ready"
    )
    name = f"{clinic.slug}-{doctor}-{found.queue.date:%Y-%m-%d}-{found.kind}.pdf"
    response = HttpResponse(base64.b64decode(found.pdf), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
