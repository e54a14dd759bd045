"""Keeping numbers back, and giving them out."""

from clinics.compiled import CompiledQuery
from clinics.models import User
from tokens.changing import changing
from tokens.errors import TokenError
from tokens.models import Action, Purpose, Queue, QueueEvent, ReservedNumber, StandingBlock
from tokens.services.finding import must_not_be_closed

MOST = 100  # numbers at once
_STANDING = CompiledQuery(
    lambda doctor: StandingBlock.objects.filter(doctor=doctor).order_by("pk").values_list("purpose", "size")
)


def reserve(*, queue: Queue, how_many: int, purpose: str, by: User | None, note: str = "") -> list[ReservedNumber]:
    """Keep the next few numbers back; nobody else is given them."""
    if purpose not in Purpose:
        raise TokenError("Say what the numbers are kept for.")
    if not 1 <= how_many <= MOST:
        raise TokenError(f"Keep 1 to {MOST} numbers at a time.")
    with changing(queue) as queue:
        must_not_be_closed(queue)
        if queue.last_number == 0:
            keep_standing_blocks(queue, by=by)
        kept = _keep(queue, how_many, purpose, by=by, note=note)
        said = f"{kept[0].number}–{kept[-1].number}: {Purpose(purpose).label}"
        QueueEvent.write(queue, by=by, action=Action("reserve"), why=said)
    return kept


def keep_standing_blocks(queue: Queue, *, by: User | None) -> None:
    """Before the first number of a locked day is given: keep the blocks back that this doctor always keeps."""
    for purpose, size in _STANDING(doctor=queue.doctor_id):
        _keep(queue, size, purpose, by=by)


def take_reserved(queue: Queue, number: int) -> ReservedNumber:
    """A number that was kept in this locked queue and that nobody has yet."""
    kept = queue.reserved.filter(number=number).first()
    if kept is None:
        raise TokenError(f"Number {number} was not kept back in this queue.")
    if kept.token_id is not None:
        raise TokenError(f"Number {number} has been given to somebody already.")
    return kept


def next_reserved(queue: Queue, purpose: str) -> int | None:
    """The first free number kept for something: None where none was kept. Raises TokenError when all are given."""
    kept = queue.reserved.filter(purpose=purpose)
    number = kept.free().values_list("number", flat=True).order_by("number").first()
    if number is None and kept.exists():
        label = Purpose(purpose).label.lower()
        raise TokenError(f"All numbers kept for a {label} are given. Choose “next number” to give the next one.")
    return number


def _keep(queue: Queue, how_many: int, purpose: str, *, by: User | None, note: str = "") -> list[ReservedNumber]:
    first = queue.last_number + 1
    queue.last_number += how_many
    return ReservedNumber.objects.bulk_create(
        ReservedNumber(clinic_id=queue.clinic_id, queue=queue, number=number, purpose=purpose, note=note, by=by)
        for number in range(first, queue.last_number + 1)
    )
