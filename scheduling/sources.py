"""Reading the sources of many doctors' hours: seven queries, however many doctors."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from doctors.models import Doctor
from scheduling.models import Block, DateOverride, Holiday, LeaveRequest, Maintenance, WeeklyHours
from scheduling.models.hours import Hours
from scheduling.open_hours import Closure, Maintained, Override, Source, Sources, Terms, Weekly

BLOCKS = {Block.Kind.FORCED: Source.FORCED, Block.Kind.EMERGENCY: Source.EMERGENCY}


def sources_of(doctor_ids: Sequence[int], first: date, last: date) -> dict[int, Sources]:
    """What is known of the hours of doctors from one date to another; nobody who takes no bookings has any."""
    rows = Doctor.objects.filter(pk__in=doctor_ids, status__in=[Doctor.Status.ACTIVE, Doctor.Status.PENDING])
    rows = list(rows.values_list("pk", "clinic", "clinic__timezone", "room"))
    doctors = {pk: (clinic, ZoneInfo(zone)) for pk, clinic, zone, _ in rows}
    usual_rooms = {pk: room for pk, _, _, room in rows}
    ids = list(doctors)
    weekly, overrides, closures = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in WeeklyHours.objects.filter(doctor__in=ids):
        weekly[row.doctor_id].append(
            Weekly(row.weekday, row.starts, row.ends, terms_of(row), row.weeks, row.valid_from, row.valid_to)
        )
    for row in DateOverride.objects.filter(doctor__in=ids, date__range=(first, last)):
        overrides[row.doctor_id].append(Override(row.date, row.starts, row.ends, terms_of(row), row.replaces_day))
    after, before = _midnight(first - timedelta(days=1)), _midnight(last + timedelta(days=2))  # in any zone
    ending = Q(ends_at=None) | Q(ends_at__gt=after)
    for row in Block.objects.filter(ending, doctor__in=ids, starts_at__lt=before):
        closures[row.doctor_id].append(_closure(BLOCKS[Block.Kind(row.kind)], row, doctors[row.doctor_id][1], row.why))
    approved = LeaveRequest.objects.filter(state=LeaveRequest.State.APPROVED)
    for row in approved.filter(doctor__in=ids, ends_at__gt=after, starts_at__lt=before):
        closures[row.doctor_id].append(_closure(Source.LEAVE, row, doctors[row.doctor_id][1]))
    holidays = defaultdict(list)
    for row in Holiday.objects.filter(clinic__in={clinic for clinic, _ in doctors.values()}, date__range=(first, last)):
        starts = datetime.combine(row.date, time())
        ends = starts + timedelta(days=1)
        holidays[row.clinic_id].append(Closure(Source.HOLIDAY, starts, ends, row.name, row.branch_id))
    maintained = defaultdict(list)
    works = Maintenance.objects.filter(ends_at__gt=after, starts_at__lt=before).select_related("room")
    for row in works.filter(clinic__in={clinic for clinic, _ in doctors.values()}):
        maintained[row.clinic_id].append(row)
    for pk, (clinic, zone) in doctors.items():
        sittings = [it.terms for it in (*weekly[pk], *overrides[pk])]
        for row in maintained[clinic]:
            out = _out(row, usual_rooms[pk])
            if any(out.closes(terms) for terms in sittings):
                closures[pk].append(_closure(Source.MAINTENANCE, row, zone, row.why, out))
    return {
        pk: Sources(tuple(weekly[pk]), tuple(overrides[pk]), (*closures[pk], *holidays[clinic]))
        for pk, (clinic, _) in doctors.items()
    }


def terms_of(row: Hours) -> Terms:
    """The terms of a sitting as it is written down."""
    return Terms(
        row.branch_id, row.room_id or 0, row.slot_minutes, row.buffer_minutes, row.capacity, row.tele_capacity,
        row.home_capacity, row.equipment_id or 0,
    )  # fmt: skip


def _out(row: Maintenance, usual_room: int | None) -> Maintained:
    """What is out of use, as it is for a doctor with this usual room."""
    usual_at = row.room.branch_id if row.room and row.room_id == usual_room else 0
    return Maintained(row.room_id or 0, usual_at, row.equipment_id or 0)


def _closure(
    source: Source, row: Block | LeaveRequest | Maintenance, zone: ZoneInfo, why: str = "",
    out: Maintained | None = None,
) -> Closure:  # fmt: skip
    ends = row.ends_at and _on_the_wall(row.ends_at, zone)
    return Closure(source, _on_the_wall(row.starts_at, zone), ends, why, out=out)


def _on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), ZoneInfo("UTC"))
