"""Writing the audit trail, in the transaction of the change it tells of."""

from typing import Any

from clinics.models import AuditEvent, Clinic, User


def record(action: str, *, clinic: Clinic | None, by: User | None, about: object, **detail: Any) -> AuditEvent:
    """Record that somebody (`by`; None is the system) did something to an object of a clinic."""
    return AuditEvent.objects.create(
        action=action, clinic=clinic, by=by, object_id=str(getattr(about, "pk", about)), detail=detail
    )
