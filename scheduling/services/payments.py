"""Visits that are paid for before they count: pending until somebody says that the money is there."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clinics import audit
from clinics.models import Clinic, User
from scheduling.errors import BookingError
from scheduling.models import Appointment
from scheduling.services.changes import cancel
from scheduling.services.telling import tell_booked
from tokens import services as tokens
from tokens.models import Token
from tokens.states import State

RELATED = ("token__queue__clinic", "patient", "doctor__clinic")


def to_pay(token: Token) -> list[Appointment]:
    """The visits paid for together with this one, those of a family; without what is paid already."""
    return list(_of(token).pending().select_related(*RELATED).order_by("starts_at", "pk"))


def unpaid(clinic: Clinic) -> QuerySet[Appointment]:
    """A clinic's visits that are still to be paid for, the soonest to lapse first."""
    return Appointment.objects.pending().filter(clinic=clinic).select_related(*RELATED).order_by("token__kept_until")


def confirm(*, token: Token, by: User | None, reference: str = "") -> list[Appointment]:
    """The money is there: the visit counts from now on, with those of the family that were booked with it.

    Whoever takes the money calls this, as often as they like: a clerk, or a payment provider that repeats itself.
    `reference` is their own, for the audit trail. Returns what was confirmed by this call. Raises BookingError when
    the place went to somebody else meanwhile, and the money has to go back.
    """
    with transaction.atomic():
        visits = _locked(token)
        pending = [visit for visit in visits if visit.state == Appointment.State.PENDING]
        if not pending and not any(visit.state == Appointment.State.CONFIRMED for visit in visits):
            raise BookingError("This visit was not paid for in time and is called off. Book a new one instead.")
        tokens.lock_in_order(*(visit.token.queue for visit in pending))
        for visit in pending:
            visit.state = Appointment.State.CONFIRMED
            visit.save(update_fields=["state"])
            visit.token = tokens.keep(token=visit.token)
            audit.record("appointment.paid", clinic=visit.doctor.clinic, by=by, about=visit, reference=reference)
        if pending:
            tell_booked(pending)
    return pending


def _of(token: Token) -> QuerySet[Appointment]:
    while token.moved_to is not None:  # whoever takes the money may know the visit by its first token
        token = token.moved_to
    family = {"token__party": token.party} if token.party else {"token": token.pk}
    return Appointment.objects.filter(**family)


def _locked(token: Token) -> list[Appointment]:
    """The visits paid for together, locked by key alone: one that is being moved is waited for, and not lost."""
    found = list(_of(token).values_list("pk", flat=True))
    if not found:  # moved to another day since the token was read
        token.refresh_from_db(fields=["moved_to"])
        found = list(_of(token).values_list("pk", flat=True))
    rows = Appointment.objects.filter(pk__in=found).order_by("pk")
    list(rows.select_for_update().values_list("pk"))
    return list(rows.select_related(*RELATED))


def expire_unpaid() -> int:
    """Sweep: call off the visits that were not paid for in time, each in its own transaction; returns how many.

    Whoever has come to the clinic meanwhile pays at the desk; what is of an earlier day is history, and closed as such.
    """
    over = Appointment.objects.pending().filter(
        token__kept_until__lte=timezone.now(), token__state=State.BOOKED, date__gte=timezone.localdate()
    )
    return sum(_expire(pk) for pk in list(over.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _expire(pk: object) -> bool:
    rows = Appointment.objects.pending().filter(pk=pk).select_for_update(skip_locked=True, of=("self",))
    visit = rows.select_related(*RELATED).first()
    if visit is None:
        return False
    cancel(token=visit.token, by=None, why="Not paid for in time.")
    return True
