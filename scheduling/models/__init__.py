"""Hours and what closes them, sittings, slots and past ones, holds, appointments, conflicts, and the waitlist."""

from scheduling.models.appointment import Appointment
from scheduling.models.closures import Block, Holiday, LeaveRequest, Maintenance
from scheduling.models.conflict import Conflict
from scheduling.models.hold import Hold
from scheduling.models.hours import DateOverride, WeeklyHours
from scheduling.models.past import PastSlot
from scheduling.models.reminded import Reminded
from scheduling.models.rules import BookingRules
from scheduling.models.sitting import Calendar, Sitting
from scheduling.models.slot import Mode, Slot
from scheduling.models.waitlist import Offer, WaitlistEntry

__all__ = [
    "Appointment",
    "Block",
    "BookingRules",
    "Calendar",
    "Conflict",
    "DateOverride",
    "Hold",
    "Holiday",
    "LeaveRequest",
    "Maintenance",
    "Mode",
    "Offer",
    "PastSlot",
    "Reminded",
    "Sitting",
    "Slot",
    "WaitlistEntry",
    "WeeklyHours",
]
