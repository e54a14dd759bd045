"""What a clinic's day will be, as a pure plan: the same seed gives the same day. Times are seconds since its start."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from config.demo import names
from tokens.models import Queue, Token

MINUTE, HOUR = 60.0, 3600.0
SPREAD = 0.5  # sigma of a consultation's length: most are near the mean, a few take thrice as long
MIX = (40, 30, 30)
BOOKED, WALK_IN, PHONE, EMERGENCY = Token.Kind.BOOKED, Token.Kind.WALK_IN, Token.Kind.PHONE, Token.Kind.EMERGENCY
BREAK, AWAY = Queue.DoctorState.ON_BREAK, Queue.DoctorState.CALLED_AWAY


@dataclass(frozen=True, slots=True)
class Ways:
    """How people are: shares of the visits, and how many an hour there are room for."""

    hours: float = 8.0
    load: float = 0.85  # of the doctor's time
    walk_ins: float = 0.30
    phones: float = 0.08
    emergencies: float = 0.015
    no_shows: float = 0.06
    very_late: float = 0.05
    cancels: float = 0.03
    step_out: float = 0.05  # not there when called
    come_back: float = 0.7  # of those
    transfers: float = 0.02  # of those who walk in
    slips: float = 0.03  # presses by mistake, for each call


@dataclass(frozen=True, slots=True)
class Seat:
    """A time that somebody has booked: when, its slot where it has one, and its number where it is given already."""

    due: float
    slot: int | None = None
    number: int = 0
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """A doctor as the script knows one: `mean` is minutes of a consultation."""

    doctor: str
    mean: float
    patients: int | None = None
    seats: Sequence[Seat] = ()  # booked already, or to be booked in these slots


@dataclass(frozen=True, slots=True)
class Visit:
    """What one patient will do. `arrives` None: stays away."""

    kind: str
    name: str
    age: int
    phone: str
    asks: float  # for the number
    due: float
    arrives: float | None
    takes: float
    slot: int | None = None
    number: int = 0
    is_here: bool = False
    cancels: float | None = None
    steps_out: bool = False
    returns: float = 0.0  # after being set aside; 0: never
    transfers: float | None = None
    goes_to: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outing:
    """The doctor goes out: a break, or called away."""

    at: float
    minutes: int
    state: str


@dataclass(frozen=True, slots=True)
class DoctorsDay:
    """A doctor's day: when it begins, the outings, how late it was said to be, and who comes."""

    doctor: str
    mean: float
    starts: float
    ends: float
    outings: tuple[Outing, ...]
    says_late: tuple[tuple[float, int], ...]  # when, minutes
    slips: Mapping[int, str]  # the how-manieth call, and which button is pressed by mistake
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A whole clinic's day."""

    seed: int
    days: tuple[DoctorsDay, ...] = field(default=())

    @classmethod
    def write(cls, seed: int, rooms: Sequence[Room], ways: Ways | None = None) -> Script:
        """Draw a day for each doctor."""
        ways = ways or Ways()
        others = [room.doctor for room in rooms]
        return cls(seed, tuple(_day(seed, room, others, ways) for room in rooms))

    @property
    def patients(self) -> int:
        """How many come, or should."""
        return sum(len(day.visits) for day in self.days)


def _day(seed: int, room: Room, doctors: Sequence[str], ways: Ways) -> DoctorsDay:
    rng, ends = random.Random(f"{seed}:{room.doctor}"), ways.hours * HOUR
    expected = room.patients or round(ends / (room.mean * MINUTE) * ways.load)
    shares = ((WALK_IN, ways.walk_ins), (PHONE, ways.phones), (EMERGENCY, ways.emergencies))
    drawn = [(kind, _poisson(rng, expected * share)) for kind, share in shares]
    others = [kind for kind, many in drawn for _ in range(many)][:expected]
    seats = [seat for seat in room.seats if seat.number]
    free, more = [seat for seat in room.seats if not seat.number], max(0, expected - len(others) - len(seats))
    seats += rng.sample(free, min(more, len(free))) if free else [Seat(index * ends / more) for index in range(more)]
    seats.sort(key=lambda seat: seat.due)
    visits = [_expected(rng, room, seat, ways) for seat in seats]
    visits += [_unexpected(rng, room, kind, doctors, ways) for kind in others]
    calls = {number: rng.choice(("call", "skip")) for number in range(2, len(visits)) if rng.random() < ways.slips}
    outings = [Outing(ends * rng.uniform(0.4, 0.6), rng.randint(10, 20), BREAK)]
    if rng.random() < 0.3:
        outings.append(Outing(ends * rng.uniform(0.65, 0.85), rng.randint(10, 25), AWAY))
    says_late: list[tuple[float, int]] = []
    if rng.random() < 0.4:
        at = ends * rng.uniform(0.1, 0.35)
        says_late = [(at, rng.choice((15, 20, 30, 45))), (at + HOUR, 0)]
    starts = max(0.0, rng.gauss(6, 8)) * MINUTE
    visits.sort(key=lambda visit: (visit.asks, visit.due))
    return DoctorsDay(room.doctor, room.mean, starts, ends, tuple(outings), tuple(says_late), calls, tuple(visits))


def _expected(rng: random.Random, room: Room, seat: Seat, ways: Ways) -> Visit:
    """Somebody with a booking, and how they keep it."""
    chance, arrives, cancels = rng.random(), max(0.0, seat.due + rng.gauss(-8, 9) * MINUTE), None
    if chance < ways.no_shows:
        arrives = None
    elif chance < ways.no_shows + ways.very_late:
        arrives = seat.due + rng.uniform(20, 70) * MINUTE
    elif chance < ways.no_shows + ways.very_late + ways.cancels:
        arrives, cancels = None, seat.due * rng.random()
    return Visit(
        kind=BOOKED, asks=0.0, due=seat.due, arrives=arrives, cancels=cancels, slot=seat.slot, number=seat.number,
        is_here=seat.is_here, **_person(rng, room, ways),
    )  # fmt: skip


def _unexpected(rng: random.Random, room: Room, kind: str, doctors: Sequence[str], ways: Ways) -> Visit:
    """Somebody who walks in, telephones, or is brought."""
    asks = rng.uniform(0, ways.hours * HOUR * 0.95)
    comes, goes_to, transfers = asks, "", None
    chance, later, which = rng.random(), rng.random(), rng.random()  # the same draws, whoever else sits
    if kind == PHONE:
        comes = asks + (15 + 45 * later) * MINUTE if chance > ways.no_shows else None
    elif kind == WALK_IN and chance < ways.transfers and (others := [name for name in doctors if name != room.doctor]):
        goes_to = others[int(which * len(others))]
        transfers = asks + (1 + 9 * later) * MINUTE
    why = rng.choice(names.EMERGENCIES) if kind == EMERGENCY else ""
    return Visit(
        kind=kind, asks=asks, due=asks, arrives=comes, goes_to=goes_to, transfers=transfers, why=why,
        **_person(rng, room, ways),
    )  # fmt: skip


def _person(rng: random.Random, room: Room, ways: Ways) -> dict[str, object]:
    """Who it is, how long it takes, and whether they are there when called."""
    age = rng.randint(1, 85)
    who = names.person(
        rng, community=names.community_of(rng, MIX), gender=rng.choice((names.MALE, names.FEMALE)), age=age
    )
    steps_out = rng.random() < ways.step_out
    mu = math.log(room.mean * MINUTE) - SPREAD**2 / 2
    return {
        "name": who.name, "age": age, "phone": names.phone(rng.randrange(900_000, 1_000_000)),
        "takes": min(max(rng.lognormvariate(mu, SPREAD), 0.2 * room.mean * MINUTE), 4 * room.mean * MINUTE),
        "steps_out": steps_out,
        "returns": rng.uniform(3, 15) * MINUTE if steps_out and rng.random() < ways.come_back else 0.0,
    }  # fmt: skip


def _poisson(rng: random.Random, mean: float) -> int:
    """How many come when so many do on average."""
    limit, many, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        many, product = many + 1, product * rng.random()
    return many
