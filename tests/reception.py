"""What the tests of a queue have in common: giving numbers, letting people come, and looking at the line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests import cast
from tokens import services
from tokens.models import Queue, Token, TokenError
from tokens.snapshot import snapshot

Kind = Token.Kind
NINE = timezone.now().replace(microsecond=0) - timedelta(hours=2)  # when the first patient was due


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    """The queue refuses, saying why, and what was begun is taken back."""
    with pytest.raises(TokenError, match=sentence), transaction.atomic():
        yield


def give(queue: Queue, kind: str = Kind.BOOKED, *, past: int | None = None, patient: Any = None) -> Token:
    """Give a number to somebody, new unless named; booked for some minutes past nine."""
    due_at = None if past is None else NINE + timedelta(minutes=past)
    patient = patient or cast.patient(phone=None)
    return services.issue(queue=queue, patient=patient, kind=kind, due_at=due_at, by=None)


def come(queue: Queue, *tokens: Token, by: Any = None) -> None:
    """They arrive, in this order; the desk says so when somebody is named."""
    for token in tokens:
        services.mark_arrived(queue=queue, number=token.number, by=by)


def line(queue: Queue) -> list[int]:
    """The numbers of those who are here, in calling order."""
    return list(queue.tokens.waiting().in_calling_order().values_list("number", flat=True))


def state(token: Token) -> str:
    """Where a token stands now."""
    return Token.objects.get(pk=token.pk).state


def picture(queue: Queue) -> Any:
    """What the screens show of a queue now."""
    queue.refresh_from_db()
    return snapshot(queue.pk, queue.version)
