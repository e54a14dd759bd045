"""Who has come, who is late, and where those who come late go in."""

from datetime import datetime, timedelta

from django.utils import timezone

from clinics.models import User
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.models import Action, Queue, Token
from tokens.services.finding import open_it, the_token
from tokens.states import State

SOON = timedelta(microseconds=1)


def mark_arrived(*, queue: Queue, number: int, by: User | None) -> Token:
    """Somebody is here. Who comes late goes in after the next few, as the clinic's rule says."""
    with changing(queue) as queue:
        token, why = the_token(queue, number), ""
        if token.state not in (State.BOOKED, State.LATE):
            raise TokenError(f"Token {number} is {State(token.state).label.lower()} already.")
        open_it(queue)
        token.refresh_from_db()  # the day that has just opened may have marked it
        if token.state == State.WAITING:
            return token
        if token.state == State.LATE:
            place, said = late_place(queue)
            if place > token.due_at:  # never before their own time
                token.due_at, token.why, why = place, said, said
        token.move_to(State.WAITING, by=by, action=Action("arrive"), why=why)
    return token


def late_place(queue: Queue) -> tuple[datetime, str]:
    """The due time of somebody arriving late now: just after the next few waiting, and the sentence that says so."""
    waiting = queue.tokens.waiting().in_calling_order()
    before = list(waiting[: queue.clinic.late_goes_after])
    others = [token for token in before if not token.is_first]
    if others:
        due_at = others[-1].due_at + SOON
    else:  # only emergencies go before, or nobody: then next of all the others
        first = waiting.filter(is_first=False).first()
        due_at = first.due_at - SOON if first else timezone.now()
    return due_at, f"Came late: goes after {before[-1].number}." if before else "Came late: goes in next."


def mark_late(*, queue: Queue, number: int, by: User | None) -> Token:
    """The time of somebody booked has passed and they are not here."""
    with changing(queue) as queue:
        token = the_token(queue, number)
        token.move_to(State.LATE, by=by, action=Action("late"))
    return token
