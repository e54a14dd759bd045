"""Writing the audit trail, in the transaction of the change it tells of."""

from typing import Any

from clinics.models import AuditEvent, Clinic, User
from clinics.writing import insert


def record(action: str, *, clinic: Clinic | None, by: User | None, about: object, **detail: Any) -> None:
    """Record that somebody (`by`; None is the system) did something to an object of a clinic."""
    insert(event(action, clinic=clinic, by=by, about=about, **detail))


def event(action: str, *, clinic: Clinic | None, by: User | None, about: object, **detail: Any) -> AuditEvent:
    """The same, not written yet: for whoever writes it in one statement with what it tells of."""
    return AuditEvent(action=action, clinic=clinic, by=by, object_id=str(getattr(about, "pk", about)), detail=detail)
