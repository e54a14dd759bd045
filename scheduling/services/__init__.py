"""What changes the calendar: one verb a function. Locks are always taken in this order: holds, slots, queues."""

from scheduling.services.booking import book
from scheduling.services.changes import cancel, reschedule
from scheduling.services.conflicts import accept, close_past, open_conflict, wait
from scheduling.services.holding import extend, hold, release, release_expired, tap
from scheduling.services.hours import affected as hours_affect
from scheduling.services.hours import change as change_hours
from scheduling.services.leave import affected as leave_affects
from scheduling.services.leave import approve as approve_leave
from scheduling.services.leave import ask as ask_leave
from scheduling.services.leave import reject as reject_leave
from scheduling.services.leave import take_back as take_leave_back

__all__ = [
    "accept",
    "approve_leave",
    "ask_leave",
    "book",
    "cancel",
    "change_hours",
    "close_past",
    "extend",
    "hold",
    "hours_affect",
    "leave_affects",
    "open_conflict",
    "reject_leave",
    "release",
    "release_expired",
    "reschedule",
    "take_leave_back",
    "tap",
    "wait",
]
