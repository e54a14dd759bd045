"""The ten stages between a name and the first patient, each with what is still missing and where that is put right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinics.models import Clinic
from doctors.bookability import Facts, Fix
from doctors.states import Status

if TYPE_CHECKING:
    from doctors.models import Doctor


CREDENTIALS = "Credentials"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; `blocker` says in one sentence what is missing, and is empty once it is done."""

    name: str
    blocker: str
    fix: Fix

    @property
    def is_done(self) -> bool:
        """Nothing of it is missing."""
        return not self.blocker


def stages(doctor: Doctor, facts: Facts) -> list[Stage]:
    """All ten, in their order, as they stand now."""
    clinic = doctor.clinic
    checks: list[tuple[str, bool, str, Fix]] = [
        ("Profile", facts.profile_complete, "Give the qualifications and the languages.", Fix.PROFILE),
        (
            CREDENTIALS, bool(doctor.council and doctor.registration_number),
            "Give the council and the registration number.", Fix.CREDENTIALS,
        ),
        (
            "Departments",
            facts.has_specialty and (doctor.department_id is not None or not clinic.departments.exists()),
            "Choose a specialty and one of the clinic’s departments.", Fix.DEPARTMENTS,
        ),
        ("Locations", facts.has_branch, "Choose at least one branch.", Fix.BRANCHES),
        ("Fees", facts.fees_set, "Set the consultation fee, or say that there is none.", Fix.FEES),
        ("Availability", facts.has_hours, "Give the weekly hours.", Fix.HOURS),
        (
            "Resources", doctor.room_id is not None or not clinic.rooms.exists(),
            "Choose one of the clinic’s rooms.", Fix.ROOM,
        ),
        ("Compliance", facts.licence_verified, _licence(doctor, facts), Fix.LICENCE),
    ]  # fmt: skip
    is_sent, is_approved = doctor.status != Status.DRAFT, clinic.status == Clinic.Status.APPROVED
    checks += [
        (
            "Approval", is_sent and is_approved,
            "The clinic itself is not approved." if is_sent else "Send the profile for verification.",
            Fix.CLINIC if is_sent else Fix.STATUS,
        ),
        ("Activation", facts.is_active, "Activate the doctor.", Fix.STATUS),
    ]  # fmt: skip
    return [Stage(name, "" if is_done else blocker, fix) for name, is_done, blocker, fix in checks]


def blockers(doctor: Doctor, facts: Facts, *, of: Status) -> list[str]:
    """What must be put right before a doctor gets this status: credentials to be checked, all nine to be active."""
    before = stages(doctor, facts)[:-1] if of in (Status.PENDING, Status.ACTIVE) else []
    return [it.blocker for it in before if it.blocker and (of == Status.ACTIVE or it.name == CREDENTIALS)]


def _licence(doctor: Doctor, facts: Facts) -> str:
    if facts.verification_failed:
        return f"The check of the licence failed: {doctor.licence_note}"
    return "The platform has not verified the licence yet."
