"""The back office of places, clinics, people and the audit trail."""

from clinics.admin.audit import AuditEventAdmin
from clinics.admin.clinics import BranchAdmin, ClinicsAdmin, DepartmentAdmin, RoomAdmin
from clinics.admin.people import MembershipAdmin, StaffAdmin
from clinics.admin.places import CityAdmin, DistrictAdmin

__all__ = [
    "AuditEventAdmin", "BranchAdmin", "CityAdmin", "ClinicsAdmin", "DepartmentAdmin", "DistrictAdmin",
    "MembershipAdmin", "RoomAdmin", "StaffAdmin",
]  # fmt: skip
