"""What stands on each sheet, and making it: for workers, who alone know of PDF."""

from __future__ import annotations

import base64
import logging
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from rq.timeouts import JobTimeoutException

from tokens import screens, sheets
from tokens.models import Purpose, Sheet
from tokens.pdf import PdfError, to_pdf
from tokens.place import Place
from tokens.qr import qr
from tokens.snapshot import Snapshot

logger = logging.getLogger(__name__)

TEMPLATES = {
    Sheet.Kind.SLIPS: "tokens/sheets/slips.html",
    Sheet.Kind.DAY: "tokens/sheets/day.html",
    Sheet.Kind.POWER_CUT: "tokens/sheets/power_cut.html",
}


def make(sheet_id: str) -> None:
    """Make a sheet, unless somebody else does or it is made. What goes wrong is tried again, or said."""
    sheet = sheets.claim(sheet_id)
    if sheet is None:
        return
    try:
        made, sheet.pages = to_pdf(html_of(sheet))
    except JobTimeoutException:
        sheets.give_up(sheet, f"It took longer than {sheets.SECONDS} seconds.")
    except PdfError as error:
        sheets.give_up(sheet, str(error))
    except Exception as error:  # its message may hold what is on the sheet
        logger.error("Sheet %s, try %s: %s", sheet.pk, sheet.tries, type(error).__name__)
        sheets.again(sheet)
    else:
        sheet.pdf, sheet.state = base64.b64encode(made).decode(), Sheet.State.READY
        sheet.save(update_fields=["pdf", "state", "pages"])


def html_of(sheet: Sheet) -> str:
    """A sheet as a page, of its queue as it stands now."""
    picture = screens.newest(sheet.queue_id)
    context: dict[str, Any] = {"sheet": sheet, "queue": picture, "now": timezone.now()}
    if sheet.kind == Sheet.Kind.SLIPS:
        by_number = sorted(in_calling_order(picture), key=lambda place: place.number)
        context["slips"] = [(place, code(place.code, place.number)) for place in by_number]
    else:
        context["places"] = in_calling_order(picture)
    if sheet.kind == Sheet.Kind.POWER_CUT:
        kept = sheet.queue.reserved.free().filter(purpose=Purpose.POWER_CUT).order_by("number")[: sheet.numbers]
        context["kept"] = [(one.number, code(one.code, one.number)) for one in kept]
    return render_to_string(TEMPLATES[Sheet.Kind(sheet.kind)], context)


def in_calling_order(picture: Snapshot) -> list[Place]:
    """Those still to be seen: the one inside, the line, then who is late or was called and not there."""
    inside = [picture.inside] if picture.inside else []
    return [*inside, *picture.line, *picture.late, *picture.skipped]


def code(secret: str, number: int) -> SafeString:
    """The way to a token's page, for a phone's camera."""
    return qr(reverse("tokens:ticket", args=[secret]), f"QR code of token {number}")
