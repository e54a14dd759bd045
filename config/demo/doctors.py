"""The demo's doctors: specialties, profiles, sign-ins, rooms, and the weekly hours that slots are made from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.utils.text import slugify

from clinics.models import Clinic, Department, Membership, Role, Room, User
from config.demo import cast, names, specialties
from config.demo.clinics import DemoClinic
from doctors.models import Doctor, DoctorBranch, Specialty
from scheduling.models import WeeklyHours

BY_VIDEO, AT_HOME = 4, 10  # every so many-th doctor can be seen so, too
LANGUAGES = (["Malayalam", "English"], ["Malayalam", "English", "Hindi"], ["Malayalam", "English", "Tamil"])
HOME_HOURS: tuple[tuple[cast.Hours, int], ...] = (
    (((cast.SIX_DAYS, "16:30", "19:30"),), 5),
    (((cast.SIX_DAYS, "07:30", "09:00"), (cast.SIX_DAYS, "17:00", "19:30")), 4),
    (((cast.SIX_DAYS, "17:00", "20:00"), ((6,), "09:00", "11:30")), 2),
)
CLINIC_HOURS: tuple[tuple[cast.Hours, int], ...] = (
    (cast.MORNING, 7),
    (((cast.SIX_DAYS, "16:00", "19:30"),), 5),
    (((cast.SIX_DAYS, "09:30", "12:30"), (cast.SIX_DAYS, "16:30", "19:00")), 5),
    ((((0, 2, 4), "10:00", "14:00"),), 3),
)
HOSPITAL_HOURS: tuple[tuple[cast.Hours, int], ...] = (
    (((cast.SIX_DAYS, "09:00", "13:00"),), 10),
    ((((0, 2, 4), "09:30", "15:30"),), 3),
    ((((1, 3, 5), "09:30", "15:30"),), 3),
    (((cast.WORKDAYS, "09:00", "12:00"), (cast.WORKDAYS, "14:00", "16:30")), 5),
)
HOURS = {Clinic.Kind.HOME: HOME_HOURS, Clinic.Kind.CLINIC: CLINIC_HOURS, Clinic.Kind.HOSPITAL: HOSPITAL_HOURS}


@dataclass
class Practice:
    """A doctor as the demo's days need him: who, where, how fast (minutes), how sought after (0–1)."""

    row: Doctor
    clinic: DemoClinic
    specialty: specialties.SpecialtyData
    calls: UUID
    slot: int
    capacity: int
    hours: cast.Hours
    mean: float = 0.0
    spread: float = 0.0
    demand: float = 0.0
    starts_late: float = 0.0

    def set_pace(self, rng: random.Random) -> None:
        """Draw how this doctor works: a usual day about fills the hours, so that there is a queue but it ends."""
        self.demand = 0.85 if self.clinic.cast else rng.uniform(0.35, 0.97)
        fits = self.slot / self.capacity / (1.1 * self.demand)  # more walk in than stay away or call off
        usual = self.specialty.minutes
        self.mean = min(max(fits * rng.uniform(0.8, 0.95), 0.6 * usual), 1.6 * usual)
        self.spread = rng.uniform(0.3, 0.55)
        self.starts_late = rng.choice((0, 4, 8, 12, 18, 25))


def make_specialties() -> dict[str, Specialty]:
    """All specialties, by slug."""
    rows = Specialty.objects.bulk_create(
        Specialty(
            slug=known.slug, name=known.name, clinical_name=known.clinical, keywords=list(known.keywords),
            weight=known.weight,
        )
        for known in specialties.SPECIALTIES
    )  # fmt: skip
    return {row.slug: row for row in rows}


def make_doctors(
    rng: random.Random, *, clinics: list[DemoClinic], kinds: dict[str, Specialty], password: str, now: datetime
) -> list[Practice]:
    """The doctors of all clinics with rooms, departments, sign-ins and hours."""
    practices: list[Practice] = []
    rooms: list[Room] = []
    departments: list[Department] = []
    for clinic in clinics:
        known = _cast(clinic) if clinic.cast else _invented(rng, clinic)
        signs: dict[str, Department] = {}
        for person, specialty in known:
            room = Room(clinic=clinic.row, branch=clinic.branch, name=person.room)
            rooms.append(room)
            if clinic.row.kind == Clinic.Kind.HOSPITAL and specialty.slug not in signs:
                signs[specialty.slug] = Department(clinic=clinic.row, name=specialty.clinical)
            email = person.email or f"{person.slug}@{clinic.row.slug[:60]}.example"
            user = User(email=email, name=f"Dr {person.name}", password=password, joined_at=now)
            row = Doctor(
                clinic=clinic.row, user=user, name=person.name, slug=person.slug, status=Doctor.Status.ACTIVE,
                gender=person.gender, specialty=kinds[specialty.slug], department=signs.get(specialty.slug), room=room,
                qualifications=person.degrees, council=_council(person.degrees),
                registration_number=f"{len(practices) + 10001}", licence_status=Doctor.Licence.VERIFIED,
                licence_checked_at=now, follow_up_fee_paise=person.fee * 50 if len(practices) % 2 else None,
                languages=rng.choice(LANGUAGES), about=person.about, fee_paise=person.fee * 100,
                consultation_minutes=min(specialty.minutes, max(5, person.slot)),
            )  # fmt: skip
            calls = user if clinic.row.kind == Clinic.Kind.HOME else clinic.desk
            practice = Practice(row, clinic, specialty, calls.pk, person.slot, person.capacity, person.hours)
            practice.set_pace(rng)
            practices.append(practice)
        departments += signs.values()
    User.objects.bulk_create([practice.row.user for practice in practices], batch_size=5000)
    Room.objects.bulk_create(rooms, batch_size=5000)
    Department.objects.bulk_create(departments, batch_size=5000)
    Doctor.objects.bulk_create([_refer(practice.row) for practice in practices], batch_size=5000)
    DoctorBranch.objects.bulk_create(
        (DoctorBranch(clinic=p.clinic.row, doctor=p.row, branch=p.clinic.branch) for p in practices), batch_size=5000
    )
    Membership.objects.bulk_create(
        (Membership(clinic=p.clinic.row, user=p.row.user, role=Role.DOCTOR) for p in practices), batch_size=5000
    )
    WeeklyHours.objects.bulk_create(_weekly(practices), batch_size=5000)
    return practices


def _council(degrees: str) -> str:
    """Where such doctors are registered in Kerala."""
    return "Kerala Dental Council" if degrees.startswith("BDS") else "Travancore-Cochin Medical Council"


def _refer(row: Doctor) -> Doctor:
    """Take up the keys of rows that were saved after this one was written down."""
    row.room, row.department = row.room, row.department
    return row


def _cast(clinic: DemoClinic) -> Iterator[tuple[cast.CastDoctor, specialties.SpecialtyData]]:
    """The doctors everybody meets first."""
    for doctor in clinic.cast.doctors if clinic.cast else ():
        yield doctor, specialties.BY_SLUG[doctor.specialty]


def _invented(rng: random.Random, clinic: DemoClinic) -> Iterator[tuple[cast.CastDoctor, specialties.SpecialtyData]]:
    """As many doctors as the clinic has, no two at the same address."""
    slugs: set[str] = set()
    for number, specialty in enumerate(_specialties(rng, clinic), start=1):
        person = clinic.owner if number == 1 and clinic.owner else names.physician(rng, clinic.mix)
        given = person.name.removesuffix(f" {person.family}")
        choices = [f"dr-{person.family}", f"dr-{given}-{person.family}"]
        choices += [f"dr-{given}-{person.family}-{n}" for n in range(2, 99)]
        slug = next(slug for slug in map(slugify, choices) if slug not in slugs)
        slugs.add(slug)
        slot, capacity = _slot(rng, specialty)
        patterns, weights = zip(*HOURS[Clinic.Kind(clinic.row.kind)], strict=True)
        low, high = specialty.fees
        yield cast.CastDoctor(
            person.name, slug, person.gender[0], specialty.slug, f"Room {number}", rng.randrange(low, high + 1, 50),
            rng.choice(specialty.degrees), rng.choices(patterns, weights)[0], slot, capacity,
        ), specialty  # fmt: skip


def _specialties(rng: random.Random, clinic: DemoClinic) -> list[specialties.SpecialtyData]:
    """What a clinic of its kind and size offers: a hospital its core first, a home clinic what is done at home."""
    if clinic.row.kind == Clinic.Kind.HOSPITAL:
        chosen = [specialties.BY_SLUG[slug] for slug in specialties.CORE_OF_A_HOSPITAL][: clinic.doctors]
        everything = [s for s in specialties.SPECIALTIES if s.slug not in specialties.RARELY_IN_HOSPITALS]
    else:
        chosen, everything = [], [specialty for specialty in specialties.SPECIALTIES if specialty.home]
    weights = [specialty.weight for specialty in everything]
    return chosen + rng.choices(everything, weights, k=clinic.doctors - len(chosen))


def _slot(rng: random.Random, specialty: specialties.SpecialtyData) -> tuple[int, int]:
    """Minutes and capacity of a slot that suits a specialty: short visits are often given two to a slot."""
    if specialty.minutes <= 9:
        return (20, 2) if rng.random() < 0.35 else (10, 1)
    return next((minutes for minutes in (15, 20, 30) if specialty.minutes <= minutes), 45), 1


def _weekly(practices: list[Practice]) -> Iterator[WeeklyHours]:
    """The rows of everybody's weeks."""
    for number, practice in enumerate(practices):
        for weekdays, starts, ends in practice.hours:
            is_last = (starts, ends) == practice.hours[-1][1:]
            for weekday in weekdays:
                yield WeeklyHours(
                    clinic=practice.clinic.row, doctor=practice.row, branch=practice.clinic.branch, weekday=weekday,
                    starts=time.fromisoformat(starts), ends=time.fromisoformat(ends), slot_minutes=practice.slot,
                    capacity=practice.capacity, tele_capacity=is_last and number % BY_VIDEO == 0,
                    home_capacity=is_last and weekday == weekdays[-1] and number % AT_HOME == 0,
                )  # fmt: skip
