"""Opening the day, and where the doctor is."""

from clinics.models import User
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.models import Queue
from tokens.services.finding import open_it


def open_day(*, queue: Queue) -> Queue:
    """Open a queue for its day; where people are not checked in, everybody booked is here from now on."""
    with changing(queue) as queue:
        open_it(queue)
    return queue


def set_doctor_state(*, queue: Queue, state: str, by: User) -> Queue:
    """Note where the doctor is; every screen of the queue says it at once."""
    if state not in Queue.DoctorState:
        raise TokenError("That is not a state a doctor can be in.")
    with changing(queue) as queue:
        queue.set_doctor_state(state)
        open_it(queue)
        said = {
            Queue.DoctorState.ON_BREAK: "is on a short break. Your place is safe.",
            Queue.DoctorState.CALLED_AWAY: "was called to an emergency. Your place is safe.",
            Queue.DoctorState.LEFT: "has left for today. The clinic will call you.",
        }.get(state)
        queue.say(f"{queue.doctor.short_name} {said}" if said else "")
    return queue
