"""What a patient sees of a queue: their number, who is inside, how many before them, when, and why."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString

from clinics.templatetags.words import clock, people, short_clock
from tokens.estimate import Wait
from tokens.models import Queue, Token
from tokens.place import Place
from tokens.reasons import kind_sentence
from tokens.rendering import key_of, once
from tokens.snapshot import Snapshot
from tokens.states import IN_LINE, State

AHEAD_SHOWN = 6  # numbers of the line on a ticket; of the rest it says how many


def ticket(picture: Snapshot, now: datetime, token_id: UUID) -> SafeString:
    """One patient's slip: their number, who is inside, how many before them, and when."""
    place = picture.place(token_id)
    is_today = picture.is_now(now)
    key = (*key_of(picture, now), token_id)
    if place.state == State.CONSULTING:
        return once("ticket_turn", key, lambda: {"queue": picture, "place": place})
    if is_today and place.state in IN_LINE:
        return once("ticket", key, lambda: _in_line(picture, now, place))
    aside = {"queue": picture, "place": place, "now": now, "is_today": is_today, "is_over": place.is_over}
    return once("ticket_aside", key, lambda: aside | {"visit": _visit(picture, now, place), "unpaid": _unpaid(place)})


def _in_line(picture: Snapshot, now: datetime, place: Place) -> dict[str, Any]:
    """The slip of somebody who waits today. What all of them read alike is made once: a hundred may be looking."""
    ahead = picture.ahead_of(place)
    wait = picture.wait_of(place, now=now)
    where = (picture.doctor_name, place.mode_label.lower() or picture.room, picture.clinic_name)
    inside = picture.inside.number if picture.inside else None
    return {
        "queue": picture, "place": place, "looked": clock(now), "before": people(len(ahead)).capitalize(),
        "serving": once("ticket_serving", inside, lambda: {"number": inside}),
        "serving_said": f"Now serving token {inside}." if inside else "",
        "news": f"{clock(picture.note_at)} · {picture.news}" if picture.news else "",
        "doctor": _doctor(picture), "where": " · ".join(filter(None, where)), "visit": _visit(picture, now, place),
        "unpaid": _unpaid(place),
        "line": _line(inside, ahead[:AHEAD_SHOWN]), "more_ahead": max(0, len(ahead) - AHEAD_SHOWN),
        "wait": wait and str(wait), "likely": wait and _likely(now, wait),
        "expected_at": picture.expected_at(place), "why": kind_sentence(picture, place),
    }  # fmt: skip


def _likely(now: datetime, wait: Wait) -> str:
    """When, on the clock: 4:20–4:35 pm."""
    first, last = (now + timedelta(minutes=minutes) for minutes in (wait.low, wait.high))
    return f"{short_clock(first)}–{clock(last)}"


def _doctor(picture: Snapshot) -> SafeString | str:
    """Where the doctor is, when not consulting."""
    if picture.doctor_state == Queue.DoctorState.CONSULTING:
        return ""
    return once("ticket_doctor", (picture.queue_id, picture.version), lambda: {"queue": picture})


def _line(inside: int | None, ahead: tuple[Place, ...]) -> SafeString:
    """The numbers at the head of the line: all who wait further behind are shown the same."""
    line = tuple((other.number, other.is_first) for other in ahead)
    return once("ticket_line", (inside, line), lambda: {"inside": inside, "line": line})


def _unpaid(place: Place) -> SafeString | str:
    """Until when the place is kept for somebody who has still to pay."""
    if place.kept_until is None or place.is_over:
        return ""
    return once("ticket_unpaid", (place.id, place.kept_until), lambda: {"place": place})


def _visit(picture: Snapshot, now: datetime, place: Place) -> SafeString:
    """The steps of one visit: the part of a ticket that most presses at the desk leave as it is."""
    today = now.astimezone(picture.zone).date()

    def build() -> dict[str, Any]:
        return {
            "queue": picture, "place": place, "is_today": picture.date == today, "is_past": picture.date < today,
            "is_over": place.is_over,
            "may_move": place.kind == Token.Kind.BOOKED and place.state in (State.BOOKED, State.LATE),
        }  # fmt: skip

    shown = (
        place.id,
        place.kind,
        place.state,
        place.kept_until,
        place.due_at if place.mode else None,
        place.moved_to,
        place.created_at,
        place.arrived_at,
        place.consulting_at,
    )
    return once("ticket_visit", (*shown, place.ended_at, picture.doctor_short_name, today), build)
