"""What the clock does to the calendar; every job may run twice, or late."""

from scheduling import bookability, services, slots


def release_expired_holds() -> int:
    """Give back the places of holds whose time is over; returns how many."""
    return services.release_expired()


def close_past_conflicts() -> int:
    """Strike off the visits without a doctor whose time has come and gone; returns how many."""
    return services.close_past()


def make_slots() -> int:
    """Make the slots of the coming 90 days; returns how many are new."""
    return slots.make_slots()


def reassess_doctors() -> int:
    """Find out anew who can be booked: free times come and go by themselves; returns of how many it is different."""
    return bookability.reassess()
