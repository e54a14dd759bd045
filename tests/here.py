"""What the tests of saying “I am here” have in common: the code on the screen, and the button behind it."""

import re
from typing import Any

from django.utils import timezone

from tests.desk import words
from tokens import presence
from tokens.models import Board


def scan(board: Board) -> str:
    """What a camera reads off the screen now."""
    return presence.address(board, timezone.now())


def proof_in(page: str) -> str:
    """What the form carries, as a sign that somebody stood before the screen."""
    return re.search(r'name="proof" value="([^"]+)"', page)[1]


def arrive(client: Any, board: Board, **typed: Any) -> Any:
    """Scan, and press the button."""
    at = scan(board)
    return client.post(at, {"proof": proof_in(words(client.get(at)))} | typed)
