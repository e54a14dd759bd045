"""One immutable picture of a queue at one version: read once in each process, shown everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import Lock
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet

from clinics.compiled import CompiledQuery
from patients.models import Patient, age_of
from tokens import estimate
from tokens.estimate import Pace, Wait
from tokens.late import Rule, rule_for
from tokens.models import Queue, ReservedNumber, Token, TokenEvent
from tokens.place import Place
from tokens.states import IN_LINE, State

RECENT_DAYS = 8  # of the doctor's own: enough for the last 30 consultations, however long the history


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A queue at one version. `places` are all tokens of the day, `line` those to be called, in calling order."""

    queue_id: int
    version: int
    date: date
    clinic_id: int
    clinic_name: str
    clinic_slug: str
    clinic_phone: str
    zone: ZoneInfo
    rule: Rule
    needs_reason: bool
    doctor_id: int
    doctor_name: str
    doctor_short_name: str
    doctor_slug: str
    room: str
    doctor_state: str
    doctor_state_at: datetime | None
    back_at: datetime | None
    late_minutes: int
    closed_at: datetime | None
    runs_until: datetime | None
    note: str
    note_at: datetime | None
    last_number: int
    called_at: datetime | None
    pace: Pace
    by_id: dict[UUID, Place]
    inside: Place | None
    line: tuple[Place, ...]
    kept: tuple[tuple[int, str], ...]  # numbers nobody has yet, and for what

    @property
    def doctor_state_label(self) -> str:
        """Not arrived, Consulting, On a break, Called away, Left."""
        return Queue.DoctorState(self.doctor_state).label

    def is_now(self, now: datetime) -> bool:
        """The queue of today, or of yesterday while its doctor works on past midnight."""
        if self.date == now.astimezone(self.zone).date():
            return True
        goes_on = self.runs_until is not None and self.runs_until > now and self.closed_at is None
        return goes_on and self.doctor_state in Queue.PRESENT

    @property
    def has_left(self) -> bool:
        """The doctor is gone for the day: nobody can say how long anybody waits."""
        return self.doctor_state == Queue.DoctorState.LEFT

    def delay(self, now: datetime) -> float:
        """For how many minutes the doctor will see nobody: on a break, called away, or not come yet."""
        if self.doctor_state == Queue.DoctorState.NOT_ARRIVED:
            booked = [place.promised for place in self.line if place.kind == Token.Kind.BOOKED]
            begins = min(booked) + timedelta(minutes=self.late_minutes) if booked else now
        else:
            begins = self.back_at or now
        return max(0.0, (begins - now).total_seconds() / 60)

    def behind(self, now: datetime) -> int:
        """By how many minutes the doctor runs late: what was said, or what the next one here has waited beyond."""
        due = min((place.due_at for place in self.here if not place.is_first), default=None)
        waited = (now - due).total_seconds() / 60 + self.delay(now) if due is not None else 0.0
        return max(self.late_minutes, int(waited), 0)

    def longest_wait(self, now: datetime) -> int:
        """Whoever is here and has waited longest has waited so many minutes, from their time or from coming."""
        waits = [now - max(place.arrived_at, place.promised) for place in self.here if place.arrived_at]
        return max(0, int(max(waits, default=timedelta()).total_seconds() // 60))

    @property
    def news(self) -> str:
        """What changed last, where that is more than where the doctor is: every screen says so already."""
        return "" if self.note.startswith(f"{self.doctor_short_name} ") else self.note

    @property
    def here(self) -> tuple[Place, ...]:
        """Those of the line who are in the waiting room."""
        return tuple(place for place in self.line if place.is_here)

    @property
    def next(self) -> Place | None:
        """Whom "call next" will call."""
        return next((place for place in self.line if place.is_here), None)

    @property
    def places(self) -> tuple[Place, ...]:
        """All tokens of the day, by number."""
        return tuple(self.by_id.values())

    def in_state(self, state: State) -> tuple[Place, ...]:
        """The places in one state, by number."""
        return tuple(place for place in self.by_id.values() if place.state == state)

    @property
    def late(self) -> tuple[Place, ...]:
        """Those whose time has passed and who are not here."""
        return self.in_state(State.LATE)

    @property
    def skipped(self) -> tuple[Place, ...]:
        """Those who were called and were not there."""
        return self.in_state(State.SKIPPED)

    @property
    def done(self) -> tuple[Place, ...]:
        """Those who have been seen."""
        return self.in_state(State.COMPLETED)

    @property
    def cancelled(self) -> tuple[Place, ...]:
        """Those called off."""
        return self.in_state(State.CANCELLED)

    def place(self, token_id: UUID) -> Place | None:
        """One token's place."""
        return self.by_id.get(token_id)

    def ahead_of(self, place: Place) -> tuple[Place, ...]:
        """Those in line who will be called before a place; the one inside is not among them."""
        return self.line[: self.line.index(place)] if place in self.line else ()

    def wait(self, ahead: int, *, now: datetime) -> Wait:
        """The wait of somebody with so many before them."""
        elapsed = None
        if self.inside is not None and self.inside.consulting_at is not None:
            elapsed = (now - self.inside.consulting_at).total_seconds() / 60
        return estimate.wait(self.pace, ahead=ahead, elapsed=elapsed, delay=self.delay(now))

    def wait_of(self, place: Place, *, now: datetime) -> Wait | None:
        """The wait of somebody in line; None where only their own time decides, because the line is shorter, and where
        nobody can say, because the doctor has left."""
        if place not in self.line or self.has_left:
            return None
        wait = self.wait(len(self.ahead_of(place)), now=now)
        if place.state == State.WAITING:
            return wait
        to_come = (self.expected_at(place) - now).total_seconds() / 60
        # A doctor who has not come yet comes in time for the first: the line is not longer for that.
        begins = self.delay(now) if self.doctor_state == Queue.DoctorState.NOT_ARRIVED else 0.0
        if to_come >= wait.high - begins:
            return None
        earliest = estimate.STEP * int(max(to_come, 0) // estimate.STEP)
        return replace(wait, low=max(wait.low, earliest))

    def expected_at(self, place: Place) -> datetime:
        """When somebody is due, with the delay that was said."""
        return place.due_at + timedelta(minutes=self.late_minutes)

    def likely_at(self, ahead: int, place: Place | None = None, *, now: datetime) -> datetime:
        """About when a place will be called: the earlier end of its wait, but nobody expected before their time."""
        wait = self.wait(ahead, now=now)
        likely = now + timedelta(minutes=(wait.low + wait.high) / 2)
        is_expected = place is not None and place.state == State.BOOKED
        return max(likely, self.expected_at(place)) if is_expected else likely


_cache: dict[int, Snapshot] = {}
_reading = [Lock() for _ in range(64)]
KEPT = 2000  # queues a process remembers: its doctors of today, and no more


def snapshot(queue_id: int, version: int) -> Snapshot:
    """The picture of a queue at `version` or later, read from the database once for each version."""
    kept = _cache.get(queue_id)
    if kept is not None and kept.version >= version:
        return kept
    with _reading[queue_id % len(_reading)]:  # whoever comes second finds what the first has read
        kept = _cache.get(queue_id)
        if kept is None or kept.version < version:
            if len(_cache) >= KEPT:
                _cache.clear()
            kept = _cache[queue_id] = _read(queue_id)
    return kept


def _read(queue_id: int) -> Snapshot:
    """Read a queue, its tokens, its last call and its doctor's last consultations: five queries, however many."""
    queue = _QUEUE.get(pk=queue_id)  # first: never newer than the rest
    clinic, doctor = queue.clinic, queue.doctor
    places = {place.id: place for place in _places(queue)}
    waiting = (place for place in places.values() if place.state in IN_LINE)
    line = sorted(waiting, key=lambda place: (not place.is_first, place.due_at, place.number))
    inside = next((place for place in places.values() if place.state == State.CONSULTING), None)
    return Snapshot(
        queue_id=queue.pk, version=queue.version, date=queue.date,
        clinic_id=clinic.pk, clinic_name=clinic.name, clinic_slug=clinic.slug, clinic_phone=clinic.phone,
        zone=clinic.tz, rule=rule_for(clinic, getattr(doctor, "late_rule", None)),
        needs_reason=clinic.emergency_needs_reason,
        doctor_id=doctor.pk, doctor_name=str(doctor), doctor_short_name=doctor.short_name, doctor_slug=doctor.slug,
        room=doctor.room.name if doctor.room else "",
        doctor_state=queue.doctor_state, doctor_state_at=queue.doctor_state_at, back_at=queue.back_at,
        late_minutes=queue.late_minutes, closed_at=queue.closed_at, runs_until=queue.runs_until,
        note=queue.note, note_at=queue.note_at,
        last_number=queue.last_number, called_at=_CALLED_AT.first(queue=queue.pk),
        pace=estimate.pace(_durations(queue), profile_minutes=doctor.consultation_minutes),
        by_id=places, inside=inside, line=tuple(line),
        kept=tuple(_KEPT(queue=queue.pk)),
    )  # fmt: skip


def _places(queue: Queue) -> Iterator[Place]:
    """What the screens need of each token, by number: plain rows, because a busy day is read anew at every press."""
    name_of, phone_of = Patient._meta.get_field("name").opened, Patient._meta.get_field("phone").opened
    note_of, desk_note_of = (Token._meta.get_field(name).opened for name in ("note", "desk_note"))
    for *own, moved_to, note, desk_note, patient, name, phone, birth_year, gender in _ROWS(queue=queue.pk):
        phone_end = (phone_of(patient, phone) or "")[-4:]
        read = note_of(own[0], note) if note else ""
        from_desk = desk_note_of(own[0], desk_note) if desk_note else ""
        yield Place(
            *own, moved_to or "", read, from_desk, name_of(patient, name), age_of(birth_year), gender, phone_end
        )


def _durations(queue: Queue) -> list[float]:
    """The doctor's last consultations in minutes, newest first."""
    return [span.total_seconds() / 60 for span in _SPANS(doctor=queue.doctor_id, until=queue.date)]


def _spans(doctor: int, until: date) -> QuerySet[Token]:
    days = Queue.objects.filter(doctor=doctor, date__lte=until).order_by("-date")[:RECENT_DAYS]
    ended = Token.objects.filter(queue__in=days.values("pk")).completed().order_by("-ended_at")
    return ended.annotate(span=F("ended_at") - F("consulting_at")).values_list("span", flat=True)[: estimate.LAST]


_QUEUE = CompiledQuery(
    lambda pk: Queue.objects.select_related("clinic", "doctor__room", "doctor__late_rule").filter(pk=pk).order_by()
)
_COLUMNS = (
    "id", "number", "code", "kind", "mode", "state", "is_first", "due_at", "promised_at", "placed", "kept_until",
    "why", "calls", "recalls", "follow_up_on", "created_at", "arrived_at", "consulting_at", "set_aside_at",
    "ended_at", "moved_to__code", "note", "desk_note",
    "patient_id", "patient__name", "patient__phone", "patient__birth_year", "patient__gender",
)  # fmt: skip
_ROWS = CompiledQuery(lambda queue: Token.objects.filter(queue_id=queue).order_by("number").values_list(*_COLUMNS))
_SPANS = CompiledQuery(_spans)
# When somebody was last called, or called again.
_CALLED_AT = CompiledQuery(
    lambda queue: (
        TokenEvent.objects.filter(queue_id=queue, verb__in=("call", "again"))
        .order_by("-pk")
        .values_list("at", flat=True)[:1]
    )
)
_KEPT = CompiledQuery(
    lambda queue: (
        ReservedNumber.objects.filter(queue_id=queue).free().order_by("number").values_list("number", "purpose")
    )
)
