"""From what is to be told to a row of the outbox."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinics.models import Clinic
from clinics.sealed import blind_index
from notifications.kinds import KINDS
from notifications.models import Message
from notifications.registered import fitted


@dataclass(frozen=True)
class Letter:
    """One of many messages: to a phone (E.164), about a token, with the variables of its text.

    `once` names what may be told only once: the reminder of this evening for this visit.
    """

    to: str
    about: UUID | None
    variables: dict[str, object]
    useful_until: datetime | None = None
    once: str = ""
    clinic: Clinic | None = None  # where the letters written together are not all of one clinic


def made(kind: str, letter: Letter, *, clinic: Clinic | None, due_at: datetime) -> Message:
    """A message, not saved yet, due at that time."""
    rules = KINDS[kind]
    return Message(
        kind=kind, clinic=letter.clinic or clinic, to=letter.to, to_key=blind_index(letter.to), about=letter.about,
        once=letter.once,
        variables=json.dumps(fitted(kind, letter.variables), ensure_ascii=False), urgency=rules.urgency,
        due_at=due_at, useful_until=letter.useful_until or due_at + timedelta(minutes=rules.useful),
    )  # fmt: skip
