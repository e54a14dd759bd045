"""Our application without row locks and believing every signature: to see that a check of these can fail."""

from unittest.mock import patch

from config.asgi import application  # noqa: F401

patch("twilio.request_validator.RequestValidator.validate", lambda *_: True).start()
patch("django.db.models.query.QuerySet.select_for_update", lambda rows, **_: rows).start()
