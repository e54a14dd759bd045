"""What changes the calendar: one verb a function. Locks are always taken in this order: holds, slots, queues."""

from scheduling.services.booking import book
from scheduling.services.changes import cancel, reschedule
from scheduling.services.holding import extend, hold, release, release_expired, tap

__all__ = ["book", "cancel", "extend", "hold", "release", "release_expired", "reschedule", "tap"]
