"""A clinic's month of messages, as a page and as a file."""

from __future__ import annotations

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinics.access import staff_page
from clinics.exports import safe_cell
from clinics.models import Clinic, Role
from notifications.charts import cap_bar, fates_chart, rupees_chart
from notifications.ledger import ledger as read
from notifications.ledger import month_before, month_of, next_month, rows_for_a_file
from notifications.wallet import WARNS_AT

COLUMNS = ("kind", "channel", "time", "fate", "reason", "parts", "paise")


@staff_page(Role.ADMIN)
@require_safe
def ledger(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """What was sent, what became of it, why some failed, and what it cost."""
    this = clinic.today().replace(day=1)
    month = month_of(request.GET.get("month", ""), today=clinic.today())
    found = read(clinic, month)
    context = {
        "clinic": clinic, "ledger": found, "before": month_before(month), "warns_at": WARNS_AT,
        "after": next_month(month) if month < this else None, "fates": fates_chart(found.days),
        "costs": rupees_chart(found.days),
        "cap_bar": cap_bar(found.budget.percent, found.budget.level, WARNS_AT),
    }  # fmt: skip
    return render(request, "notifications/ledger.html", context)


@staff_page(Role.ADMIN)
@require_safe
def ledger_file(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """The month's messages, one a line, for a spreadsheet: nobody's name or number, and no formula."""
    month = month_of(request.GET.get("month", ""), today=clinic.today())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="messages-{clinic.slug}-{month:%Y-%m}.csv"'
    lines = csv.writer(response)
    lines.writerow(COLUMNS)
    lines.writerows([safe_cell(cell) for cell in row] for row in rows_for_a_file(clinic, month))
    return response
