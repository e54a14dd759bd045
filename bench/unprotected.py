"""Our application without row locks and limits, believing every signature: to see that a check of these can fail."""

import hmac
from unittest.mock import patch

from config.asgi import application  # noqa: F401
from patients import challenges, limits
from patients.models import Challenge


def answer(*, challenge: Challenge, code: str, browser: str) -> str:
    """Read first, write then; any browser will do, at any time, as often as it likes."""
    if not hmac.compare_digest(challenges._mac(code, challenge), bytes(challenge.code_mac)):
        raise challenges.ChallengeError("That is not the code.")
    return challenge.phone


patch("twilio.request_validator.RequestValidator.validate", lambda *_: True).start()
patch("django.db.models.query.QuerySet.select_for_update", lambda rows, **_: rows).start()
patch.object(limits, "must_have_room", lambda counted: None).start()
patch.object(limits, "take", lambda counted: []).start()
patch.object(challenges, "answer", answer).start()
