"""Our application without row locks: to see that a check of what they protect can fail."""

from unittest.mock import patch

from config.asgi import application  # noqa: F401

patch("django.db.models.query.QuerySet.select_for_update", lambda rows, **_: rows).start()
