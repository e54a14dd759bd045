"""The ends of a doctor's day: closing it, calling off its rest, and sending a patient to a colleague."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from clinics.access import staff_page
from clinics.models import Clinic
from doctors.models import Doctor
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import Block
from scheduling.services import rest_of_day as resting
from scheduling.views.visits import token_today
from tokens import screens
from tokens import services as tokens
from tokens.models import TokenError
from tokens.states import LIVE
from tokens.summary import summary
from tokens.views.answers import STAFF, must_be_own, queue_of


@staff_page(*STAFF)
def close_day(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """What the day was, who is left, and the button that closes it."""
    queue = queue_of(clinic, doctor)
    must_be_own(request, queue)
    if request.method == "POST":
        try:
            left = services.close_day(queue=queue, by=request.user)
            said = f"The day is closed. {len(left)} did not come." if left else "The day is closed. Everybody was seen."
            messages.success(request, said)
            return redirect("tokens:desk", clinic.slug, doctor)
        except TokenError as error:
            messages.warning(request, str(error))
            return redirect("scheduling:close_day", clinic.slug, doctor)
    picture = screens.newest(queue.pk)
    left = [place for place in picture.places if place.state in LIVE]
    here = [place for place in left if place.is_here or place == picture.inside]
    context = {
        "clinic": clinic, "queue": queue, "day": summary(picture), "here": here,
        "absent": [place for place in left if place not in here],
    }  # fmt: skip
    return render(request, "scheduling/close_day.html", context)


@staff_page(*STAFF)
@require_POST
def reopen_day(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """Go on with a day that was closed too early."""
    queue = queue_of(clinic, doctor)
    must_be_own(request, queue)
    try:
        tokens.reopen_day(queue=queue, by=request.user)
        messages.success(request, "The day is open again. Who was marked as not come can be added anew.")
    except TokenError as error:
        messages.warning(request, str(error))
    return redirect("tokens:desk", clinic.slug, doctor)


@staff_page(*STAFF)
def rest_of_day(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    """Call off what is left of a doctor's day, and go through everybody it concerns."""
    queue = queue_of(clinic, doctor)
    must_be_own(request, queue)
    if request.method == "POST":
        return _answer(request, clinic, doctor)
    block = resting.called_off(queue)
    context = {
        "clinic": clinic, "queue": queue, "called_off": block, "affected": resting.affected(queue),
        "settled": resting.settled(queue, block.starts_at) if block else 0, "kinds": Block.Kind.choices,
        "colleagues": Doctor.objects.at_work().filter(clinic=clinic).exclude(pk=queue.doctor_id).order_by("name"),
    }  # fmt: skip
    return render(request, "scheduling/rest_of_day.html", context)


def _answer(request: HttpRequest, clinic: Clinic, doctor: str) -> HttpResponse:
    queue, answer = queue_of(clinic, doctor), request.POST.get("answer", "")
    try:
        if answer == "back":
            resting.take_back(queue=queue, by=request.user)
            messages.success(request, f"{queue.doctor.short_name} goes on. Who was not moved has the old time again.")
            return redirect("tokens:desk", clinic.slug, doctor)
        resting.call_off(queue=queue, kind=answer, by=request.user)
        messages.success(request, "No more times today. Everybody with a booking is told; go through the rest here.")
    except (TokenError, BookingError) as error:
        messages.warning(request, str(error))
    return redirect("scheduling:rest_of_day", clinic.slug, doctor)


@staff_page(*STAFF)
@require_POST
def desk_transfer(request: HttpRequest, clinic: Clinic, doctor: str, number: int) -> HttpResponse:
    """Send a patient to another doctor of the clinic, with everything that has happened so far."""
    token = token_today(request, clinic, doctor, number)
    to = get_object_or_404(
        Doctor.objects.at_work().select_related("clinic"), clinic=clinic, slug=request.POST.get("to", "")
    )
    why = " ".join(request.POST.get("why", "").split())
    back = "scheduling:rest_of_day" if request.GET.get("at") == "rest" else "tokens:desk"
    try:
        new = services.transfer(token=token, queue=tokens.current_queue(to), by=request.user, why=why)
        messages.success(request, f"{token.patient.name} is token {new.number} with {to.short_name} now.")
    except TokenError as error:
        messages.warning(request, str(error))
    return redirect(back, clinic.slug, doctor)
