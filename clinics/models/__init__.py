"""Places, clinics, people and the audit trail."""

from clinics.models.audit import AuditEvent
from clinics.models.clinic import Branch, Clinic, Department, Equipment, LatePolicy, Room
from clinics.models.people import Membership, Role, User
from clinics.models.places import City, District

__all__ = [
    "AuditEvent",
    "Branch",
    "City",
    "Clinic",
    "Department",
    "District",
    "Equipment",
    "LatePolicy",
    "Membership",
    "Role",
    "Room",
    "User",
]
