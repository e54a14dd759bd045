"""Who may look at a staff screen through a socket: asked when it opens, and again at every push."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.sessions.models import Session
from django.utils import timezone

from clinics.access import still_allowed
from clinics.models import Role


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member of staff at an open socket, in one browser session."""

    user_id: UUID
    session_key: str
    clinic_id: int
    roles: frozenset[Role]


def still_welcome(viewers: set[Viewer]) -> set[Viewer]:
    """Those who are still active members in the right role and have not signed out: two queries for all of them."""
    if not viewers:
        return set()
    sessions = Session.objects.filter(
        session_key__in={viewer.session_key for viewer in viewers}, expire_date__gt=timezone.now()
    )
    open_sessions = set(sessions.values_list("session_key", flat=True))
    allowed: dict[tuple[int, frozenset[Role]], set[UUID]] = {}
    for clinic_id, roles in {(viewer.clinic_id, viewer.roles) for viewer in viewers}:
        users = {viewer.user_id for viewer in viewers}
        allowed[clinic_id, roles] = still_allowed(users, clinic_id, roles)
    return {
        viewer
        for viewer in viewers
        if viewer.session_key in open_sessions and viewer.user_id in allowed[viewer.clinic_id, viewer.roles]
    }
