"""A past or present day of a doctor, at any minute: for disputes, and for the printer."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinics.access import staff_page
from clinics.models import Clinic
from doctors.models import Doctor
from tokens.models import Queue
from tokens.reasons import why_here
from tokens.record import Record, parse_day, parse_minute, parse_moment
from tokens.views.answers import STAFF, must_be_own


@staff_page(*STAFF)
@require_safe
def replay(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """The queue at the minute asked for, with the events that led to it; without a minute, at the last event."""
    whose = get_object_or_404(Doctor.objects.filter(clinic=clinic).select_related("room"), slug=doctor)
    must_be_own(request, Queue(clinic=clinic, doctor=whose))
    asked = request.GET.get("day", "")
    day = parse_day(asked) if asked else _last_day(clinic, whose)
    context: dict[str, Any] = {
        "clinic": clinic, "doctor": whose, "day": day, "day_error": "", "printed_at": timezone.now(), "record": None,
        "asked_day": asked or (day.isoformat() if day else ""),
    }  # fmt: skip
    if day is None and asked:
        context["day_error"] = "Write the day like 2026-11-24."
    context |= _beside(whose, day)
    queue = whose.queues.select_related("clinic").filter(date=day).first() if day else None
    if queue is not None:
        context |= _shown(request, Record(queue))
    only_a_part = request.htmx and not request.htmx.history_restore_request
    if only_a_part and context["record"]:
        context["is_drawn_anew"] = request.htmx.trigger != "scrub"
        return render(request, "tokens/_replay.html", context)
    return render(request, "tokens/replay.html", context | {"is_drawn_anew": False})


def _last_day(clinic: Clinic, doctor: Doctor) -> date | None:
    """Today, or the last day before on which the doctor had a queue."""
    days = doctor.queues.filter(date__lte=clinic.today()).order_by("-date")
    return days.values_list("date", flat=True).first()


def _beside(doctor: Doctor, day: date | None) -> dict[str, date | None]:
    """The nearest days with a queue, before and after."""
    if day is None:
        return {"day_before": None, "day_after": None}
    days = doctor.queues.values_list("date", flat=True)
    return {
        "day_before": days.filter(date__lt=day).order_by("-date").first(),
        "day_after": days.filter(date__gt=day).order_by("date").first(),
    }


def _shown(request: HttpRequest, record: Record) -> dict[str, Any]:
    """What stood at the moment asked for; a time that makes no sense is said, and the day's last moment shown."""
    typed, minute = request.GET.get("at", "").strip(), request.GET.get("minute", "")
    moment, error = record.last, ""
    if typed or minute:
        found = parse_moment(record, typed) if typed else parse_minute(record, minute)
        moment = found or moment
        error = "" if found else "Write the time like 10:35."
    if moment is None:
        return {}
    then = record.at(moment)
    return {
        "record": record, "moment": moment, "at_error": error, "asked_at": typed if error else "", "then": then,
        "rows": [(place, why_here(then, place)) for place in then.line], "lines": record.lines(moment),
        "before": record.before(moment), "after": record.after(moment), "minute": record.minute(moment),
        "aside": [(label, places) for label, places in (
            ("Late", then.late), ("Not here", then.skipped), ("Done", then.done), ("Cancelled", then.cancelled)
        ) if places],
    }  # fmt: skip
