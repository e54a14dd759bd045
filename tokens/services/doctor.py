"""Opening the day, where the doctor is, and how late; every estimate moves at once, and who is on the way is told."""

from datetime import datetime, timedelta

from django.utils import timezone

from clinics.models import User
from clinics.templatetags.words import clock
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.models import Action, Queue, QueueEvent
from tokens.services.finding import must_not_be_closed, open_it
from tokens.telling import tell_the_absent

LONGEST = timedelta(hours=12)  # away
LATEST = 240  # minutes a doctor can run late; beyond that the rest of the day is called off


def open_day(*, queue: Queue) -> Queue:
    """Open a queue for its day; where people are not checked in, everybody booked is here from now on."""
    with changing(queue) as queue:
        open_it(queue)
    return queue


def set_doctor_state(*, queue: Queue, state: str, by: User | None, back_at: datetime | None = None) -> Queue:
    """Note where the doctor is, and until when (of a break, or when called away); every screen says it at once."""
    if state not in Queue.DoctorState:
        raise TokenError("That is not a state a doctor can be in.")
    if state not in Queue.AWAY:
        back_at = None
    if back_at is not None and not timezone.now() < back_at <= timezone.now() + LONGEST:
        raise TokenError("Give a time that is still to come, within twelve hours.")
    with changing(queue) as queue:
        must_not_be_closed(queue)
        queue.set_doctor_state(state, back_at=back_at)
        open_it(queue)
        QueueEvent.write(queue, by=by, action=Action("state"))
        tell_of_where(queue)
    return queue


def run_late(*, queue: Queue, minutes: int, by: User | None) -> Queue:
    """The doctor runs so many minutes late (0: on time again): every estimate moves, and who is on the way is told."""
    if not 0 <= minutes <= LATEST:
        raise TokenError(f"Up to {LATEST} minutes. For more, call off the rest of the day.")
    with changing(queue) as queue:
        must_not_be_closed(queue)
        queue.late_minutes = minutes
        QueueEvent.write(queue, by=by, action=Action("delay"))
        tell_of_where(queue)
    return queue


def tell_of_where(queue: Queue) -> None:
    """Say where the doctor of a locked queue is: on every screen, and to the phones of those who are not here yet."""
    queue.say(_said(queue))
    tell_the_absent(queue)


def _said(queue: Queue) -> str:
    """What those who wait read about where the doctor is."""
    name = queue.doctor.short_name
    match queue.doctor_state:
        case Queue.DoctorState.ON_BREAK:
            until = f"a break until {clock(queue.back_at)}" if queue.back_at else "a short break"
            return f"{name} is on {until}. Your place is safe."
        case Queue.DoctorState.CALLED_AWAY:
            back = f", back about {clock(queue.back_at)}" if queue.back_at else ""
            return f"{name} was called to an emergency{back}. Your place is safe."
        case Queue.DoctorState.LEFT:
            return f"{name} has left for today. The clinic will call you."
    return f"{name} is running about {queue.late_minutes} min late." if queue.late_minutes else ""
