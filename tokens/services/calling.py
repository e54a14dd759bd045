"""Calling patients in, and finishing with them."""

from datetime import timedelta

from django.utils import timezone

from clinics.models import User
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.late import rule_of
from tokens.models import Action, Queue, QueueEvent, Token
from tokens.notices import tell_called
from tokens.services.finding import inside, must_be_as_seen, next_here, open_it, the_token
from tokens.states import State

FARTHEST = timedelta(days=366)  # a follow-up


def call_next(*, queue: Queue, by: User | None, seen: int | None) -> Token:
    """Complete the token inside and call the next one who is here.

    `seen` is the number the caller saw inside (None: nobody). If somebody else has called since, nothing happens but
    a sentence: two receptionists pressing at once call one patient, not two.
    """
    with changing(queue) as queue:
        open_it(queue)
        current = inside(queue)
        must_be_as_seen(queue, current, seen)
        token = next_here(queue)
        if token is None:
            raise TokenError("Nobody who is here is waiting.")
        _call(queue, token, current, by=by, action=Action("call"))
    return token


def call(*, queue: Queue, number: int, by: User | None, seen: int | None) -> Token:
    """Call one token out of order, completing the one inside; the reason is kept with its event."""
    with changing(queue) as queue:
        open_it(queue)
        current = inside(queue)
        must_be_as_seen(queue, current, seen)
        token = the_token(queue, number)
        _call(queue, token, current, by=by, action=Action("call"), why="Called by hand, out of order.")
    return token


def _call(queue: Queue, token: Token, current: Token | None, *, by: User | None, action: Action, why: str = "") -> None:
    """Finish whoever is inside, and call the token in; the doctor is consulting from now on."""
    if current is not None:
        current.move_to(State.COMPLETED, by=by, action=action)
    token.move_to(State.CONSULTING, by=by, action=action, why=why)
    if queue.doctor_state != Queue.DoctorState.CONSULTING:
        queue.set_doctor_state(Queue.DoctorState.CONSULTING)
        QueueEvent.write(queue, by=by, action=action)
    queue.say("")
    tell_called(queue, token)


def complete(*, queue: Queue, by: User | None, seen: int | None) -> Token:
    """Finish the token inside without calling another."""
    with changing(queue) as queue:
        current = inside(queue)
        must_be_as_seen(queue, current, seen)
        if current is None:
            raise TokenError("Nobody is inside now.")
        current.move_to(State.COMPLETED, by=by, action=Action("complete"))
    return current


def call_again(*, queue: Queue, by: User | None) -> Token:
    """Call the token inside once more: the boards and its phone say so again.

    After the clinic's maximum it is set aside instead: the token returned is no longer consulting.
    """
    with changing(queue) as queue:
        current = inside(queue)
        if current is None:
            raise TokenError("Nobody has been called yet.")
        if current.calls > rule_of(queue).max_recalls:
            _set_aside(current, by=by, why=f"Called {current.calls} times.")
            return current
        current.calls += 1
        current.save(update_fields=["calls"])
        current.write_event(State(current.state), by=by, why="", action=Action("again"), at=timezone.now())
    return current


def skip(*, queue: Queue, number: int, by: User | None) -> Token:
    """Set aside somebody who was called and is not here; they keep their number and can be called again."""
    with changing(queue) as queue:
        token = the_token(queue, number)
        _set_aside(token, by=by)
    return token


def _set_aside(token: Token, *, by: User | None, why: str = "") -> None:
    action = Action("skip")
    if token.state == State.CONSULTING:  # called in by the button, never came through the door
        token.move_to(State.WAITING, by=by, action=action, undo=True)
    token.move_to(State.SKIPPED, by=by, action=action, why=why)


def recall(*, queue: Queue, number: int, by: User | None) -> Token:
    """Put somebody who was skipped back in line, at the place their due time gives; not beyond the clinic's maximum."""
    with changing(queue) as queue:
        token = the_token(queue, number)
        if token.state != State.SKIPPED:
            raise TokenError(f"Token {number} was not skipped.")
        if token.recalls >= rule_of(queue).max_recalls:
            raise TokenError(
                f"Token {number} was recalled {_times(token.recalls)} and stays set aside. "
                "To put it back all the same, give it a place by hand and say why."
            )
        token.recalls += 1
        token.move_to(State.WAITING, by=by, action=Action("recall"))
    return token


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def follow_up(*, queue: Queue, number: int, days: int | None, by: User | None) -> Token:
    """The doctor would like to see a patient again in so many days, or not (None): their page says so."""
    if days is not None and not 0 < days <= FARTHEST.days:
        raise TokenError("A follow-up is 1 to 366 days from now.")
    with changing(queue) as queue:
        token = the_token(queue, number)
        if token.state not in (State.CONSULTING, State.COMPLETED):
            raise TokenError(f"Token {number} has not been with the doctor yet.")
        token.follow_up_on = queue.date + timedelta(days=days) if days else None
        token.save(update_fields=["follow_up_on"])
    return token
