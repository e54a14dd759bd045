"""Who has come, who is late, and where those who come late go in."""

from datetime import datetime

from django.utils import timezone

from clinics.models import User
from doctors.modes import Mode
from tokens import late
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.models import Action, Queue, Token
from tokens.notices import tell_late
from tokens.services.finding import open_it, the_token
from tokens.states import State


def mark_arrived(*, queue: Queue, number: int, by: User | None) -> Token:
    """Somebody is here. Who comes late goes in where the rule says."""
    with changing(queue) as queue:
        token, why = the_token(queue, number), ""
        if token.state == State.SKIPPED:
            raise TokenError(f"Token {number} was called and was not there: recall it.")
        if token.state not in (State.BOOKED, State.LATE):
            raise TokenError(f"Token {number} is {State(token.state).label.lower()} already.")
        open_it(queue)
        token.refresh_from_db()  # the day that has just opened may have marked it
        if token.state == State.WAITING:
            return token
        if token.state == State.LATE:
            why = come_late(queue, token)
        # What a patient says, the desk's undo leaves alone: it takes back the desk's own last press.
        by_desk = by is not None and by.phone_key is None
        token.move_to(State.WAITING, by=by, action=Action("arrive" if by_desk else "here"), why=why)
    return token


def come_late(queue: Queue, token: Token, *, at: datetime | None = None) -> str:
    """Give somebody who comes late, now or `at`, the place of the rule; the caller locks and saves. Says which."""
    waiting = list(queue.tokens.waiting().in_calling_order())
    due_at, said = late.place(late.rule_of(queue), waiting, due_at=token.due_at, now=at or timezone.now())
    if due_at == token.due_at:  # their own time is the later one, or the rule leaves it
        return ""
    token.due_at, token.placed, token.why = due_at, Token.Placed.LATE, said
    return said


def mark_late(*, queue: Queue, number: int, by: User | None) -> Token:
    """The time of somebody booked has passed and they are not here."""
    with changing(queue) as queue:
        token = the_token(queue, number)
        token.move_to(State.LATE, by=by, action=Action("late"))
        tell_late(queue, [token])
    return token


def mark_overdue(*, queue: Queue) -> int:
    """Mark everybody late whose grace has passed, the doctor's own delay added; returns how many.

    Nobody is late for a doctor who is not there: as long as the doctor has not come, or is away, nothing is marked.
    """
    with changing(queue) as queue:
        overdue = list(overdue_tokens(queue))
        action = Action("overdue")
        for token in overdue:
            token.move_to(State.LATE, by=None, why="Not here when the grace had passed.", action=action)
        tell_late(queue, overdue)
    return len(overdue)


def overdue_tokens(queue: Queue) -> list[Token]:
    """Those expected at the desk whose grace has passed."""
    if queue.doctor_state != Queue.DoctorState.CONSULTING or queue.closed_at is not None:
        return []
    grace = late.rule_of(queue).grace + queue.delay
    return list(queue.tokens.booked().filter(mode=Mode.CLINIC, due_at__lt=timezone.now() - grace).order_by("number"))
