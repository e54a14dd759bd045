"""What may follow what: the whole life of a token as one table."""

from django.db import models


class State(models.TextChoices):
    """Where a token stands, in the words of the desk."""

    BOOKED = "booked", "Booked"
    WAITING = "waiting", "Waiting"
    CONSULTING = "consulting", "Consulting"
    LATE = "late", "Late"
    SKIPPED = "skipped", "Not here"
    COMPLETED = "completed", "Done"
    CANCELLED = "cancelled", "Cancelled"


B, W, C, L, S, D, X = State

# What happens in the clinic.
MAY_BECOME: dict[State, frozenset[State]] = {
    B: frozenset({W, L, X}),  # arrived; the grace passed; called off
    W: frozenset({C, S, L, X}),  # called in; called and not there
    C: frozenset({D}),
    L: frozenset({W, X}),  # arrived late
    S: frozenset({W, X}),  # called again
    D: frozenset(),
    X: frozenset(),
}

# What a slip of the finger may take back, by undo alone. A cancelled token stays cancelled: its place may be gone.
MAY_BE_UNDONE: dict[State, frozenset[State]] = {
    B: frozenset(),
    W: frozenset({B, L, S}),  # marked as arrived, or called again, by mistake
    C: frozenset({W}),  # called by mistake
    L: frozenset({B, W}),  # marked late by mistake
    S: frozenset({W}),  # skipped by mistake
    D: frozenset({C}),  # completed by mistake
    X: frozenset(),
}

LIVE = (B, W, C, L, S)  # not over yet
IN_LINE = (B, W)  # those the doctor has still to see, in calling order

# What a token reads whose day was closed before it was seen.
DID_NOT_COME = "Did not come."
NOT_SEEN = "The day ended before the turn came."

# A time of this name is present exactly in these states; the database checks it too.
TIMES: dict[str, frozenset[State]] = {
    "arrived_at": frozenset({W, C, D}),
    "consulting_at": frozenset({C, D}),
    "set_aside_at": frozenset({L, S}),
    "ended_at": frozenset({D, X}),
}
