"""Why a token stands where it stands: for the desk with numbers, for its patient in one kind sentence without names."""

from __future__ import annotations

from clinics.templatetags.words import clock, people
from tokens.models import Token
from tokens.place import Place
from tokens.snapshot import Snapshot
from tokens.states import State


def why_here(picture: Snapshot, place: Place) -> str:
    """For the desk: what gives a token its place, and who goes before it although they came or were due later."""
    if place not in picture.line:
        return ""
    ahead = picture.ahead_of(place)
    parts = [_own_reason(place)]
    first = [other for other in ahead if other.is_first and not place.is_first]
    if first:
        parts.append(f"{_numbers(first)} {_go(first)} first: emergency.")
    by_hand = [other for other in ahead if other.placed == Token.Placed.HAND and _later(other, place)]
    if by_hand:
        parts.append(f"{_numbers(by_hand)} {_go(by_hand)} before by hand.")
    return " ".join(parts)


def kind_sentence(picture: Snapshot, place: Place) -> str:
    """For the patient: the one thing that moved their place last, or what it goes by."""
    return _moved(picture, place) or _passed_over(picture, place) or _usual(picture, place)


def _moved(picture: Snapshot, place: Place) -> str:
    if place.is_first:
        return "You go first, as an emergency."
    if place.placed == Token.Placed.HAND:
        return "The clinic gave you this place."
    if place.placed == Token.Placed.LATE:
        return f"You came after your time, so you go in {picture.rule.words}."
    return ""


def _passed_over(picture: Snapshot, place: Place) -> str:
    ahead = picture.ahead_of(place)
    if emergencies := sum(other.is_first for other in ahead):
        return f"{emergencies} emergenc{'y goes' if emergencies == 1 else 'ies go'} before you."
    if let_in := sum(other.placed == Token.Placed.HAND and _later(other, place) for other in ahead):
        return f"The clinic let {people(let_in)} go in before you, for a reason it wrote down."
    return ""


def _usual(picture: Snapshot, place: Place) -> str:
    if picture.late_minutes:
        return f"{picture.doctor_short_name} runs about {picture.late_minutes} min late; your place is the same."
    if place.kind == Token.Kind.BOOKED:
        return f"Your place goes by the time you booked, {clock(place.promised)}."
    return f"Your place goes by when you were given your number, {clock(place.promised)}."


def _own_reason(place: Place) -> str:
    if place.placed == Token.Placed.HAND:
        return f"{place.why}."
    if place.is_first:
        return "Emergency: before everybody who is not."
    if place.placed == Token.Placed.LATE:
        return place.why
    if place.kind == Token.Kind.BOOKED:
        absent = "" if place.state == State.WAITING else ", not here yet"
        return f"By the time booked, {clock(place.promised)}{absent}."
    return f"By when the number was given, {clock(place.promised)}."


def _later(other: Place, place: Place) -> bool:
    """By their own times, the other would have gone in after this one."""
    return (other.promised, other.number) > (place.promised, place.number)


def _go(places: list[Place]) -> str:
    return "goes" if len(places) == 1 else "go"


def _numbers(places: list[Place]) -> str:
    numbers = [str(place.number) for place in places]
    return " and ".join(filter(None, [", ".join(numbers[:-1]), numbers[-1]]))
