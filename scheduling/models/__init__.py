"""Hours and what closes them, sittings, slots, holds, appointments, and the conflicts between them."""

from scheduling.models.appointment import Appointment
from scheduling.models.closures import Block, Holiday, LeaveRequest, Maintenance
from scheduling.models.conflict import Conflict
from scheduling.models.hold import Hold
from scheduling.models.hours import DateOverride, WeeklyHours
from scheduling.models.sitting import Calendar, Sitting
from scheduling.models.slot import Mode, Slot

__all__ = [
    "Appointment",
    "Block",
    "Calendar",
    "Conflict",
    "DateOverride",
    "Hold",
    "Holiday",
    "LeaveRequest",
    "Maintenance",
    "Mode",
    "Sitting",
    "Slot",
    "WeeklyHours",
]
