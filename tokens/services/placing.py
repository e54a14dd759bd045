"""Giving a token another place by hand: the order is the clinic's, and so is the reason."""

from collections.abc import Sequence

from django.utils import timezone

from clinics.models import User
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.late import SOON
from tokens.models import Action, Queue, Token
from tokens.services.finding import must_not_be_closed, the_token
from tokens.states import State

MAY_BE_PLACED = (State.BOOKED, State.WAITING, State.SKIPPED)


def place(*, queue: Queue, number: int, before: int | None, why: str, by: User | None) -> Token:
    """Put a token just before another one in line, or at its end (None), with a reason. A skipped one is back in line.

    Raises TokenError without a reason, and when one of the two does not stand in line.
    """
    why = " ".join(why.split())
    if not why:
        raise TokenError("Say why: whoever is passed over may ask.")
    with changing(queue) as queue:
        must_not_be_closed(queue)
        token = the_token(queue, number)
        if token.state not in MAY_BE_PLACED:
            raise TokenError(f"Token {number} is {State(token.state).label.lower()}: it has no place in line now.")
        line = list(queue.tokens.in_line().exclude(pk=token.pk).in_calling_order())
        action, old = Action("place"), State(token.state)
        index = _index(line, before)
        _go_between(token, line, index, action=action, by=by)
        name = by.get_short_name() if by else "the clinic"
        token.placed, token.why = Token.Placed.HAND, f"Moved by {name}: {why}"[:160]
        if old == State.SKIPPED:
            token.move_to(State.WAITING, by=by, action=action, why=token.why)
        else:
            token.save(update_fields=["due_at", "is_first", "placed", "why"])
            token.write_event(old, by=by, why=token.why, action=action, at=timezone.now())
    return token


def _index(line: Sequence[Token], before: int | None) -> int:
    if before is None:
        return len(line)
    for index, other in enumerate(line):
        if other.number == before:
            return index
    raise TokenError(f"Token {before} is not in line any more. Choose another place.")


def _go_between(token: Token, line: Sequence[Token], index: int, *, action: Action, by: User | None) -> None:
    """Give a token the due time of a place in line, making room where two others share theirs; the caller saves it."""
    after, before = (line[index] if index < len(line) else None), (line[index - 1] if index else None)
    if after is None:
        token.is_first = before.is_first if before is not None else False
        token.due_at = before.due_at + SOON if before is not None else timezone.now()
        return
    token.is_first = after.is_first
    if before is None or before.is_first != after.is_first:
        token.due_at = after.due_at - SOON
        return
    token.due_at = max(before.due_at + SOON, after.due_at - SOON)
    last = token.due_at
    for other in line[index:]:  # mostly nobody
        if other.is_first != token.is_first or other.due_at > last:
            break
        other.due_at = last = last + SOON
        other.save(update_fields=["due_at"])
        other.write_event(State(other.state), by=by, why="Made room.", action=action, at=timezone.now())
