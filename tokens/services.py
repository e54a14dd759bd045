"""What changes a queue: one verb a function, each under the queue's lock. Errors are TokenError, made to be shown."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from clinics.models import User
from doctors.models import Doctor
from doctors.modes import Mode
from patients.models import Patient
from tokens.changing import changing, lock_in_order
from tokens.models import Action, Queue, Token, TokenError
from tokens.states import State

SOON = timedelta(microseconds=1)


def queue_for(doctor: Doctor, day: date) -> Queue:
    """A doctor's queue of one day, made when first needed; two at once get the same."""
    queue, _ = Queue.objects.get_or_create(doctor=doctor, date=day, defaults={"clinic_id": doctor.clinic_id})
    queue.doctor, queue.clinic = doctor, doctor.clinic
    return queue


def issue(
    *, queue: Queue, patient: Patient, kind: str, due_at: datetime | None = None, by: User | None, why: str = "",
    party: UUID | None = None, mode: Mode = Mode.CLINIC, note: str | None = None, address: str | None = None,
    kept_until: datetime | None = None,
) -> Token:  # fmt: skip
    """Give a patient the next number. Somebody at the desk is here at once; somebody booked is expected at `due_at`.

    `party` is one for all of a family who come together. Who is seen at home needs an `address`, and is there.
    `kept_until` is for a place that has still to be paid for.
    """
    try:
        with changing(queue) as queue:
            queue.last_number += 1
            now = timezone.now()
            here = kind in (Token.Kind.WALK_IN, Token.Kind.EMERGENCY) or (
                queue.opened_at is not None and (mode == Mode.HOME or not queue.clinic.checks_people_in)
            )
            token = Token(
                clinic_id=queue.clinic_id, queue=queue, number=queue.last_number, patient=patient, kind=kind,
                state=State.WAITING if here else State.BOOKED, arrived_at=now if here else None,
                is_first=kind == Token.Kind.EMERGENCY, due_at=due_at or now, why=why, created_at=now,
                party=party, mode=mode, note=note, address=address, kept_until=kept_until,
            )  # fmt: skip
            token.save(force_insert=True)
            token.write_event(
                None, by=by, why=why, action=Action("issue" if kind == Token.Kind.BOOKED else "add"), at=now
            )
            if token.is_first:
                queue.say("1 emergency goes first.")
    except IntegrityError as error:
        if "one_live_token_per_patient_and_queue" in str(error):
            raise TokenError("This patient already has a token with this doctor on that day.") from error
        raise
    return token


def open_day(*, queue: Queue) -> Queue:
    """Open a queue for its day; where people are not checked in, everybody booked is here from now on."""
    with changing(queue) as queue:
        _open(queue)
    return queue


def _open(queue: Queue) -> None:
    """Open a locked queue, unless it is open."""
    if queue.opened_at is not None:
        return
    queue.opened_at = timezone.now()
    expected = queue.tokens.booked()
    if queue.clinic.checks_people_in:
        expected = expected.filter(mode=Mode.HOME)  # nobody comes to the desk who is seen at home
    action = Action("open")
    for token in expected:
        token.move_to(State.WAITING, by=None, why="The day has opened.", action=action)


def call_next(*, queue: Queue, by: User, seen: int | None) -> Token:
    """Complete the token inside and call the next one who is here.

    `seen` is the number the caller saw inside (None: nobody). If somebody else has called since, nothing happens but
    a sentence: two receptionists pressing at once call one patient, not two.
    """
    with changing(queue) as queue:
        _open(queue)
        current = _inside(queue)
        _must_be_as_seen(queue, current, seen)
        token = queue.tokens.waiting().in_calling_order().first()
        if token is None:
            raise TokenError("Nobody who is here is waiting.")
        _call(queue, token, current, by=by, action=Action("call"))
    return token


def call(*, queue: Queue, number: int, by: User, seen: int | None) -> Token:
    """Call one token out of order, completing the one inside; the reason is kept with its event."""
    with changing(queue) as queue:
        _open(queue)
        current = _inside(queue)
        _must_be_as_seen(queue, current, seen)
        token = _token(queue, number)
        _call(queue, token, current, by=by, action=Action("call"), why="Called by hand, out of order.")
    return token


def _call(queue: Queue, token: Token, current: Token | None, *, by: User, action: Action, why: str = "") -> None:
    """Finish whoever is inside, and call the token in; the doctor is consulting from now on."""
    if queue.doctor_state != Queue.DoctorState.CONSULTING:
        queue.set_doctor_state(Queue.DoctorState.CONSULTING)
    if current is not None:
        current.move_to(State.COMPLETED, by=by, action=action)
    token.move_to(State.CONSULTING, by=by, action=action, why=why)
    queue.say("")


def complete(*, queue: Queue, by: User, seen: int | None) -> Token:
    """Finish the token inside without calling another."""
    with changing(queue) as queue:
        current = _inside(queue)
        _must_be_as_seen(queue, current, seen)
        if current is None:
            raise TokenError("Nobody is inside now.")
        current.move_to(State.COMPLETED, by=by, action=Action("complete"))
    return current


def call_again(*, queue: Queue, by: User) -> Token:
    """Call the token inside once more: the boards and its phone say so again."""
    with changing(queue) as queue:
        current = _inside(queue)
        if current is None:
            raise TokenError("Nobody has been called yet.")
        current.calls += 1
        current.save(update_fields=["calls"])
        current.write_event(State(current.state), by=by, why="", action=Action("again"), at=timezone.now())
    return current


def skip(*, queue: Queue, number: int, by: User) -> Token:
    """Set aside somebody who was called and is not here; they keep their number and can be called again."""
    with changing(queue) as queue:
        token, action = _token(queue, number), Action("skip")
        if token.state == State.CONSULTING:  # called in by the button, never came through the door
            token.move_to(State.WAITING, by=by, action=action, undo=True)
        token.move_to(State.SKIPPED, by=by, action=action)
    return token


def recall(*, queue: Queue, number: int, by: User) -> Token:
    """Put somebody who was skipped back in line, at the place their due time gives."""
    with changing(queue) as queue:
        token = _token(queue, number)
        if token.state != State.SKIPPED:
            raise TokenError(f"Token {number} was not skipped.")
        token.move_to(State.WAITING, by=by, action=Action("recall"))
    return token


def mark_arrived(*, queue: Queue, number: int, by: User | None) -> Token:
    """Somebody is here. Who comes late goes in after the next few, as the clinic's rule says."""
    with changing(queue) as queue:
        token, why = _token(queue, number), ""
        if token.state not in (State.BOOKED, State.LATE):
            raise TokenError(f"Token {number} is {State(token.state).label.lower()} already.")
        _open(queue)
        token.refresh_from_db()  # the day that has just opened may have marked it
        if token.state == State.WAITING:
            return token
        if token.state == State.LATE:
            place, said = late_place(queue)
            if place > token.due_at:  # never before their own time
                token.due_at, token.why, why = place, said, said
        token.move_to(State.WAITING, by=by, action=Action("arrive"), why=why)
    return token


def late_place(queue: Queue) -> tuple[datetime, str]:
    """The due time of somebody arriving late now: just after the next few waiting, and the sentence that says so."""
    waiting = queue.tokens.waiting().in_calling_order()
    before = list(waiting[: queue.clinic.late_goes_after])
    others = [token for token in before if not token.is_first]
    if others:
        due_at = others[-1].due_at + SOON
    else:  # only emergencies go before, or nobody: then next of all the others
        first = waiting.filter(is_first=False).first()
        due_at = first.due_at - SOON if first else timezone.now()
    return due_at, f"Came late: goes after {before[-1].number}." if before else "Came late: goes in next."


def mark_late(*, queue: Queue, number: int, by: User | None) -> Token:
    """The time of somebody booked has passed and they are not here."""
    with changing(queue) as queue:
        token = _token(queue, number)
        token.move_to(State.LATE, by=by, action=Action("late"))
    return token


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


def set_doctor_state(*, queue: Queue, state: str, by: User) -> Queue:
    """Note where the doctor is; every screen of the queue says it at once."""
    if state not in Queue.DoctorState:
        raise TokenError("That is not a state a doctor can be in.")
    with changing(queue) as queue:
        queue.set_doctor_state(state)
        _open(queue)
        said = {
            Queue.DoctorState.ON_BREAK: "is on a short break. Your place is safe.",
            Queue.DoctorState.CALLED_AWAY: "was called to an emergency. Your place is safe.",
            Queue.DoctorState.LEFT: "has left for today. The clinic will call you.",
        }.get(state)
        queue.say(f"{queue.doctor.short_name} {said}" if said else "")
    return queue


def _inside(queue: Queue) -> Token | None:
    """The token inside now."""
    return queue.tokens.consulting().select_related("patient").first()


def _token(queue: Queue, number: int) -> Token:
    """A token of this queue by its number."""
    token = queue.tokens.select_related("patient").filter(number=number).first()
    if token is None:
        raise TokenError(f"There is no token {number} in this queue.")
    return token


def _must_be_as_seen(queue: Queue, current: Token | None, seen: int | None) -> None:
    """Refuse a press made on an old screen: somebody else has called meanwhile."""
    if (current.number if current else None) == seen:
        return
    last = queue.events.filter(verb="call").select_related("by").last()
    who = last.by.get_short_name() if last and last.by else "Somebody"
    raise TokenError(f"{who} has just called {current.number}." if current else f"Token {seen} has just been finished.")
