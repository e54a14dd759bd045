"""What the clock does to the calendar; every job may run twice, or late."""

import time

from scheduling import archive, bookability, services, slots

ARCHIVING = 90  # seconds a night: a worker has other work


def release_expired_holds() -> int:
    """Give back the places of holds whose time is over; returns how many."""
    return services.release_expired()


def expire_unpaid() -> int:
    """Call off the visits that were not paid for in time; returns how many."""
    return services.expire_unpaid()


def close_past_conflicts() -> int:
    """Strike off the visits without a doctor whose time has come and gone; returns how many."""
    return services.close_past()


def close_visits() -> int:
    """Close the visits whose day is over; returns how many."""
    return services.close_visits()


def close_days() -> int:
    """Close the doctors' days that are over and that nobody closed by hand; returns how many."""
    return services.close_days()


def archive_days() -> int:
    """Move what is due of the oldest days out of the calendar, for a minute and a half; returns how many times."""
    until, moved = time.monotonic() + ARCHIVING, 0
    for _, times in archive.move_days():
        moved += times
        if time.monotonic() > until:
            break
    return moved


def make_slots() -> int:
    """Make the slots of the coming 90 days; returns how many are new."""
    return slots.make_slots()


def reassess_doctors() -> int:
    """Find out anew who can be booked: free times come and go by themselves; returns of how many it is different."""
    return bookability.reassess()


def offer_places(doctor_id: str) -> int:
    """Offer what has become free with a doctor to those who wait; returns how many offers were made."""
    return services.offer_places(int(doctor_id))


def remind() -> int:
    """Remind whoever has a visit tomorrow, or in two hours; returns how many were written to."""
    return services.remind()


def sweep_waitlist() -> int:
    """End the offers that were not answered, and make those that nobody has made yet; returns how many."""
    return services.sweep_waitlist()
