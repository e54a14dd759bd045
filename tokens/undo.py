"""Taking back the last action at a desk: its events reversed, newest first, and that itself recorded."""

from datetime import timedelta

from django.utils import timezone

from clinics.models import User
from tokens.changing import changing
from tokens.models import Action, Queue, TokenError, TokenEvent
from tokens.states import State

# What the desk can take back. A cancelled token stays cancelled: its place may have been given away.
UNDOABLE = {"call": "Call", "complete": "Done", "skip": "Not here", "recall": "Recall", "arrive": "Arrived",
            "late": "Late", "add": "Adding"}  # fmt: skip


def undo(*, queue: Queue, by: User) -> str:
    """Take back the last action of this queue's desk, if it is recent and nothing was built on it; says which."""
    with changing(queue) as queue:
        last = last_action(queue)
        if last is None:
            raise TokenError("There is nothing recent to undo.")
        pressed = queue.events.filter(verb__in=[*UNDOABLE, "again", "undo"]).latest("pk")
        if queue.doctor_state_at is not None and pressed.at < queue.doctor_state_at:
            # The finger that slipped was on the doctor's state: what it means to take back is not the call before.
            raise TokenError("Where the doctor is was changed last: choose the right state instead.")
        action = Action("undo", undoes=last.action)
        for event in queue.events.filter(action=last.action).select_related("token__patient").order_by("-pk"):
            _reverse(event, by=by, action=action)
        queue.say("")
    return UNDOABLE[last.verb]


def last_action(queue: Queue) -> TokenEvent | None:
    """An event of the last action that could be undone now; None when there is none."""
    since = timezone.now() - timedelta(minutes=queue.clinic.undo_minutes)
    undone = queue.events.filter(undoes__isnull=False).values("undoes")
    return queue.events.filter(verb__in=UNDOABLE, at__gte=since).exclude(action__in=undone).last()


def _reverse(event: TokenEvent, *, by: User, action: Action) -> None:
    """Bring a token back to where it stood before an event; one added by mistake is cancelled, its number kept."""
    token = event.token
    token.refresh_from_db(fields=["state", "arrived_at", "consulting_at", "set_aside_at", "ended_at"])
    if token.state != event.to_state:
        raise TokenError(f"Token {token.number} has moved on since, so that cannot be undone.")
    before = token.events.filter(pk__lt=event.pk).last()
    if before is not None and (before.due_at, before.is_first) != (event.due_at, event.is_first):
        token.due_at, token.is_first, token.why = before.due_at, before.is_first, before.why
    target = State(event.from_state) if event.from_state else State.CANCELLED
    token.move_to(target, by=by, action=action, undo=True)
