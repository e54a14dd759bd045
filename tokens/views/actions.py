"""Presses at the desk and in the doctor's list: each one service, one sentence, one answer."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from clinics.access import View, staff_page
from clinics.models import Clinic
from clinics.templatetags.words import clock, full_day
from tokens import services
from tokens import undo as undoing
from tokens.models import Queue, TokenError
from tokens.rendering import this_minute
from tokens.states import State
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
    if token.state == State.SKIPPED:
        return f"Token {token.number} was called {token.calls} times: set aside, its number kept."
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


@desk_action("place")
def place(request: HttpRequest, queue: Queue, number: int) -> str:
    """Another place in line, with a reason."""
    before = request.POST.get("before", "")
    if not (before.isdecimal() and len(before) < 10) and before != "end":
        raise TokenError("Choose before whom, or the end of the line.")
    services.place(
        queue=queue, number=number, before=None if before == "end" else int(before),
        why=request.POST.get("why", ""), by=request.user,
    )  # fmt: skip
    return f"Token {number} goes {'last' if before == 'end' else f'before {before}'} now."


@desk_action("merge")
def merge(request: HttpRequest, queue: Queue, number: int) -> str:
    """The booking of the same patient is the token that counts."""
    into = request.POST.get("into", "")
    if not (into.isdecimal() and len(into) < 10):
        raise TokenError("Choose the booking this patient has.")
    kept = services.merge(queue=queue, number=number, into=int(into), by=request.user)
    return f"Token {kept.number} counts, and is here. Token {number} is cancelled."


@desk_action("note")
def note(request: HttpRequest, queue: Queue, number: int) -> str:
    """A word for the doctor."""
    token = services.write_note(queue=queue, number=number, text=request.POST.get("note", ""), by=request.user)
    return f"The doctor reads it with token {number}." if token.desk_note else f"No note for token {number} any more."


@desk_action("follow_up")
def follow_up(request: HttpRequest, queue: Queue, number: int) -> str:
    """When the doctor would like to see the patient again."""
    days = request.POST.get("days", "")
    asked = int(days) if days.isdecimal() and len(days) < 4 else 0
    token = services.follow_up(queue=queue, number=number, days=asked or None, by=request.user)
    if token.follow_up_on is None:
        return f"Token {number}: no follow-up."
    return f"Token {number}: again about {full_day(token.follow_up_on)}. The patient’s page says so."


@desk_action("reserve")
def reserve(request: HttpRequest, queue: Queue) -> str:
    """Keep the next numbers back."""
    how_many, given = request.POST.get("how_many", ""), request.POST.get
    kept = services.reserve(
        queue=queue, how_many=int(how_many) if how_many.isdecimal() and len(how_many) < 4 else 0,
        purpose=given("purpose", ""), note=given("note", "").strip()[:80], by=request.user,
    )  # fmt: skip
    first, last, purpose = kept[0].number, kept[-1].number, kept[0].get_purpose_display().lower()
    return f"{first}–{last} are kept: {purpose}." if last > first else f"{first} is kept: {purpose}."


@desk_action("state")
def state(request: HttpRequest, queue: Queue) -> str:
    """Where the doctor is: `on_break`, or `on_break:20` for the next twenty minutes."""
    state, _, minutes = request.POST.get("state", "").partition(":")
    lasts = timedelta(minutes=int(minutes)) if minutes.isdecimal() and len(minutes) < 4 else None
    changed = services.set_doctor_state(
        queue=queue, state=state, back_at=lasts and this_minute() + lasts, by=request.user
    )
    until = f" until {clock(changed.back_at)}" if changed.back_at else ""
    where = f"{changed.get_doctor_state_display().lower()}{until}"
    return f"{changed.doctor.short_name}: {where}. Everybody who waits can see it."


@desk_action("delay")
def running_late(request: HttpRequest, queue: Queue) -> str:
    """How late the doctor runs."""
    minutes = request.POST.get("minutes", "")
    late = services.run_late(
        queue=queue, minutes=int(minutes) if minutes.isdecimal() and len(minutes) < 4 else -1, by=request.user
    )
    name = late.doctor.short_name
    if not late.late_minutes:
        return f"{name} is on time. Every estimate has moved."
    return f"{name} runs {late.late_minutes} min late. Every estimate has moved; who is on the way is told in a minute."


@desk_action("undo")
def undo(request: HttpRequest, queue: Queue) -> str:
    """Take back the last press."""
    return f"Undone: {undoing.undo(queue=queue, by=request.user)}."
