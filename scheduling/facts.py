"""What changes seldom about a city and is shown on each of its pages: read once a minute in each process."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Exists, F, Func, OuterRef

from clinics.models import City, Clinic
from doctors.models import Doctor, Specialty
from scheduling.cards import ShownBranch, ShownClinic


@dataclass(frozen=True)
class Facts:
    """All specialties, each with `many`: how many of the city's doctors; and the languages these speak.

    The clinics are those with a doctor, by key in the order of their names, each with its branches in this city.
    """

    specialties: list[Specialty]
    languages: list[str]
    clinics: dict[int, ShownClinic]

    @property
    def doctors(self) -> int:
        """How many doctors the city has."""
        return sum(it.many for it in self.specialties)


_kept: dict[int, tuple[float, Facts]] = {}


def facts_of(city: City) -> Facts:
    """At most `FACTS_SECONDS` old: a doctor who joins is found at once, and counted within the minute."""
    until, facts = _kept.get(city.pk, (0.0, None))
    if facts is None or until <= time.monotonic():
        facts = _read(city)
        _kept[city.pk] = time.monotonic() + settings.FACTS_SECONDS, facts
    return facts


def _read(city: City) -> Facts:
    here = Doctor.objects.active().filter(clinic__in=city.branches.values("clinic"))
    each = Func(F("languages"), function="unnest")
    spoken = here.order_by().annotate(language=each).values_list("language", flat=True)
    many = dict(here.order_by().values_list("specialty").annotate(many=Count("pk")))
    specialties = list(Specialty.objects.all())
    for it in specialties:
        it.many = many.get(it.pk, 0)
    return Facts(specialties, sorted(spoken.distinct()), _clinics(city))


def _clinics(city: City) -> dict[int, ShownClinic]:
    doctors = Doctor.objects.filter(clinic=OuterRef("clinic"), status=Doctor.Status.ACTIVE, is_shown=True)
    here = city.branches.filter(Exists(doctors), clinic__status=Clinic.Status.APPROVED)
    found: dict[int, ShownClinic] = {}
    for branch in here.select_related("clinic").order_by("clinic__name", "clinic", "pk"):
        clinic = branch.clinic
        shown = found.setdefault(clinic.pk, ShownClinic(clinic.pk, clinic.name, clinic.get_absolute_url(), []))
        shown.branches.append(ShownBranch(branch.pk, branch.name, branch.locality))
    return found
