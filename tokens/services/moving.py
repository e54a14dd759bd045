"""Taking a token out of its queue, and giving it another time or another queue."""

from datetime import datetime

from django.utils import timezone

from clinics.models import User
from tokens.changing import changing, lock_in_order
from tokens.errors import TokenError
from tokens.models import Action, Queue, Token
from tokens.services.issuing import issue
from tokens.states import State


def cancel(*, token: Token, by: User | None, why: str, moved_to: Token | None = None) -> Token:
    """Take a token out of its queue for good; its number is not given again. Called by whoever owns its slot."""
    with changing(token.queue) as queue:
        token = queue.tokens.select_related("patient").get(pk=token.pk)
        token.moved_to = moved_to
        token.move_to(State.CANCELLED, by=by, action=Action("cancel"), why=why)
    return token


def carry_over(*, token: Token, queue: Queue, due_at: datetime, by: User | None) -> Token:
    """Give a token a number in another day's queue; the old one is cancelled and leads there."""
    lock_in_order(token.queue, queue)
    new = issue(
        queue=queue, patient=token.patient, kind=token.kind, due_at=due_at, by=by, party=token.party,
        mode=token.mode, note=token.note, address=token.address, kept_until=token.kept_until,
    )  # fmt: skip
    cancel(token=token, by=by, why="Moved to another day.", moved_to=new)
    return new


def keep(*, token: Token) -> Token:
    """A place that was kept for a while, until it would be paid for, is the patient's."""
    with changing(token.queue) as queue:
        token = queue.tokens.select_related("patient").get(pk=token.pk)
        token.kept_until = None
        token.save(update_fields=["kept_until"])
    return token


def reschedule(*, token: Token, due_at: datetime, by: User | None, why: str) -> Token:
    """Give a token still to be called another time on the same day; it keeps its number."""
    with changing(token.queue) as queue:
        token = queue.tokens.select_related("patient").get(pk=token.pk)
        if token.state not in (State.BOOKED, State.LATE):
            raise TokenError(f"Token {token.number} is {State(token.state).label.lower()}: it cannot be moved now.")
        old = State(token.state)
        token.due_at = due_at
        token.state, token.set_aside_at = State.BOOKED, None
        token.save(update_fields=["due_at", "state", "set_aside_at"])
        token.write_event(old, by=by, why=why, action=Action("move"), at=timezone.now())
    return token
