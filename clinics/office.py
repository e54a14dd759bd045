"""The back office: who may come in, and what they see there."""

from dataclasses import dataclass

from django.http import HttpRequest

from clinics.access import is_staff
from clinics.models import Clinic, Membership, Role, User


@dataclass(frozen=True, slots=True)
class Office:
    """What somebody sees in the back office: everything (operators), or the rows of these clinics."""

    is_operator: bool
    clinic_ids: frozenset[int]
    needs_second_factor: bool = False
    approved_ids: frozenset[int] = frozenset()  # of these clinics, those the platform has approved


def office_of(request: HttpRequest) -> Office | None:
    """The asker's back office, read once a request; None for whoever has no business there."""
    if not hasattr(request, "_office"):
        request._office = _read(request.user)
    return request._office


def _read(user: User) -> Office | None:
    if not is_staff(user) or not user.is_active:
        return None
    told = ("clinic_id", "role", "clinic__needs_second_factor", "clinic__status")
    places = list(Membership.objects.filter(user=user).values_list(*told))
    asked = any(needed for _, _, needed, _ in places)
    if user.is_superuser:
        return Office(True, frozenset(), asked)
    ours = {clinic_id: status for clinic_id, role, _, status in places if role == Role.ADMIN}
    approved = frozenset(clinic_id for clinic_id, status in ours.items() if status == Clinic.Status.APPROVED)
    return Office(False, frozenset(ours), asked, approved) if user.is_staff and ours else None


def settle_key(user: User) -> None:
    """Give or take the key of the back office: it belongs to operators and to admins of a clinic."""
    may = user.is_superuser or user.memberships.filter(role=Role.ADMIN).exists()
    if may != user.is_staff:
        user.is_staff = may
        user.save(update_fields=["is_staff"])


def masked_name(name: str) -> str:
    """A••• T•••: enough for two operators to know that they speak of the same person."""
    return " ".join(f"{word[0]}•••" for word in name.split())


def masked_phone(phone: str | None) -> str:
    """•••••• 0112."""
    return f"•••••• {phone[-4:]}" if phone else ""
