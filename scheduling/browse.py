"""What patients are shown before they choose a doctor; each page takes a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from itertools import chain
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from clinics.models import Branch, City, Clinic
from doctors.models import Doctor, Specialty
from scheduling.free import free_slots, next_free
from scheduling.models import WeeklyHours
from scheduling.search import said_of_a_specialty, without_title

CLINICS_A_PAGE = 12
DOCTORS_A_CARD = 6


@dataclass(frozen=True)
class ClinicCard:
    """A clinic, where it is, when it is open, and its doctors, the soonest free first."""

    clinic: Clinic
    branches: list[Branch]
    doctors: list[Doctor]
    opening: str

    @property
    def place(self) -> str:
        """Its neighbourhoods: Panampilly Nagar, Vyttila."""
        return ", ".join(dict.fromkeys(branch.locality or branch.name for branch in self.branches))

    @property
    def is_open(self) -> bool:
        """A doctor sits there now."""
        return self.opening.startswith("Open ")

    @property
    def departments(self) -> list[tuple[str, list[Doctor]]]:
        """Its doctors by department, where it has several; otherwise all of them under no name."""
        named: dict[str, list[Doctor]] = {}
        for doctor in self.doctors:
            named.setdefault(doctor.department.name if doctor.department else "", []).append(doctor)
        return sorted(named.items()) if len(named) > 1 else [("", self.doctors)] if self.doctors else []

    @property
    def shown(self) -> list[Doctor]:
        """Those for whom a list has room."""
        return self.doctors[:DOCTORS_A_CARD]

    @property
    def more(self) -> int:
        """How many are only on the clinic's own page."""
        return max(0, len(self.doctors) - DOCTORS_A_CARD)


@dataclass(frozen=True)
class Choice:
    """What somebody asked a city's list for."""

    specialty: str = ""
    words: str = ""
    today: bool = False

    def __bool__(self) -> bool:
        return bool(self.specialty or self.words or self.today)

    @property
    def besides_specialty(self) -> str:
        """The rest of the question as part of an address, for the links to each specialty."""
        asked = {"q": self.words, "free": "today" if self.today else ""}
        return urlencode({name: value for name, value in asked.items() if value})


@dataclass(frozen=True)
class CityPage:
    """One page of a city's clinics, and the specialties of all its doctors with `many`: how many."""

    city: City
    choice: Choice
    specialties: list[Specialty]
    page: Page
    cards: list[ClinicCard]

    @property
    def doctors(self) -> int:
        """How many doctors the city has."""
        return sum(specialty.many for specialty in self.specialties)

    @property
    def specialty(self) -> Specialty | None:
        """The one asked for."""
        return next((it for it in self.specialties if it.slug == self.choice.specialty), None)


def city_page(city: City, choice: Choice, *, page: str | None) -> CityPage:
    """The clinics of a city with those of their doctors that were asked for."""
    now = timezone.now()
    here = Branch.objects.filter(city=city)
    wanted = _wanted(Doctor.objects.active().filter(clinic__in=here.values("clinic")), choice, now)
    # The keys of all of them once: what was asked for may be dear to find, and would be to count and to cut again.
    keys = wanted.order_by("clinic__name", "clinic").values_list("clinic", flat=True).distinct()
    shown = Paginator(list(keys), CLINICS_A_PAGE).get_page(page)
    places: dict[int, list[Branch]] = {key: [] for key in shown}
    for branch in here.filter(clinic__in=list(shown)).select_related("clinic"):
        places[branch.clinic_id].append(branch)
    found = cards([(branches[0].clinic, branches) for branches in places.values() if branches], wanted, now)
    specialties = {specialty.pk: specialty for specialty in _specialties(here)}
    for doctor in chain.from_iterable(card.doctors for card in found):
        if doctor.specialty_id in specialties:  # or it came this very moment, and is read by itself
            doctor.specialty = specialties[doctor.specialty_id]
    return CityPage(city, choice, list(specialties.values()), shown, found)


def clinic_card(clinic: Clinic) -> ClinicCard:
    """One clinic with all its doctors."""
    branches = list(clinic.branches.select_related("city"))
    doctors = Doctor.objects.active().select_related("specialty", "department")
    return cards([(clinic, branches)], doctors, timezone.now())[0]


def cards(clinics: list[tuple[Clinic, list[Branch]]], wanted: QuerySet[Doctor], now: datetime) -> list[ClinicCard]:
    """The clinics with their doctors' next free times, all read together."""
    by_key = {clinic.pk: clinic for clinic, _ in clinics}
    doctors = list(wanted.filter(clinic__in=list(by_key)).defer("about"))
    times = next_free([doctor.pk for doctor in doctors], now)
    theirs: dict[int, list[Doctor]] = {key: [] for key in by_key}
    for doctor in sorted(doctors, key=lambda it: (it.pk not in times, times.get(it.pk, now))):
        doctor.clinic, doctor.next_free = by_key[doctor.clinic_id], times.get(doctor.pk)
        theirs[doctor.clinic_id].append(doctor)
    sittings = _sittings_today(list(by_key), now)
    return [
        ClinicCard(clinic, branches, theirs[clinic.pk], opening(sittings[clinic.pk], clinic.local(now).time()))
        for clinic, branches in clinics
    ]


def opening(sittings: list[tuple[time, time]], now: time) -> str:
    """Open till 8 pm, Opens 4 pm, or Closed now; sittings that touch or overlap count as one."""
    closes = now
    for starts, ends in sorted(sittings):
        if starts <= closes:
            closes = max(closes, ends)
    if closes > now:
        return f"Open till {_hour(closes)}"
    later = [starts for starts, _ in sittings if starts > now]
    return f"Opens {_hour(min(later))}" if later else "Closed now"


def _wanted(everybody: QuerySet[Doctor], choice: Choice, now: datetime) -> QuerySet[Doctor]:
    if choice.specialty:
        everybody = everybody.filter(specialty__slug=choice.specialty)
    if choice.words:
        everybody = everybody.filter(
            Q(name__icontains=without_title(choice.words))
            | Q(clinic__name__icontains=choice.words)
            | Q(specialty__in=Specialty.objects.filter(said_of_a_specialty(choice.words)).values("pk"))
            | Q(clinic__in=Branch.objects.filter(locality__icontains=choice.words).values("clinic"))
        )
    if choice.today:
        midnight = datetime.combine(timezone.localdate(now), time.max, timezone.get_current_timezone())
        everybody = everybody.filter(Exists(free_slots(now).filter(doctor=OuterRef("pk"), starts_at__lt=midnight)))
    return everybody


def _specialties(here: QuerySet[Branch]) -> list[Specialty]:
    """The specialties of the clinics with one of these branches, each with `many`: how many doctors."""
    counted = Specialty.objects.filter(
        doctors__status=Doctor.Status.ACTIVE,
        doctors__clinic__status=Clinic.Status.APPROVED,
        doctors__clinic__in=here.values("clinic"),
    )
    return list(counted.annotate(many=Count("doctors")))


def _sittings_today(clinics: list[int], now: datetime) -> dict[int, list[tuple[time, time]]]:
    """When each clinic has a doctor in today, from and to, on the wall clock."""
    today = timezone.localdate(now)
    rows = (
        WeeklyHours.objects.filter(clinic__in=clinics, weekday=today.weekday())
        .filter(Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gte=today))
        .order_by()
        .values_list("clinic", "starts", "ends")
        .distinct()
    )
    sittings: dict[int, list[tuple[time, time]]] = {key: [] for key in clinics}
    for clinic, starts, ends in rows:
        sittings[clinic].append((starts, ends))
    return sittings


def _hour(moment: time) -> str:
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {'am' if moment.hour < 12 else 'pm'}"
