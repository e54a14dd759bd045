"""The demo's clinics: three of a fixed cast, then home clinics, clinics and hospitals over all cities in proportion."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import slugify

from clinics.models import Branch, City, Clinic, District, Membership, Role, User
from config.demo import cast, names, places
from tokens.models import Board

HOSPITAL_FROM = 5  # doctors


@dataclass
class DemoClinic:
    """A clinic to be filled with doctors: how many, or which of the cast; the rows once they are saved."""

    row: Clinic
    city: places.CityData
    locality: str
    address: str
    doctors: int
    cast: cast.CastClinic | None = None
    owner: names.PersonData | None = None
    branch: Branch | None = None
    desk: User | None = None

    @property
    def mix(self) -> tuple[int, int, int]:
        """The shares of the communities where it stands."""
        return places.DISTRICT_BY_SLUG[self.city.district].mix


def make_places() -> dict[str, City]:
    """Districts and cities, by slug."""
    districts = District.objects.bulk_create(
        District(name=district.name, name_ml=district.name_ml, slug=district.slug) for district in places.DISTRICTS
    )
    by_slug = {district.slug: district for district in districts}
    cities = City.objects.bulk_create(
        City(
            district=by_slug[city.district], name=city.name, name_ml=city.name_ml, slug=city.slug, weight=city.weight,
            aliases=[alias.lower() for alias in city.aliases],
        )
        for city in places.CITIES
    )  # fmt: skip
    return {city.slug: city for city in cities}


def make_clinics(
    rng: random.Random, *, doctors: int, cities: dict[str, City], password: str, now: datetime
) -> list[DemoClinic]:
    """Clinics for so many doctors, with a branch, a desk, an admin and a waiting-room display each."""
    planned = [*_cast(), *_invented(rng, doctors - cast.SMALLEST)]
    Clinic.objects.bulk_create(clinic.row for clinic in planned)
    Branch.objects.bulk_create(_branches(planned, cities))
    _make_staff(planned, password=password, now=now)
    Board.objects.bulk_create(
        Board(clinic=clinic.row, key=clinic.cast.board if clinic.cast else f"board-{index}")
        for index, clinic in enumerate(planned)
    )
    return planned


def _cast() -> Iterator[DemoClinic]:
    """The three clinics everybody meets first."""
    for index, clinic in enumerate(cast.CLINICS):
        row = Clinic(
            name=clinic.name, slug=clinic.slug, kind=Clinic.Kind.CLINIC, status=Clinic.Status.APPROVED,
            phone=names.clinic_phone(index),
        )  # fmt: skip
        city = places.BY_SLUG[cast.CITY]
        yield DemoClinic(row, city, clinic.locality, clinic.address, len(clinic.doctors), cast=clinic)


def _invented(rng: random.Random, doctors: int) -> Iterator[DemoClinic]:
    """Clinics of every kind until each city has its share of the doctors."""
    taken = {clinic.slug for clinic in cast.CLINICS}
    index = len(cast.CLINICS)
    for city, share in _shares(doctors).items():
        left = share
        while left:
            chance = rng.random()
            if left >= HOSPITAL_FROM and (chance < 0.3 or (left == share and chance < 0.6)):
                kind, size = (
                    Clinic.Kind.HOSPITAL,
                    rng.randint(HOSPITAL_FROM, max(HOSPITAL_FROM, min(left * 2 // 3, 40))),
                )
            elif left >= 2 and chance < 0.65:
                kind, size = Clinic.Kind.CLINIC, rng.randint(2, min(left, 6))
            else:
                kind, size = Clinic.Kind.HOME, 1
            locality = rng.choice(places.localities_of(city))
            owner = names.physician(rng, places.DISTRICT_BY_SLUG[city.district].mix)
            name, slug = _name(rng, kind, city, locality, owner, taken)
            row = Clinic(
                name=name, slug=slug, kind=kind, status=Clinic.Status.APPROVED, phone=names.clinic_phone(index),
                checks_people_in=kind != Clinic.Kind.HOME or rng.random() < 0.5,
            )  # fmt: skip
            building = f"{rng.choice(names.HOUSES)} Building, {rng.choice(places.ROADS)}"
            yield DemoClinic(row, city, locality, building, size, owner=owner)
            left -= size
            index += 1


def _shares(doctors: int) -> dict[places.CityData, int]:
    """So many doctors over the cities by weight, largest remainders first; one in each city where they suffice."""
    shares = dict.fromkeys(places.CITIES, 1 if doctors >= len(places.CITIES) else 0)
    free = doctors - sum(shares.values())
    total = sum(city.weight for city in places.CITIES)
    exact = {city: free * city.weight / total for city in places.CITIES}
    for city in places.CITIES:
        shares[city] += int(exact[city])
    by_remainder = sorted(places.CITIES, key=lambda city: int(exact[city]) - exact[city])
    for city in by_remainder[: doctors - sum(shares.values())]:
        shares[city] += 1
    return shares


def _name(
    rng: random.Random, kind: str, city: places.CityData, locality: str, owner: names.PersonData, taken: set[str]
) -> tuple[str, str]:
    """A name nobody else in the city has, and a slug nobody else has at all."""
    words = {
        "family": owner.family,
        "house": rng.choice(names.HOUSES),
        "word": rng.choice(names.WORDS),
        "place": rng.choice(names.HOSPITAL_PLACES),
        "saint": rng.choice(names.SAINTS),
        "kind": rng.choice(names.HOSPITAL_KINDS),
        "practice": rng.choice(("Consulting Rooms", "Clinic and Dispensary", "Health Clinic")),
    }
    patterns = {
        Clinic.Kind.HOSPITAL: names.HOSPITALS,
        Clinic.Kind.CLINIC: names.SHARED_CLINICS,
        Clinic.Kind.HOME: names.HOME_CLINICS,
    }
    name = rng.choice(patterns[Clinic.Kind(kind)]).format(**words)
    for wider in (name, f"{name} {locality}", f"{name} {city.name}", *(f"{name} {n}" for n in range(2, 10_000))):
        slug = f"{slugify(wider.replace(chr(39), ''))}-{city.slug}"[:80].rstrip("-")
        if slug not in taken:
            taken.add(slug)
            return wider, slug
    raise ValueError("There are not enough names for so many clinics.")


def _branches(planned: list[DemoClinic], cities: dict[str, City]) -> Iterator[Branch]:
    """One place each."""
    for clinic in planned:
        clinic.branch = Branch(
            clinic=clinic.row, city=cities[clinic.city.slug], locality=clinic.locality, address=clinic.address
        )
        yield clinic.branch


def _make_staff(planned: list[DemoClinic], *, password: str, now: datetime) -> None:
    """Somebody at every desk and an admin at every clinic, all with one password, and the platform's operator."""
    operator_name, operator_email = cast.OPERATOR
    users = [
        User(
            email=operator_email, name=operator_name, password=password, is_staff=True, is_superuser=True, joined_at=now
        )
    ]
    memberships = []
    for clinic in planned:
        known = clinic.cast
        desk_name, desk_email = known.desk if known else ("Reception", f"desk@{clinic.row.slug[:60]}.example")
        admin_name, admin_email = known.admin if known else ("Manager", f"admin@{clinic.row.slug[:60]}.example")
        clinic.desk = User(email=desk_email, name=desk_name, password=password, joined_at=now)
        admin = User(email=admin_email, name=admin_name, password=password, is_staff=True, joined_at=now)
        users += [clinic.desk, admin]
        memberships += [
            Membership(clinic=clinic.row, user=clinic.desk, role=Role.RECEPTIONIST),
            Membership(clinic=clinic.row, user=admin, role=Role.ADMIN),
        ]
    User.objects.bulk_create(users, batch_size=5000)
    Membership.objects.bulk_create(memberships, batch_size=5000)
