"""Every day of every doctor, past, present and coming, played and written down."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from config.demo import cast
from config.demo.bulk import Say, copy_in, new_ids
from config.demo.day import Day
from config.demo.diary import CANCELLED, COMPLETED, Visit
from config.demo.doctors import Practice
from config.demo.families import Families
from config.demo.moments import MINUTE, code, moment, uuid_at
from config.demo.today import Followed
from config.demo.visits import Seat, draw, sittings
from scheduling.models import Appointment
from tokens.models import Queue, QueueEvent, Token, TokenEvent
from tokens.states import DID_NOT_COME

AHEAD = 20  # days for which somebody may have booked already
BATCH = 100  # doctors whose days are written together

SEATS = """
SELECT doctor_id, date, id, (extract(epoch FROM starts_at) * 1000000)::bigint,
       (extract(epoch FROM ends_at) * 1000000)::bigint, capacity
FROM scheduling_slot WHERE doctor_id = ANY(%s) AND date BETWEEN %s AND %s AND mode = 0 ORDER BY doctor_id, starts_at
"""
COUNT_BOOKED = """
UPDATE scheduling_slot AS slot SET booked = taken.places
FROM (
    SELECT slot_id, count(*) AS places FROM scheduling_appointment WHERE state <> 'cancelled' GROUP BY slot_id
) AS taken
WHERE slot.id = taken.slot_id
"""
QUEUES = (
    "id", "clinic_id", "doctor_id", "date", "last_number", "version", "doctor_state", "doctor_state_at", "opened_at",
    "closed_at", "note", "note_at",
)  # fmt: skip
TOKENS = (
    "id", "clinic_id", "queue_id", "number", "code", "patient_id", "kind", "state", "is_first", "due_at",
    "promised_at", "placed", "why", "calls", "recalls", "created_at", "arrived_at", "consulting_at", "set_aside_at",
    "ended_at",
)  # fmt: skip
EVENTS = (
    "clinic_id", "queue_id", "token_id", "action", "verb", "at", "by_id", "from_state", "to_state", "due_at",
    "is_first", "placed", "why",
)  # fmt: skip
DAY_EVENTS = (
    "clinic_id", "queue_id", "action", "verb", "at", "by_id", "doctor_state", "doctor_state_at", "is_closed",
)  # fmt: skip
APPOINTMENTS = (
    "id", "clinic_id", "doctor_id", "slot_id", "token_id", "patient_id", "booked_by_id", "state", "date", "starts_at",
    "fee_paise", "created_at", "cancelled_at", "cancel_reason",
)  # fmt: skip
Row = tuple[Any, ...]


@dataclass
class Calendar:
    """What a day needs to know besides its doctor: the seed, today's date and now, everybody, and whom we follow."""

    seed: int
    today: date
    now: int
    families: Families
    followed: Followed

    def play(self, practice: Practice, number: int, on: date, seats: list[Seat]) -> Day:
        """One day of one doctor, the same for the same seed, doctor and distance from today."""
        rng = random.Random(f"{self.seed} {number} {(on - self.today).days}")
        pool, clinic = self.families.pools[practice.clinic.city.slug], practice.clinic
        visits = draw(rng, practice, seats, pool, until=self.now)
        stretches = sittings(seats)

        def play(visits: list[Visit]) -> Day:
            return Day(
                rng, visits, stretches,
                until=self.now, checks_in=clinic.row.checks_people_in, grace=clinic.row.grace_minutes * MINUTE,
                late_after=clinic.row.late_goes_after, calls=practice.calls, desk=clinic.desk.pk,
                starts_late=int(practice.starts_late * MINUTE), closes=on < self.today,
            ).play()  # fmt: skip

        if clinic.cast is cast.LAKE:
            return self.followed.day(rng, practice, pool, on, visits, stretches, play)
        return play(visits)


def tell(calendar: Calendar, practices: list[Practice], *, history: int, days: int, say: Say) -> int:
    """Write `history` days back, today, and what is booked ahead; returns how many tokens there are."""
    first = calendar.today - timedelta(days=history)
    last = calendar.today + timedelta(days=min(AHEAD, days - 1))
    tokens = 0
    for start in range(0, len(practices), BATCH):
        batch = practices[start : start + BATCH]
        seats = _seats([practice.row.pk for practice in batch], first, last)
        played: list[tuple[Practice, date, Day]] = []
        for number, practice in enumerate(batch, start):
            for on in sorted(seats[practice.row.pk]):
                day = calendar.play(practice, number, on, seats[practice.row.pk][on])
                if day.issued:
                    played.append((practice, on, day))
        tokens += _write(calendar.seed + start, played)
        if start and start % 1000 == 0:
            say(f"  {start} doctors, {tokens} tokens")
    with connection.cursor() as cursor:
        cursor.execute(COUNT_BOOKED)
    return tokens


def _seats(doctors: list[int], first: date, last: date) -> dict[int, dict[date, list[Seat]]]:
    """The slots of some doctors, by doctor and date."""
    found: dict[int, dict[date, list[Seat]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(SEATS, [doctors, first, last])
        for doctor, on, *seat in cursor.fetchall():
            found[doctor][on].append(Seat(*seat))
    return found


def _write(seed: int, played: list[tuple[Practice, date, Day]]) -> int:
    """Write some days; returns how many tokens they have."""
    rng = random.Random(f"{seed} addresses")
    keys = new_ids(Queue, len(played))
    days = list(zip(keys, played, strict=True))
    copy_in(Queue, QUEUES, (_queue(key, *told) for key, told in days))
    copy_in(Token, TOKENS, (row for key, told in days for row in _tokens(rng, key, *told)))
    copy_in(TokenEvent, EVENTS, (row for key, told in days for row in _events(key, *told)))
    copy_in(QueueEvent, DAY_EVENTS, (row for key, told in days for row in _day_events(key, *told)))
    copy_in(Appointment, APPOINTMENTS, (row for _, told in days for row in _appointments(rng, *told)))
    return sum(len(day.issued) for _, _, day in played)


def _queue(key: int, practice: Practice, on: date, day: Day) -> Row:
    """The row of a queue."""
    return (
        key, practice.clinic.row.pk, practice.row.pk, on, len(day.issued), day.version, day.doctor_state,
        _moment(day.doctor_state_at), _moment(day.opened_at), _moment(day.closed_at), day.note, _moment(day.note_at),
    )  # fmt: skip


def _tokens(rng: random.Random, key: int, practice: Practice, _: date, day: Day) -> Iterator[Row]:
    """The rows of a queue's tokens."""
    for visit in day.issued:
        times = visit.times
        yield (
            visit.id, practice.clinic.row.pk, key, visit.number, visit.code or code(rng), visit.patient, visit.kind,
            visit.state, visit.is_first, moment(visit.due), moment(visit.promised), visit.placed, visit.why,
            visit.calls, visit.recalls, moment(visit.created),
            _moment(times.get("arrived_at")), _moment(times.get("consulting_at")),
            _moment(times.get("set_aside_at")), _moment(times.get("ended_at")),
        )  # fmt: skip


def _events(key: int, practice: Practice, _: date, day: Day) -> Iterator[Row]:
    """The rows of what happened, in the order in which it did."""
    for event in day.events:
        yield (
            practice.clinic.row.pk, key, event.visit.id, event.action, event.verb, moment(event.at), event.by,
            event.old, event.new, moment(event.due), event.is_first, event.placed, event.why,
        )  # fmt: skip


def _day_events(key: int, practice: Practice, _: date, day: Day) -> Iterator[Row]:
    """The rows of where the doctor was, and of the end of the day."""
    for event in day.day_events:
        yield (
            practice.clinic.row.pk, key, event.action, event.verb, moment(event.at), event.by, event.doctor_state,
            _moment(event.doctor_state_at), event.is_closed,
        )  # fmt: skip


def _appointments(rng: random.Random, practice: Practice, on: date, day: Day) -> Iterator[Row]:
    """The promises behind the booked tokens."""
    for visit in day.issued:
        if visit.slot is None:
            continue
        state, cancelled = Appointment.State.CONFIRMED.value, None
        if visit.state == COMPLETED:
            state = Appointment.State.COMPLETED.value
        elif visit.state == CANCELLED and visit.called_off == DID_NOT_COME:
            state = Appointment.State.MISSED.value
        elif visit.state == CANCELLED:
            state, cancelled = Appointment.State.CANCELLED.value, visit.times["ended_at"]
        yield (
            uuid_at(visit.created, rng), practice.clinic.row.pk, practice.row.pk, visit.slot, visit.id, visit.patient,
            visit.by, state, on, moment(visit.starts), practice.row.fee_paise, moment(visit.created),
            _moment(cancelled), visit.called_off if cancelled else "",
        )  # fmt: skip


def _moment(microseconds: int | None) -> Any:
    """A moment, or none."""
    return None if microseconds is None else moment(microseconds)
