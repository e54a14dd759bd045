"""Clinics and doctors as patients' lists show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import NamedTuple

from django.utils import timezone

from clinics.models import Branch, Clinic
from doctors.models import Doctor
from scheduling.free import next_bookable
from scheduling.models import Sitting

DOCTORS_A_CARD = 4
# Plain rows: making seventy objects of two models each takes longer than asking for them.
SHOWN = ("pk", "clinic", "name", "slug", "specialty__name", "fee_paise", "department__name", "is_open_online")


class ShownBranch(NamedTuple):
    """A place of a clinic."""

    pk: int
    name: str
    locality: str


@dataclass(frozen=True, slots=True)
class ShownClinic:
    """A clinic as its patients' lists name it."""

    pk: int
    name: str
    address: str
    branches: list[Branch] | list[ShownBranch]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        """Its neighbourhoods: Panampilly Nagar, Vyttila."""
        return ", ".join(dict.fromkeys(branch.locality or branch.name for branch in self.branches))


@dataclass(frozen=True, slots=True)
class ShownDoctor:
    """A line of a list: what a patient chooses by."""

    name: str
    address: str
    specialty: str
    fee_paise: int
    department: str
    clinic: ShownClinic
    next_free: datetime | None

    def __str__(self) -> str:
        return f"Dr {self.name}"

    @classmethod
    def of(
        cls, clinic: ShownClinic, name: str, slug: str, specialty: str, fee_paise: int, next_free: datetime | None,
        department: str | None = None,
    ) -> ShownDoctor:  # fmt: skip
        """The address is below the clinic's: not looked up for every line."""
        return cls(name, f"{clinic.address}{slug}/", specialty, fee_paise, department or "", clinic, next_free)


@dataclass(frozen=True)
class ClinicCard:
    """A clinic, where it is, when it is open, and its doctors, the soonest free first."""

    clinic: ShownClinic
    doctors: list[ShownDoctor]
    opening: str

    @property
    def is_open(self) -> bool:
        """A doctor sits there now."""
        return self.opening.startswith("Open ")

    @property
    def departments(self) -> list[tuple[str, list[ShownDoctor]]]:
        """Its doctors by department, where it has several; otherwise all of them under no name."""
        named: dict[str, list[ShownDoctor]] = {}
        for doctor in self.doctors:
            named.setdefault(doctor.department, []).append(doctor)
        return sorted(named.items()) if len(named) > 1 else [("", self.doctors)] if self.doctors else []

    @property
    def shown(self) -> list[ShownDoctor]:
        """Those for whom a list has room."""
        return self.doctors[:DOCTORS_A_CARD]

    @property
    def more(self) -> int:
        """How many are only on the clinic's own page."""
        return max(0, len(self.doctors) - DOCTORS_A_CARD)


def clinic_card(clinic: Clinic) -> ClinicCard:
    """One clinic with all its doctors."""
    branches = list(clinic.branches.select_related("city"))
    return cards([ShownClinic(clinic.pk, clinic.name, clinic.get_absolute_url(), branches)], timezone.now())[0]


def cards(clinics: list[ShownClinic], now: datetime) -> list[ClinicCard]:
    """The clinics with their doctors' next free times, all read together."""
    keys = [it.pk for it in clinics]
    rows = list(Doctor.objects.active().filter(clinic__in=keys).values_list(*SHOWN))
    times = next_bookable([key for key, *_, is_open in rows if is_open], now)
    by_key = {it.pk: it for it in clinics}
    theirs: dict[int, list[ShownDoctor]] = {key: [] for key in keys}
    for key, clinic, *said in sorted(rows, key=lambda it: (it[0] not in times, times.get(it[0], now))):
        name, slug, specialty, fee_paise, department, _ = said
        line = ShownDoctor.of(by_key[clinic], name, slug, specialty, fee_paise, times.get(key), department)
        theirs[clinic].append(line)
    sittings, clock = _sittings_today(keys, now), timezone.localtime(now).time()
    return [ClinicCard(it, theirs[it.pk], opening(sittings[it.pk], clock)) for it in clinics]


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


def _sittings_today(clinics: list[int], now: datetime) -> dict[int, list[tuple[time, time]]]:
    """When each clinic has a doctor in today, from and to, on the wall clock; holidays and leave taken off."""
    today = Sitting.objects.filter(clinic__in=clinics, date=timezone.localdate(now)).order_by()
    rows = today.values_list("clinic", "starts_at", "ends_at").distinct()
    sittings: dict[int, list[tuple[time, time]]] = {key: [] for key in clinics}
    for clinic, starts, ends in rows:
        sittings[clinic].append((timezone.localtime(starts).time(), timezone.localtime(ends).time()))
    return sittings


def _hour(moment: time) -> str:
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {'am' if moment.hour < 12 else 'pm'}"
