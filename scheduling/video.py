"""The video call of a visit: when it can be entered, and where it is held."""

from __future__ import annotations

import base64
from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.utils import timezone

from clinics.sealed import blind_index
from doctors.modes import CALL_CLOSES, CALL_OPENS, Mode
from tokens.models import Token
from tokens.states import LIVE


def opens_at(token: Token) -> datetime:
    """From when on the call can be entered."""
    return token.due_at - CALL_OPENS


def is_open(token: Token) -> bool:
    """Whether the call can be entered now: shortly before its time, until the visit is over, or long past."""
    is_about_time = opens_at(token) <= timezone.now() < token.due_at + CALL_CLOSES
    return token.mode == Mode.TELE and token.state in LIVE and token.kept_until is None and is_about_time


def address(token: Token) -> str:
    """Where the call is held: a room that nobody can guess, the same for the patient and the doctor.

    It is made of the token and the server's own key, so it is written down nowhere and cannot leak from a table.
    """
    room = base64.b32encode(blind_index(str(token.pk), purpose="video call")).decode().rstrip("=").lower()
    return urljoin(settings.JITSI_BASE_URL, f"oozham-{room}")
