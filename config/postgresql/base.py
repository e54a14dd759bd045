"""Django's PostgreSQL, with a health check that asks nobody, and long statements that are read once."""

import select

from django.db.backends.postgresql import base
from psycopg import _queries

# psycopg keeps how it has read a statement, but not of long ones: as a rule they are written anew each time. Ours are
# not (clinics/writing.py), and a new token with all that comes with it has a hundred values.
_queries.MAX_CACHED_STATEMENT_LENGTH, _queries.MAX_CACHED_STATEMENT_PARAMS = 8192, 150


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
