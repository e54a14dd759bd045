"""Taking back the last action at a desk: its events reversed, newest first, and that itself recorded."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from clinics.models import User
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.models import Action, Queue, QueueEvent, Token, TokenEvent
from tokens.services.doctor import tell_of_where
from tokens.services.finding import must_not_be_closed
from tokens.states import TIMES, State

# What the desk can take back. A cancelled token stays cancelled: its place may have been given away.
UNDOABLE = {"call": "Call", "complete": "Done", "skip": "Not here", "recall": "Recall", "arrive": "Arrived",
            "late": "Late", "add": "Adding", "place": "Moving by hand", "state": "Where the doctor is",
            "delay": "Running late"}  # fmt: skip


def undo(*, queue: Queue, by: User) -> str:
    """Take back the last action of this queue's desk, if it is recent and nothing was built on it; says which."""
    with changing(queue) as queue:
        must_not_be_closed(queue)
        last = last_action(queue)
        if last is None:
            raise TokenError("There is nothing recent to undo.")
        action = Action("undo", undoes=last.action)
        for event in queue.events.filter(action=last.action).select_related("token__patient").order_by("-pk"):
            _reverse(event, by=by, action=action)
        queue.say("")
        if (event := queue.day_events.filter(action=last.action).first()) is not None:
            _reverse_day(queue, event, by=by, action=action)
    return UNDOABLE[last.verb]


def last_action(queue: Queue) -> TokenEvent | QueueEvent | None:
    """An event of the last action that could be undone now; None when there is none."""
    found = [_last(events) for events in (queue.events.all(), queue.day_events.all())]
    since = timezone.now() - timedelta(minutes=queue.clinic.undo_minutes)
    recent = [event for event in found if event is not None and event.at >= since]
    return max(recent, key=lambda event: event.action, default=None)  # their keys are in the order of time


def _last(events: object) -> TokenEvent | QueueEvent | None:
    undone = events.filter(undoes__isnull=False).values("undoes")
    return events.filter(verb__in=UNDOABLE).exclude(action__in=undone).order_by("pk").last()


def _reverse(event: TokenEvent, *, by: User, action: Action) -> None:
    """Bring a token back to where it stood before an event; one added by mistake is cancelled, its number kept."""
    token = event.token
    token.refresh_from_db(fields=["state", "calls", "recalls", *TIMES])
    if token.state != event.to_state:
        raise TokenError(f"Token {token.number} has moved on since, so that cannot be undone.")
    before = token.events.filter(pk__lt=event.pk).last()
    if before is not None and _place(before) != _place(event):
        token.due_at, token.is_first, token.placed = _place(before)
        token.why = before.why if before.placed else token.events.earliest("pk").why
    if event.verb == "call" and event.to_state == State.CONSULTING:
        token.calls -= 1
    if event.verb == "recall":
        token.recalls -= 1
    target = State(event.from_state) if event.from_state else State.CANCELLED
    _bring_back_times(token, target, event)
    if target == token.state:
        token.save(update_fields=["due_at", "is_first", "placed", "why"])
        token.write_event(target, by=by, why="", action=action, at=timezone.now())
    else:
        token.move_to(target, by=by, action=action, undo=True)


def _bring_back_times(token: Token, target: State, event: TokenEvent) -> None:
    """What was taken back never interrupted anything: whoever is inside again has been since they were called."""
    missing = [name for name, states in TIMES.items() if target in states and getattr(token, name) is None]
    if not missing:
        return
    was = ""
    before = token.events.filter(pk__lt=event.pk).order_by("pk").values_list("at", "to_state", "undoes")
    for at, state, undoes in before:
        for name in missing:
            is_new = state in TIMES[name] and was not in TIMES[name]
            if is_new and (undoes is None or getattr(token, name) is None):
                setattr(token, name, at)
        was = state


def _place(event: TokenEvent) -> tuple[object, bool, str]:
    return event.due_at, event.is_first, event.placed


def _reverse_day(queue: Queue, event: QueueEvent, *, by: User, action: Action) -> None:
    """Bring a locked queue's doctor back to where they were before an event, and say so to who was told otherwise."""
    before = queue.day_events.filter(pk__lt=event.pk).order_by("pk").last() or QueueEvent(
        doctor_state=Queue.DoctorState.NOT_ARRIVED
    )
    queue.doctor_state, queue.doctor_state_at = before.doctor_state, before.doctor_state_at
    queue.back_at, queue.late_minutes = before.back_at, before.late_minutes
    QueueEvent.write(queue, by=by, action=action)
    tell_of_where(queue)
