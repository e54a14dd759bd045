"""Giving numbers: the next one, or one that was kept back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from clinics.models import User
from clinics.writing import insert
from doctors.modes import Mode
from patients.models import Patient
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.models import Action, Queue, ReservedNumber, Token
from tokens.services.finding import must_not_be_closed
from tokens.services.reserving import keep_standing_blocks, take_reserved
from tokens.states import State


def issue(**what: Any) -> Token:
    """Give a patient the next number, or one that was kept back; takes what `new_token` takes."""
    with new_token(**what) as token:
        pass
    return token


@contextmanager
def new_token(
    *, queue: Queue, patient: Patient, kind: str, due_at: datetime | None = None, by: User | None, why: str = "",
    party: UUID | None = None, mode: Mode = Mode.CLINIC, note: str | None = None, address: str | None = None,
    kept_until: datetime | None = None, reserved: int | None = None, verb: str = "", is_here: bool | None = None,
) -> Iterator[Token]:  # fmt: skip
    """Give a patient the next number, for whoever has more to write of it: new rows that the caller puts into
    `token.queue.new_rows` are written in one statement with the token, when the context ends.

    Somebody at the desk is here at once; somebody booked is expected at `due_at`.
    `party` is one for all of a family who come together. Who is seen at home needs an `address`, and is there.
    `kept_until` is for a place that has still to be paid for. `reserved` is a number that was kept back for them.
    `verb` and `is_here` are for what brings a token along: who has come already, or has not, whatever the kind.
    """
    try:
        with changing(queue) as queue:
            must_not_be_closed(queue)
            kept = take_reserved(queue, reserved) if reserved is not None else None
            if kept is None:
                if queue.last_number == 0:
                    keep_standing_blocks(queue, by=by)
                queue.last_number += 1
            now = timezone.now()
            here = (
                is_here
                if is_here is not None
                else kind in (Token.Kind.WALK_IN, Token.Kind.EMERGENCY)
                or (queue.opened_at is not None and (mode == Mode.HOME or not queue.clinic.checks_people_in))
            )
            token = Token(
                clinic_id=queue.clinic_id, queue=queue, patient=patient, kind=kind,
                state=State.WAITING if here else State.BOOKED, arrived_at=now if here else None,
                is_first=kind == Token.Kind.EMERGENCY, due_at=due_at or now, promised_at=due_at or now, why=why,
                created_at=now, party=party, mode=mode, note=note, address=address, kept_until=kept_until,
                **_number(queue, kept),
            )  # fmt: skip
            action = Action(verb or ("issue" if kind == Token.Kind.BOOKED else "add"))
            queue.new_rows += [token, token.event(None, by=by, why=why, action=action, at=now)]
            if kept is not None:
                kept.token = token
                kept.save(update_fields=["token"])
            if token.is_first:
                queue.say("1 emergency goes first.")
            yield token
    except IntegrityError as error:
        if "one_live_token_per_patient_and_queue" in str(error):
            raise TokenError("This patient already has a token with this doctor on that day.") from error
        raise


def issue_written(
    *, queue: Queue, kept: ReservedNumber, patient: Patient, came_at: datetime, by: User | None, why: str,
    action: Action,
) -> Token:  # fmt: skip
    """Give a number kept in this locked queue to somebody who came while it could not be given: here since then."""
    token = Token(
        clinic_id=queue.clinic_id, queue=queue, patient=patient, kind=Token.Kind.WALK_IN, number=kept.number,
        code=kept.code, state=State.WAITING, arrived_at=came_at, created_at=came_at, due_at=came_at,
        promised_at=came_at,
    )  # fmt: skip
    insert(token, token.event(None, by=by, why=why, action=action, at=came_at))
    kept.token = token
    kept.save(update_fields=["token"])
    return token


def _number(queue: Queue, kept: ReservedNumber | None) -> dict[str, object]:
    """The counter's number with an address of its own, or the one kept with the address printed on its slip."""
    return {"number": queue.last_number} if kept is None else {"number": kept.number, "code": kept.code}
