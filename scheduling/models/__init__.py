"""Hours and what closes them, sittings, slots, holds, appointments, and the conflicts between them."""

from scheduling.models.appointment import Appointment
from scheduling.models.closures import Block, Holiday, LeaveRequest
from scheduling.models.conflict import Conflict
from scheduling.models.hold import Hold
from scheduling.models.hours import DateOverride, WeeklyHours
from scheduling.models.rules import BookingRules
from scheduling.models.sitting import Calendar, Sitting
from scheduling.models.slot import Mode, Slot

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
    "Mode",
    "Sitting",
    "Slot",
    "WeeklyHours",
]
