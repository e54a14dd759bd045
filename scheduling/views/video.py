"""The way into a video call, for the patient and for the doctor; closed until shortly before its time."""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from clinics.access import public_page, staff_page
from clinics.models import Clinic
from clinics.templatetags.words import clock
from doctors.modes import Mode
from scheduling import video as calls
from scheduling.views.visits import SECRET, token_behind, token_today
from tokens import services
from tokens.models import TokenError
from tokens.states import LIVE, State
from tokens.views.answers import STAFF


@public_page(because=SECRET)
@never_cache
def video(request: HttpRequest, code: str) -> HttpResponse:
    """Says when the call opens; when it is open, pressing the button tells the desk that the patient is there."""
    token = token_behind(code)
    if token.mode != Mode.TELE or token.state not in LIVE:
        return redirect(token)
    is_open = calls.is_open(token)
    if request.method == "POST" and is_open:
        if token.state in (State.BOOKED, State.LATE):
            with suppress(TokenError):  # pressed twice, or the desk was quicker
                services.mark_arrived(queue=token.queue, number=token.number, by=None)
        return redirect(calls.address(token))
    context = {
        "token": token, "doctor": token.queue.doctor, "is_open": is_open, "opens_at": calls.opens_at(token),
        "is_to_come": timezone.now() < calls.opens_at(token),
    }  # fmt: skip
    return render(request, "scheduling/video.html", context)


@staff_page(*STAFF)
@require_safe
def desk_video(request: HttpRequest, clinic: Clinic, doctor: str, number: int) -> HttpResponse:
    """The doctor's side of the same call."""
    token = token_today(request, clinic, doctor, number)
    if calls.is_open(token):
        return redirect(calls.address(token))
    if token.mode != Mode.TELE:
        said = f"Token {number} is not seen by video."
    elif token.kept_until is not None:
        said = f"Token {number} has not been paid for yet."
    elif token.state in LIVE and timezone.now() < calls.opens_at(token):
        said = f"The call with token {number} opens at {clock(calls.opens_at(token))}."
    else:
        said = f"The call with token {number} is over."
    messages.error(request, said)
    return redirect("tokens:desk_token", clinic.slug, doctor, number)
