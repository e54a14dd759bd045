"""Presses at the desk and in the doctor's list: each one service, one sentence, one answer."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from clinics.access import View, staff_page
from clinics.models import Clinic
from tokens import services
from tokens import undo as undoing
from tokens.models import Queue, TokenError
from tokens.views.answers import STAFF, answer, must_be_own, queue_of, say

Press = Callable[..., str]


def desk_action(verb: str) -> Callable[[Press], View]:
    """A press that changes a queue: `press(request, queue, …)` does it and returns what to say."""

    def declare(press: Press) -> View:
        @staff_page(*STAFF)
        @require_POST
        @wraps(press)
        def view(request: HttpRequest, clinic: Clinic, doctor: str, **rest: int) -> HttpResponse:
            queue = queue_of(clinic, doctor)
            must_be_own(request, queue)
            try:
                said = press(request, queue, **rest)
            except TokenError as error:
                messages.warning(request, str(error))
            else:
                say(request, queue, said, verb=verb)
            return answer(request, queue)

        return view

    return declare


def _seen(request: HttpRequest) -> int | None:
    """The number inside, as the page that was pressed showed it."""
    seen = request.GET.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else None


@desk_action("call")
def call_next(request: HttpRequest, queue: Queue) -> str:
    """Finish the one inside and call the next who is here."""
    token = services.call_next(queue=queue, by=request.user, seen=_seen(request))
    return f"Token {token.number} called."


@desk_action("call")
def call(request: HttpRequest, queue: Queue, number: int) -> str:
    """Call one token out of order."""
    token = services.call(queue=queue, number=number, by=request.user, seen=_seen(request))
    return f"Token {token.number} called."


@desk_action("complete")
def complete(request: HttpRequest, queue: Queue) -> str:
    """Finish the one inside."""
    token = services.complete(queue=queue, by=request.user, seen=_seen(request))
    return f"Token {token.number} is done."


@desk_action("again")
def again(request: HttpRequest, queue: Queue) -> str:
    """Call the one inside once more."""
    token = services.call_again(queue=queue, by=request.user)
    return f"Token {token.number} called again."


@desk_action("skip")
def skip(request: HttpRequest, queue: Queue, number: int) -> str:
    """Set aside somebody who was called and is not here."""
    services.skip(queue=queue, number=number, by=request.user)
    return f"Token {number} is not here: set aside, its number kept."


@desk_action("recall")
def recall(request: HttpRequest, queue: Queue, number: int) -> str:
    """Put somebody who was set aside back in line."""
    services.recall(queue=queue, number=number, by=request.user)
    return f"Token {number} is back in line."


@desk_action("arrive")
def arrived(request: HttpRequest, queue: Queue, number: int) -> str:
    """Somebody has come."""
    token = services.mark_arrived(queue=queue, number=number, by=request.user)
    return f"Token {number} is here. {token.why}".strip()


@desk_action("late")
def late(request: HttpRequest, queue: Queue, number: int) -> str:
    """Somebody's time has passed and they are not here."""
    services.mark_late(queue=queue, number=number, by=request.user)
    return f"Token {number} is late. When they come, press Arrived."


@desk_action("state")
def state(request: HttpRequest, queue: Queue) -> str:
    """Where the doctor is."""
    changed = services.set_doctor_state(queue=queue, state=request.POST.get("state", ""), by=request.user)
    return f"{changed.doctor.short_name}: {changed.get_doctor_state_display().lower()}. Everybody who waits can see it."


@desk_action("undo")
def undo(request: HttpRequest, queue: Queue) -> str:
    """Take back the last press."""
    return f"Undone: {undoing.undo(queue=queue, by=request.user)}."
