"""A doctor's day as a queue, its numbered tokens, everything that happened to them, and the waiting room's displays."""

from tokens.errors import TokenError
from tokens.models.board import Board
from tokens.models.event import Action, QueueEvent, TokenEvent
from tokens.models.queue import Queue
from tokens.models.rating import Rating
from tokens.models.reserved import Purpose, ReservedNumber, StandingBlock
from tokens.models.rule import LateRule
from tokens.models.sheet import Sheet
from tokens.models.token import Token

__all__ = [
    "Action",
    "Board",
    "LateRule",
    "Purpose",
    "Queue",
    "QueueEvent",
    "Rating",
    "ReservedNumber",
    "Sheet",
    "StandingBlock",
    "Token",
    "TokenError",
    "TokenEvent",
]
