"""Entering a power-cut sheet at the desk: check, then all of it or nothing."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clinics.access import staff_page
from clinics.models import Clinic
from tokens import written
from tokens.models import TokenError
from tokens.services import afterwards as service
from tokens.views.answers import STAFF, must_be_own, queue_of, route


@staff_page(*STAFF)
def afterwards(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """One table: those still to be seen, and the kept numbers. Only rows with something typed are taken."""
    queue = queue_of(clinic, doctor)
    lines = written.table(queue, request.POST)
    rows = [line.row for line in lines if line.row is not None]
    if request.method == "POST":
        must_be_own(request, queue)
        written.tell(lines, service.check(queue=queue, rows=rows))
        if request.POST.get("step") == "enter" and rows and not any(line.wrong for line in lines):
            try:
                entered = service.enter(queue=queue, rows=rows, by=request.user)
            except service.NotSo as error:
                written.tell(lines, error.problems)
            except TokenError as error:
                messages.warning(request, str(error))
            else:
                messages.success(request, f"{entered} row{'' if entered == 1 else 's'} entered.")
                return redirect("tokens:desk", *route(queue))
    wrong = sum(bool(line.wrong) for line in lines)
    context = {
        "clinic": clinic, "queue": queue, "lines": lines, "wrong": wrong,
        "checked": [line for line in lines if line.row is not None], "is_sent": request.method == "POST",
        "is_entered": bool(rows) and all(line.errors["number"] for line in lines if line.row is not None),
    }  # fmt: skip
    return render(request, "tokens/afterwards.html", context)
