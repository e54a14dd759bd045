"""What changes a queue: one verb a function, each under the queue's lock. Errors are TokenError, made to be shown."""

from tokens.changing import lock_in_order
from tokens.services.arriving import mark_arrived, mark_late, mark_overdue
from tokens.services.calling import call, call_again, call_next, complete, follow_up, recall, skip
from tokens.services.closing import close_day, reopen_day
from tokens.services.doctor import open_day, run_late, set_doctor_state
from tokens.services.finding import current_queue, queue_for
from tokens.services.issuing import issue, new_token
from tokens.services.moving import cancel, carry_over, keep, merge, reschedule, transfer, write_note
from tokens.services.placing import place
from tokens.services.rating import rate
from tokens.services.reserving import next_reserved, reserve
from tokens.services.ruling import drop_late_rule, set_late_rule
from tokens.services.travelling import set_travel

__all__ = [
    "call",
    "call_again",
    "call_next",
    "cancel",
    "carry_over",
    "close_day",
    "complete",
    "current_queue",
    "drop_late_rule",
    "follow_up",
    "issue",
    "keep",
    "lock_in_order",
    "mark_arrived",
    "mark_late",
    "mark_overdue",
    "merge",
    "new_token",
    "next_reserved",
    "open_day",
    "place",
    "queue_for",
    "rate",
    "recall",
    "reopen_day",
    "reschedule",
    "reserve",
    "run_late",
    "set_doctor_state",
    "set_late_rule",
    "set_travel",
    "skip",
    "transfer",
    "write_note",
]
