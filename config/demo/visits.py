"""Who comes to a doctor on a day: bookings by slot, walk-ins, telephone calls and the rare emergency."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from uuid import UUID

from config.demo import names
from config.demo.diary import Visit
from config.demo.doctors import Practice
from config.demo.families import Known, Pool
from config.demo.moments import HOUR, MINUTE
from tokens.models import Token

DAY = 24 * HOUR
IST = 5 * HOUR + 30 * MINUTE  # the demo's clinics all stand in Kerala
WAKING, SLEEPING = 7 * HOUR, 22 * HOUR + 30 * MINUTE
SOONEST, LATEST = 30 * MINUTE, 20 * DAY  # before the visit, for a booking
ALSO_EMERGENCIES = frozenset({"general-medicine", "family", "children", "heart", "bones", "surgery", "women"})


@dataclass(frozen=True, slots=True)
class Seat:
    """A slot of the day: its key, its times in microseconds and how many it takes."""

    id: int
    starts: int
    ends: int
    capacity: int


def sittings(seats: list[Seat]) -> list[tuple[int, int]]:
    """The stretches a doctor sits: slots less than half an hour apart belong together."""
    found: list[tuple[int, int]] = []
    for seat in seats:
        if found and seat.starts - found[-1][1] < 30 * MINUTE:
            found[-1] = (found[-1][0], seat.ends)
        else:
            found.append((seat.starts, seat.ends))
    return found


def draw(rng: random.Random, practice: Practice, seats: list[Seat], pool: Pool, *, until: int) -> list[Visit]:
    """All that happens on a day, were nobody to look, as far as it has begun by `until`."""
    busy = min(1.0, practice.demand * rng.uniform(0.8, 1.15))
    taken = [seat for seat in seats for _ in range(seat.capacity) if rng.random() < busy]
    bookings = [(at, seat) for seat in taken if (at := _booked_at(rng, seat.starts)) <= until]
    unbooked: list[tuple[Token.Kind, int]] = []
    if seats[0].starts <= until + DAY:
        stretches = sittings(seats)
        unbooked += [
            (Token.Kind.WALK_IN, _during(rng, stretches)) for _ in range(round(len(taken) * rng.uniform(0.1, 0.25)))
        ]
        unbooked += [(Token.Kind.PHONE, _during(rng, stretches)) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
        if practice.specialty.slug in ALSO_EMERGENCIES and rng.random() < 0.12:
            unbooked.append((Token.Kind.EMERGENCY, _during(rng, stretches)))
        unbooked = [(kind, at) for kind, at in unbooked if at <= until]
    people = iter(_people(rng, practice, pool, len(bookings) + len(unbooked)))
    return [
        *(booked(rng, practice, seat, known, at=at) for (at, seat), known in zip(bookings, people, strict=False)),
        *(
            at_the_desk(rng, practice, kind, at, known.patient)
            for (kind, at), known in zip(unbooked, people, strict=False)
        ),
    ]


def booked(rng: random.Random, practice: Practice, seat: Seat, known: Known, *, at: int) -> Visit:
    """Somebody with a booking, and how they will keep it."""
    due, grace = seat.starts, practice.clinic.row.grace_minutes * MINUTE
    visit = Visit(
        Token.Kind.BOOKED.value, at, due, known.patient, known.user or practice.clinic.desk.pk,
        takes(rng, practice), due - int(rng.triangular(1, 40, 12) * MINUTE), slot=seat.id, starts=due,
    )  # fmt: skip
    chance = rng.random()
    if chance < 0.06:
        visit.arrives = None
    elif chance < 0.12:
        visit.arrives = due + grace + int(rng.uniform(2, 35) * MINUTE)
    elif chance < 0.15:
        visit.steps_out, visit.returns = True, due + int(rng.uniform(10, 45) * MINUTE)
    elif chance < 0.21:
        visit.cancels = at + int(rng.random() * max(0, due - 2 * HOUR - at))
    return visit


def at_the_desk(rng: random.Random, practice: Practice, kind: Token.Kind, at: int, patient: UUID) -> Visit:
    """Somebody who gets a token at the desk: on the spot, or by telephone and then comes."""
    visit = Visit(kind.value, at, at, patient, practice.clinic.desk.pk, takes(rng, practice), at)
    if kind == Token.Kind.PHONE:
        visit.arrives = at + int(rng.uniform(5, 14) * MINUTE)
    if kind == Token.Kind.EMERGENCY:
        visit.why = rng.choice(names.EMERGENCIES)
    return visit


def takes(rng: random.Random, practice: Practice) -> int:
    """How long a consultation lasts: log-normal around the doctor's own mean."""
    sigma = practice.spread
    minutes = rng.lognormvariate(math.log(practice.mean) - sigma * sigma / 2, sigma)
    return int(min(max(minutes, 2.0), 3 * practice.mean) * MINUTE)


def _booked_at(rng: random.Random, due: int) -> int:
    """When a booking was made: some on the day itself, most a few days ahead, nobody in the middle of the night."""
    ahead = rng.uniform(1, 7) * HOUR if rng.random() < 0.2 else rng.expovariate(1 / 4) * DAY + 6 * HOUR
    at = due - min(LATEST, max(SOONEST, int(ahead)))
    clock = (at + IST) % DAY
    if clock < WAKING:
        at -= clock + int(rng.uniform(2, 5) * HOUR)
    elif clock > SLEEPING:
        at -= int(rng.uniform(2, 5) * HOUR)
    return at


def _during(rng: random.Random, stretches: list[tuple[int, int]]) -> int:
    """A moment while the doctor sits, not too near the end."""
    start, end = rng.choice(stretches)
    return int(rng.uniform(start - 10 * MINUTE, max(start, end - 20 * MINUTE)))


def _people(rng: random.Random, practice: Practice, pool: Pool, wanted: int) -> list[Known]:
    """So many different patients of the city, of the sort that comes to this specialty."""
    fitting = pool.for_specialty(practice.specialty.slug)
    if len(fitting) >= wanted:
        return rng.sample(fitting, wanted)
    others = rng.sample(pool.everybody, min(wanted, len(pool.everybody)))
    chosen = {known.patient: known for known in [*fitting, *others]}
    return list(chosen.values())[:wanted]
