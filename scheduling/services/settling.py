"""The end of a conflict: what becomes of a visit whose doctor is away, and of the time kept beside it."""

from django.utils import timezone

from clinics.models import User
from scheduling.models import Appointment, Conflict, Hold
from scheduling.services.offering import place_freed
from scheduling.services.places import let_go


def settle(conflict: Conflict, state: Conflict.State, *, by: User | None) -> None:
    """Close a conflict, locked by the caller, and give back the alternative that was kept for it."""
    conflict.state, conflict.settled_at, conflict.settled_by = state, timezone.now(), by
    conflict.save(update_fields=["state", "settled_at", "settled_by"])
    give_up_alternative(conflict)


def give_up_alternative(conflict: Conflict) -> None:
    """The time kept for a conflict is anybody's again."""
    # Whoever has it locked is releasing it too: a hold is never waited for with slots in hand.
    kept = Hold.objects.live().filter(pk=conflict.alternative_id).select_for_update(skip_locked=True).first()
    if kept is not None:
        let_go(kept)
        place_freed(kept.slot_id)


def settle_of(appointment: Appointment, state: Conflict.State, *, by: User | None) -> None:
    """Close the conflict of an appointment, when it has one."""
    conflict = Conflict.objects.open().filter(appointment=appointment).select_for_update().first()
    if conflict is not None:
        settle(conflict, state, by=by)
