"""Django's PostgreSQL, with a health check that asks nobody, long statements that are read once, and none too long."""

import select
from collections.abc import Sequence

from django.db.backends.postgresql import base, features, operations
from psycopg import _queries

# psycopg keeps how it has read a statement, but not of long ones: as a rule they are written anew each time. Ours are
# not (clinics/writing.py), and a new token with all that comes with it has a hundred values.
_queries.MAX_CACHED_STATEMENT_LENGTH, _queries.MAX_CACHED_STATEMENT_PARAMS = 8192, 150


MOST_VALUES = 65_535  # travel beside one statement


class DatabaseFeatures(features.DatabaseFeatures):
    """As Django's; it does not know yet that values beside a statement are counted."""

    max_query_params = MOST_VALUES


class DatabaseOperations(operations.DatabaseOperations):
    """As Django's, but that many rows are written in as many statements as it takes."""

    def bulk_batch_size(self, fields: Sequence[object], objs: Sequence[object]) -> int:
        return MOST_VALUES // max(1, len(fields))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is looked at before the first statement of every request."""

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    def is_usable(self) -> bool:
        """Whether the server is still at the other end: one that goes away says so, and that is there to be read.

        Django asks `SELECT 1`: a whole round trip, twice for every booking.
        """
        if self.connection is None or self.connection.closed:
            return False
        door = select.poll()
        door.register(self.connection.fileno(), select.POLLIN)
        return not door.poll(0)
