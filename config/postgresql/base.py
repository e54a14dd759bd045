"""Django's PostgreSQL, with a health check that asks nobody."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is looked at before the first statement of every request."""

    def is_usable(self) -> bool:
        """Whether the server is still at the other end: one that goes away says so, and that is there to be read.

        Django asks `SELECT 1`: a whole round trip, twice for every booking.
        """
        if self.connection is None or self.connection.closed:
            return False
        door = select.poll()
        door.register(self.connection.fileno(), select.POLLIN)
        return not door.poll(0)
