"""What changes the calendar: one verb a function.

Locks are always taken in this order: waitlist entries, holds, slots, queues.
"""

from scheduling.services.booking import Terms, book
from scheduling.services.changes import cancel, reschedule, transfer
from scheduling.services.closing import close_day, close_days, close_visits
from scheduling.services.conflicts import accept, close_past, kept_for, open_conflict, wait
from scheduling.services.holding import extend, hold, release, release_expired, tap
from scheduling.services.hours import affected as hours_affect
from scheduling.services.hours import change as change_hours
from scheduling.services.leave import affected as leave_affects
from scheduling.services.leave import approve as approve_leave
from scheduling.services.leave import ask as ask_leave
from scheduling.services.leave import reject as reject_leave
from scheduling.services.leave import take_back as take_leave_back
from scheduling.services.leaving import decline, end_offers
from scheduling.services.leaving import leave as leave_waitlist
from scheduling.services.offering import offer_places
from scheduling.services.payments import confirm as confirm_payment
from scheduling.services.payments import expire_unpaid, to_pay, unpaid
from scheduling.services.reminding import remind
from scheduling.services.sources import changing, impact, touched_by
from scheduling.services.together import book_together, hold_together
from scheduling.services.waitlist import accept as accept_offer
from scheduling.services.waitlist import add as add_to_waitlist
from scheduling.services.waitlist import join as join_waitlist
from scheduling.services.waitlist import sweep as sweep_waitlist

__all__ = [
    "Terms",
    "accept",
    "accept_offer",
    "add_to_waitlist",
    "approve_leave",
    "ask_leave",
    "book",
    "book_together",
    "cancel",
    "change_hours",
    "changing",
    "close_day",
    "close_days",
    "close_past",
    "close_visits",
    "confirm_payment",
    "decline",
    "end_offers",
    "expire_unpaid",
    "extend",
    "hold",
    "hold_together",
    "hours_affect",
    "impact",
    "join_waitlist",
    "kept_for",
    "leave_affects",
    "leave_waitlist",
    "offer_places",
    "open_conflict",
    "reject_leave",
    "release",
    "release_expired",
    "remind",
    "reschedule",
    "sweep_waitlist",
    "take_leave_back",
    "tap",
    "to_pay",
    "touched_by",
    "transfer",
    "unpaid",
    "wait",
]
