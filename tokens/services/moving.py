"""Taking a token out of its queue, and giving it another time or another queue."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from clinics.models import User
from notifications import outbox
from tokens.changing import changing, lock_in_order
from tokens.errors import TokenError
from tokens.models import Action, Queue, Token
from tokens.services.arriving import come_late
from tokens.services.finding import must_not_be_closed, the_token
from tokens.services.issuing import issue
from tokens.states import LIVE, State


def cancel(
    *, token: Token, by: User | None, why: str, moved_to: Token | None = None, verb: str = "cancel"
) -> Token:  # fmt: skip
    """Take a token out of its queue for good; its number is not given again. Called by whoever owns its slot."""
    with changing(token.queue) as queue:
        token = queue.tokens.select_related("patient").get(pk=token.pk)
        token.moved_to = moved_to
        token.move_to(State.CANCELLED, by=by, action=Action(verb), why=why)
        outbox.withdraw(about=[token.pk])  # nobody is reminded of what is off
    return token


@transaction.atomic
def carry_over(*, token: Token, queue: Queue, due_at: datetime, by: User | None) -> Token:
    """Give a token a number in another day's queue; the old one is cancelled and leads there."""
    lock_in_order(token.queue, queue)
    new = issue(queue=queue, kind=token.kind, due_at=due_at, by=by, **_kept(token))
    cancel(token=token, by=by, why="Moved to another day.", moved_to=new)
    return new


@transaction.atomic
def transfer(*, token: Token, queue: Queue, by: User | None, why: str = "") -> Token:
    """Give a token a number with another doctor of the clinic, today; the old one is cancelled and leads there.

    It keeps its due time, and who is here stays here. Whoever owns its slot calls this.
    """
    if queue.clinic_id != token.clinic_id or queue.doctor_id == token.queue.doctor_id:
        raise TokenError("Choose another doctor of this clinic.")
    lock_in_order(token.queue, queue)
    old = Token.objects.select_related("patient", "queue__doctor").get(pk=token.pk)
    if old.state not in LIVE or old.state == State.CONSULTING:
        raise TokenError(f"Token {old.number} is {State(old.state).label.lower()}: it cannot go to another doctor now.")
    said = " ".join(f"From {old.queue.doctor.short_name}, token {old.number}. {why}".split())[:160]
    new = issue(
        queue=queue,
        kind=old.kind,
        due_at=old.due_at,
        by=by,
        why=said,
        verb="transfer",
        is_here=old.state == State.WAITING,
        **_kept(old),
    )
    _stand_as_before(new, old, by=by, why=said)
    cancel(
        token=old, by=by, why=f"Goes to {queue.doctor.short_name}, token {new.number}.", moved_to=new, verb="transfer"
    )
    return new


def _kept(token: Token) -> dict[str, object]:
    """What goes along with a token wherever it goes."""
    return {
        "patient": token.patient, "party": token.party, "mode": token.mode, "note": token.note,
        "address": token.address, "kept_until": token.kept_until,
    }  # fmt: skip


def _stand_as_before(new: Token, old: Token, *, by: User | None, why: str) -> None:
    """Whoever was at the clinic is; what the desk wrote, and what was promised, go along."""
    with changing(new.queue):
        new.desk_note, new.promised_at, new.told_delay = old.desk_note, old.promised, old.told_delay
        new.is_first, new.placed = old.is_first, old.placed
        new.save(update_fields=["desk_note", "promised_at", "told_delay", "is_first", "placed"])
        new.write_event(State(new.state), by=by, why=why, action=Action("transfer"), at=timezone.now())


def merge(*, queue: Queue, number: int, into: int, by: User | None) -> Token:
    """One person has two tokens: the walk-in is cancelled and leads to the booking, which is here from now on.

    The booking stands at the better one of its two places. Returns it.
    """
    with changing(queue) as queue:
        must_not_be_closed(queue)
        extra, kept = the_token(queue, number), the_token(queue, into)
        if extra.pk == kept.pk or extra.state not in LIVE or kept.state not in LIVE:
            raise TokenError("Two tokens that are not over are needed to make one of them.")
        if extra.kind == Token.Kind.BOOKED:
            raise TokenError(f"Token {extra.number} is a booking too. Cancel the one that is not needed.")
        if State.CONSULTING in (extra.state, kept.state):
            raise TokenError("One of the two is inside. Finish or undo the call first.")
        action, old = Action("merge"), State(kept.state)
        said = f"The same patient as token {extra.number}."
        if old == State.LATE:
            come_late(queue, kept)
        if extra.state == State.WAITING:
            kept.due_at = min(kept.due_at, extra.due_at)
        kept.is_first = kept.is_first or extra.is_first
        extra.moved_to = kept
        extra.move_to(State.CANCELLED, by=by, action=action, why=f"The same patient as token {kept.number}.")
        if old == State.WAITING:
            kept.save(update_fields=["due_at", "is_first", "placed", "why"])
            kept.write_event(old, by=by, why=said, action=action, at=timezone.now())
        else:
            kept.move_to(State.WAITING, by=by, action=action, why=said)
    return kept


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
        token.due_at = token.promised_at = due_at
        token.state, token.set_aside_at, token.placed = State.BOOKED, None, ""
        token.save(update_fields=["due_at", "promised_at", "state", "set_aside_at", "placed"])
        token.write_event(old, by=by, why=why, action=Action("move"), at=timezone.now())
    return token


def write_note(*, queue: Queue, number: int, text: str, by: User | None) -> Token:
    """What the desk wants the doctor to know about a patient's visit; empty takes it away."""
    with changing(queue) as queue:
        token = the_token(queue, number)
        token.desk_note = " ".join(text.split())[:500] or None
        token.save(update_fields=["desk_note"])
    return token
