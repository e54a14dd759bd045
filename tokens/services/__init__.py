"""What changes a queue: one verb a function, each under the queue's lock. Errors are TokenError, made to be shown."""

from tokens.services.arriving import mark_arrived, mark_late
from tokens.services.calling import call, call_again, call_next, complete, recall, skip
from tokens.services.doctor import open_day, set_doctor_state
from tokens.services.finding import queue_for
from tokens.services.issuing import issue
from tokens.services.moving import cancel, carry_over, keep, reschedule

__all__ = [
    "call",
    "call_again",
    "call_next",
    "cancel",
    "carry_over",
    "complete",
    "issue",
    "keep",
    "mark_arrived",
    "mark_late",
    "open_day",
    "queue_for",
    "recall",
    "reschedule",
    "set_doctor_state",
    "skip",
]
