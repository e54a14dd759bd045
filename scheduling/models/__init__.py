"""Hours, slots, holds and appointments."""

from scheduling.models.appointment import Appointment
from scheduling.models.hold import Hold
from scheduling.models.hours import WeeklyHours
from scheduling.models.slot import Slot

__all__ = ["Appointment", "Hold", "Slot", "WeeklyHours"]
