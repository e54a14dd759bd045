"""What the database itself refuses, and which of its rules it names."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """The database refuses, naming the rule."""
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():  # noqa: PT012
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
