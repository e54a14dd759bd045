"""Patients who say themselves that they are here: whose tokens a browser may mark, and marking them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from clinics.access import is_patient
from clinics.models import Clinic, User
from doctors.modes import Mode
from tokens import services
from tokens.models import Token, TokenError
from tokens.models.token import TokenQuerySet
from tokens.states import State

EXPECTED = (State.BOOKED, State.LATE)
PHONE_END = 4  # digits of the mobile that go with a number


@dataclass(frozen=True, slots=True)
class Arrival:
    """One token somebody said is here, and what to tell them."""

    token: Token
    said: str
    is_here: bool


def of_browser(user: Any, clinic: Clinic) -> list[Token]:
    """Today's tokens of a phone that has proved itself, with those who come together with them."""
    if not is_patient(user):
        return []
    today = _today(clinic)
    mine = today.filter(patient__phone_key=user.phone_key)
    together = mine.exclude(party=None).values("party")
    return list(today.filter(Q(patient__phone_key=user.phone_key) | Q(party__in=together)))


def of_number(clinic: Clinic, *, number: int, phone_end: str) -> list[Token]:
    """Today's tokens with this number of whoever's mobile ends so: of several doctors, when they share a number."""
    return [
        token for token in _today(clinic).filter(number=number)
        if token.patient.phone and token.patient.phone[-PHONE_END:] == phone_end
    ]  # fmt: skip


def arrive(token: Token, *, by: User | None) -> Arrival:
    """Mark one token as here, by the clinic's rules; nothing changes for whom the desk knows already."""
    if token.state in (State.WAITING, State.CONSULTING):
        return Arrival(token, f"{token} is here already.", is_here=True)
    if token.state == State.SKIPPED:
        return Arrival(token, f"{token} was called before. Tell the desk that you are here now.", is_here=False)
    try:
        marked = services.mark_arrived(queue=token.queue, number=token.number, by=by)
    except TokenError as error:
        return Arrival(token, str(error), is_here=False)
    return Arrival(marked, f"{marked} is here. {marked.why}".strip(), is_here=True)


def _today(clinic: Clinic) -> TokenQuerySet:
    """The tokens of a clinic's day that are not over, of those who come to the clinic."""
    tokens = Token.objects.live().filter(clinic=clinic, queue__date=clinic.today(), mode=Mode.CLINIC)
    related = ("patient", "clinic", "queue__doctor", "queue__clinic")
    return tokens.select_related(*related).order_by("due_at", "number")
