"""The demo's patients: families of every city, most of them behind one telephone that signs in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from clinics.models import User
from clinics.sealed import blind_index
from config.demo import cast, names, places
from config.demo.bulk import Say
from config.demo.moments import uuid_at
from patients.models import Patient

FEWEST, FEWEST_WITH_CAST = 120, 800  # patients of a city; two doctors of the cast see a hundred a day
MOST = 100_000  # patients: at large sizes the same people come to more doctors
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Known:
    """A patient and the user who books for them; without one, the desk does."""

    patient: UUID
    user: UUID | None


@dataclass
class Pool:
    """The patients of a city, by whom a doctor would see."""

    everybody: list[Known] = field(default_factory=list)
    children: list[Known] = field(default_factory=list)
    women: list[Known] = field(default_factory=list)
    elders: list[Known] = field(default_factory=list)

    def add(self, known: Known, *, age: int, gender: str) -> None:
        """One more patient."""
        self.everybody.append(known)
        if age < 15:
            self.children.append(known)
        if gender == "f" and 16 <= age < 60:
            self.women.append(known)
        if age >= 60:
            self.elders.append(known)

    def for_specialty(self, slug: str) -> list[Known]:
        """Those who would come to a doctor of a specialty."""
        if slug in ("children", "newborn", "child-surgery", "child-growth"):
            return self.children
        return {"women": self.women, "fertility": self.women, "elders": self.elders}.get(slug, self.everybody)


@dataclass
class Families:
    """Everybody: pools by city, and the people we follow by name."""

    pools: dict[str, Pool]
    cast: dict[cast.CastPatient, Known]


def make_families(
    rng: random.Random, *, patients: int, cities: dict[str, int], today: date, now: datetime, say: Say
) -> Families:
    """About so many patients over the cities, in proportion to their doctors."""
    families = Families({slug: Pool() for slug in cities}, {})
    users: list[User] = []
    people: list[Patient] = []
    _follow(families, users, people, today=today, now=now)
    patients = min(patients, MOST)
    homes, made, told = len({known.home for known in cast.PATIENTS}), 0, 0
    for slug, doctors in cities.items():
        pool = families.pools[slug]
        mix = places.DISTRICT_BY_SLUG[places.BY_SLUG[slug].district].mix
        fewest = FEWEST_WITH_CAST if slug == cast.CITY else FEWEST
        wanted = max(fewest, patients * doctors // sum(cities.values()))
        while len(pool.everybody) < wanted:
            phone = names.phone(homes)
            homes += 1
            since = now - timedelta(days=rng.uniform(40, 700))
            key = blind_index(phone)
            user = _user(rng, phone, key, since) if rng.random() < 0.75 else None
            if user:
                users.append(user)
            for member, age in _household(rng, mix):
                gender = member.gender[0]
                person = _patient(rng, member.name, phone, key, gender, age, today, since)
                people.append(person)
                pool.add(Known(person.pk, user.pk if user else None), age=age, gender=gender)
            if len(people) >= BATCH:
                made += _save(users, people)
        if made // 20_000 > told:
            told = made // 20_000
            say(f"  {made} patients")
    _save(users, people)
    return families


def _save(users: list[User], people: list[Patient]) -> int:
    """Save what has gathered; returns how many patients."""
    saved = len(people)
    User.objects.bulk_create(users)
    Patient.objects.bulk_create(people)
    users.clear()
    people.clear()
    return saved


def _follow(families: Families, users: list[User], people: list[Patient], *, today: date, now: datetime) -> None:
    """The families we follow by name."""
    rng = random.Random("the people we follow")
    by_home: dict[int, User] = {}
    for member in cast.PATIENTS:
        phone, since = names.phone(member.home), now - timedelta(days=90)
        key = blind_index(phone)
        if member.home not in by_home:
            by_home[member.home] = _user(rng, phone, key, since)
            users.append(by_home[member.home])
        person = _patient(rng, member.name, phone, key, member.gender, member.age, today, since)
        people.append(person)
        families.cast[member] = Known(person.pk, by_home[member.home].pk)


def _user(rng: random.Random, phone: str, key: bytes, since: datetime) -> User:
    """A telephone that has proved itself."""
    return User(id=uuid_at(since, rng), phone=phone, phone_key=key, password="!phone-code-only", joined_at=since)  # noqa: S106


def _patient(
    rng: random.Random, name: str, phone: str, key: bytes, gender: str, age: int, today: date, since: datetime
) -> Patient:
    """One person of a family; a moment apart, so that a family keeps its order."""
    return Patient(
        id=uuid_at(since, rng), name=name, phone=phone, phone_key=key, gender=gender,
        birth_year=Patient.born(age, on=today), created_at=since + timedelta(seconds=rng.random() * 60),
    )  # fmt: skip


def _household(rng: random.Random, mix: tuple[int, int, int]) -> Iterator[tuple[names.PersonData, int]]:
    """A family: the one who has the telephone, then spouse, children and parents, with their ages."""
    community = names.community_of(rng, mix)
    family = rng.choice(names.SURNAMES[community])
    gender = rng.choice((names.MALE, names.FEMALE))
    other = names.FEMALE if gender == names.MALE else names.MALE
    age = rng.randint(25, 60)

    def member(gender: str, age: int) -> tuple[names.PersonData, int]:
        shared = family if rng.random() < 0.8 else None
        return names.person(rng, community=community, gender=gender, age=age, family=shared), age

    yield member(gender, age)
    if rng.random() < 0.55:
        yield member(other, max(21, age + rng.randint(-6, 6)))
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        yield member(rng.choice((names.MALE, names.FEMALE)), max(0, age - rng.randint(22, 36)))
    if age < 55 and rng.random() < 0.35:
        yield member(rng.choice((names.MALE, names.FEMALE)), age + rng.randint(22, 32))
