"""What each clinic has chosen to send, kept in the process for a minute: a press at the desk asks nothing for it."""

import time

from django.conf import settings

from notifications.models import Policy


class Policies(dict[int, Policy]):
    """The choices of clinics; the usual ones of a clinic that has made none."""

    def __missing__(self, clinic_id: int) -> Policy:
        return Policy(clinic_id=clinic_id)


_kept = Policies()
_until = 0.0


def policies() -> Policies:
    """What each clinic has chosen; a change is noticed within a minute."""
    global _kept, _until  # noqa: PLW0603
    if time.monotonic() >= _until:
        _kept = Policies(Policy.objects.in_bulk())
        _until = time.monotonic() + settings.POLICIES_SECONDS
    return _kept


def sends(kind: str, clinic_id: int) -> bool:
    """Whether a clinic sends messages of a kind."""
    return kind in policies()[clinic_id].chosen
