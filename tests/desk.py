"""What the tests of the desk have in common: its address, adding somebody, what a page says, where a token stands."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from tests.waiting_room import press
from tokens.models import Queue, Token

# What a queue refuses takes its whole transaction back, so there must not be a test's own around it.
refusing = pytest.mark.django_db(transaction=True)


def at(room: Queue) -> str:
    return reverse("tokens:desk", args=[room.clinic.slug, room.doctor.slug])


def add(desk: Any, room: Queue, *, live: bool = False, **typed: Any) -> Any:
    typed = {"once": str(uuid.uuid4()), "kind": "walkin", "name": "Ravi Kumar", "age": "", "phone": ""} | typed
    return press(desk, "add", room, data=typed, live=live)


def words(answer: Any) -> str:
    """A page's text, on one line."""
    return " ".join(answer.content.decode().split())


def state_of(token: Token) -> str:
    return Token.objects.get(pk=token.pk).state
