"""What is free: which slots can still take somebody, and when each doctor's next one is."""

from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from doctors.models import Doctor
from scheduling.models import Hold, Slot


def with_places_left(slots: QuerySet[Slot], now: datetime) -> QuerySet[Slot]:
    """Slots with `left`: how many more people they take. Holds whose time is over keep nobody out."""
    holds = Hold.objects.live().filter(slot=OuterRef("pk"), expires_at__gt=now).order_by()
    kept = Coalesce(Subquery(holds.values("slot").annotate(many=Count("pk")).values("many")), 0)
    room = F("capacity") - F("booked")
    # Hardly any slot is held by somebody: only for those are the holds counted.
    return slots.annotate(
        left=Case(When(held=0, then=room), default=Greatest(room - kept, 0), output_field=IntegerField())
    )


def free_slots(now: datetime) -> QuerySet[Slot]:
    """The slots still to come in which somebody can be given a place, the soonest first."""
    offered = Slot.objects.with_room().filter(is_blocked=False, starts_at__gt=now)  # as in the partial index
    return with_places_left(offered, now).filter(left__gt=0).order_by("starts_at")


def with_next_free(doctors: QuerySet[Doctor], now: datetime) -> QuerySet[Doctor]:
    """Doctors with `next_free`: when each can next see somebody new, or nothing."""
    return doctors.annotate(next_free=Subquery(free_slots(now).filter(doctor=OuterRef("pk")).values("starts_at")[:1]))


def nearest_free(doctor: Doctor, *, to: Slot) -> Slot | None:
    """The free slot of a doctor closest after another, else the last one before it on that day."""
    free = free_slots(timezone.now()).filter(doctor=doctor).exclude(pk=to.pk)
    after = free.filter(starts_at__gte=to.starts_at).first()
    return after or free.filter(date=to.date).order_by("-starts_at").first()
