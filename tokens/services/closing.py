"""The end of a day: who did not come is marked, the numbers stay as they are, and nobody is called any more."""

from django.utils import timezone

from clinics.models import User
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.models import Action, Queue, QueueEvent, Token
from tokens.states import DID_NOT_COME, LIVE, NOT_SEEN, State


def close_day(*, queue: Queue, by: User | None) -> list[Token]:
    """Close a queue; returns those who were not seen. By hand it is refused while somebody waits here or is inside.

    By itself (`by` None), after the day: whoever was inside has been seen, and who still waited has not. Called by
    whoever owns the appointments, which are missed with it.
    """
    with changing(queue) as queue:
        if queue.closed_at is not None:
            raise TokenError("This day is closed already.")
        left = list(queue.tokens.filter(state__in=LIVE).select_related("patient").order_by("number"))
        here = [token for token in left if token.state in (State.WAITING, State.CONSULTING)]
        if here and by is not None:
            raise TokenError(
                f"{len(here)} {'is' if len(here) == 1 else 'are'} still here: "
                "call, transfer or cancel them first, then close the day."
            )
        action = Action("close")
        for token in left:
            if token.state == State.CONSULTING:
                token.move_to(State.COMPLETED, by=by, action=action)
            else:
                token.why = NOT_SEEN if token.state == State.WAITING else DID_NOT_COME
                token.move_to(State.CANCELLED, by=by, action=action, why=token.why)
        queue.closed_at = timezone.now()
        if queue.doctor_state != Queue.DoctorState.LEFT:
            queue.set_doctor_state(Queue.DoctorState.LEFT)
        QueueEvent.write(queue, by=by, action=action)
        queue.say("")
    return [token for token in left if token.state == State.CANCELLED]


def reopen_day(*, queue: Queue, by: User | None) -> Queue:
    """Go on with a day that was closed too early; those who were marked as not come stay so, and can be added anew."""
    with changing(queue) as queue:
        if queue.closed_at is None:
            raise TokenError("This day is open.")
        if queue.date < queue.clinic.today():
            raise TokenError("This day is over.")
        queue.closed_at = None
        queue.set_doctor_state(Queue.DoctorState.CONSULTING)
        QueueEvent.write(queue, by=by, action=Action("reopen"))
    return queue
