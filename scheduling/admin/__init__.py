"""The back office of the calendar."""

from scheduling.admin import bookings, closures, hours

__all__ = ["bookings", "closures", "hours"]
