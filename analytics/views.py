"""A clinic's own figures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from analytics.charts import days_chart
from analytics.figures import figures
from clinics.access import staff_page
from clinics.models import Clinic, Role

SPANS = (7, 30, 90)


@staff_page(Role.ADMIN, Role.RECEPTIONIST)
def report(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """How many were seen, who did not come, how long people waited."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(span) for span in SPANS} else 30
    found = figures(clinic, days=days)
    context = {"clinic": clinic, "figures": found, "days": days, "spans": SPANS, "chart": days_chart(found)}
    return render(request, "analytics/report.html", context)
