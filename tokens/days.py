"""A clinic's whole day: the queues its doctors work on now."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from clinics.models import Clinic
from doctors.models import Doctor
from tokens.models import Queue
from tokens.snapshot import Snapshot, snapshot


@dataclass(frozen=True, slots=True)
class Day:
    """All queues of a clinic's date; `version` only grows, from day to day too."""

    clinic: Clinic
    date: date
    version: int
    queues: tuple[Snapshot, ...]


def day_of(clinic: Clinic, *, doctor_ids: frozenset[int] | None = None) -> Day:
    """The queues of a clinic today (of some doctors, when named), the doctors in the order of their names."""
    today = clinic.today()
    found = Queue.objects.running(clinic).filter(doctor__status=Doctor.Status.ACTIVE).order_by("doctor__name", "-date")
    versions = list(found.values_list("pk", "doctor_id", "version"))
    running = {doctor_id: (pk, version) for pk, doctor_id, version in versions}  # of two, the one past midnight
    chosen = [found for doctor_id, found in running.items() if not doctor_ids or doctor_id in doctor_ids]
    pictures = tuple(snapshot(pk, version) for pk, version in chosen)
    newest = {pk: version for pk, _, version in versions} | {it.queue_id: it.version for it in pictures}  # read later
    return Day(clinic, today, int(f"{today:%Y%m%d}") * 10**6 + sum(newest.values()), pictures)


def ensure_queues(clinic: Clinic) -> None:
    """Give every active doctor of a clinic a queue for today, so that the desk can add the first walk-in."""
    today = clinic.today()
    missing = clinic.doctors.at_work().exclude(queues__date=today).values_list("pk", flat=True)
    if missing:
        Queue.objects.bulk_create(
            [Queue(clinic=clinic, doctor_id=pk, date=today) for pk in missing], ignore_conflicts=True
        )


def ensure_board(clinic: Clinic) -> None:
    """Give a clinic its first waiting-room display; one that has been switched off is not replaced."""
    if clinic.boards.exists():
        return
    with transaction.atomic():
        Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
        if not clinic.boards.exists():
            clinic.boards.create()
