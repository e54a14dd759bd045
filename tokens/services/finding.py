"""What every change of a queue begins with: the queue, the token meant, and whether the screen was still true."""

from datetime import date, datetime

from django.utils import timezone

from clinics.compiled import CompiledQuery
from doctors.models import Doctor
from doctors.modes import Mode
from tokens.errors import TokenError
from tokens.models import Action, Queue, Token
from tokens.states import State


def queue_for(doctor: Doctor, day: date) -> Queue:
    """A doctor's queue of one day, made when first needed; two at once get the same."""
    queue, _ = Queue.objects.get_or_create(doctor=doctor, date=day, defaults={"clinic_id": doctor.clinic_id})
    queue.doctor, queue.clinic = doctor, doctor.clinic
    return queue


def current_queue(doctor: Doctor) -> Queue:
    """The queue a doctor works on now: today's, or yesterday's while it goes on past midnight."""
    past_midnight = doctor.queues.running(doctor.clinic).order_by("date").first()
    if past_midnight is None:
        return queue_for(doctor, doctor.clinic.today())
    past_midnight.doctor, past_midnight.clinic = doctor, doctor.clinic
    return past_midnight


def open_it(queue: Queue, *, at: datetime | None = None) -> None:
    """Open a locked queue, now or since `at`, unless it is open; refuses when its day was closed."""
    must_not_be_closed(queue)
    if queue.opened_at is not None:
        return
    queue.opened_at = at or timezone.now()
    expected = queue.tokens.booked()
    if queue.clinic.checks_people_in:
        expected = expected.filter(mode=Mode.HOME)  # nobody comes to the desk who is seen at home
    action = Action("open")
    for token in expected:
        token.move_to(State.WAITING, by=None, why="The day has opened.", action=action, at=queue.opened_at)


def must_not_be_closed(queue: Queue) -> None:
    """A day that was closed stays as it is, until it is opened again."""
    if queue.closed_at is not None:
        raise TokenError(f"The day of {queue.doctor.short_name} is closed. Open it again to go on.")


def inside(queue: Queue) -> Token | None:
    """The token inside now."""
    return _of(queue, _INSIDE.first(queue=queue.pk))


def next_here(queue: Queue) -> Token | None:
    """Whom "call next" calls."""
    return _of(queue, _NEXT.first(queue=queue.pk))


def the_token(queue: Queue, number: int) -> Token:
    """A token of this queue by its number."""
    token = _of(queue, _THE_TOKEN.first(queue=queue.pk, number=number))
    if token is None:
        raise TokenError(f"There is no token {number} in this queue.")
    return token


_TOKENS = Token.objects.select_related("patient")
_INSIDE = CompiledQuery(lambda queue: _TOKENS.filter(queue_id=queue).consulting().order_by("number")[:1])
_NEXT = CompiledQuery(lambda queue: _TOKENS.filter(queue_id=queue).waiting().in_calling_order()[:1])
_THE_TOKEN = CompiledQuery(lambda queue, number: _TOKENS.filter(queue_id=queue, number=number).order_by())


def _of(queue: Queue, token: Token | None) -> Token | None:
    if token is not None:
        token.queue = queue
    return token


def must_be_as_seen(queue: Queue, current: Token | None, seen: int | None) -> None:
    """Refuse a press made on an old screen: somebody else has called meanwhile."""
    if (current.number if current else None) == seen:
        return
    last = queue.events.filter(verb="call").select_related("by").last()
    who = last.by.get_short_name() if last and last.by else "Somebody"
    raise TokenError(f"{who} has just called {current.number}." if current else f"Token {seen} has just been finished.")
