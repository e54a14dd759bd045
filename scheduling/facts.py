"""What changes seldom about a city and is shown on each of its pages: read once a minute in each process.

No patient waits for that: a minute's facts are shown while newer ones are read.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Count, Exists, F, Func, OuterRef
from django.urls import reverse

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


logger = logging.getLogger(__name__)

AGED = 15  # times FACTS_SECONDS: what is older is shown to nobody
_kept: dict[int, tuple[float, Facts]] = {}  # by city: when it was read, in monotonic seconds
_renewing: set[int] = set()
_background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="facts")


def facts_of(city: City) -> Facts:
    """A doctor who joins is found at once, and counted within the minute where anybody looks; else by the next look."""
    read_at, facts = _kept.get(city.pk, (0.0, None))
    age = time.monotonic() - read_at
    if facts is None or age >= AGED * settings.FACTS_SECONDS:
        return _renewed(city)
    if age >= settings.FACTS_SECONDS and city.pk not in _renewing:
        _renewing.add(city.pk)
        _background.submit(_renew, city)
    return facts


def read_all() -> None:
    """Read every city's facts beforehand, so that nobody waits for them after a start."""
    _background.submit(_renew)


def _renew(*cities: City) -> None:
    """In a thread with a database connection of its own; without any, all cities."""
    close_old_connections()
    try:
        for city in cities or City.objects.filter(branches__isnull=False).distinct():
            _renewed(city)
    except Exception:
        logger.exception("Could not read what changes seldom about a city; whoever looks next asks again")
    finally:
        _renewing.difference_update(city.pk for city in cities)
        close_old_connections()


def _renewed(city: City) -> Facts:
    read_at, facts = time.monotonic(), _read(city)
    _kept[city.pk] = read_at, facts
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
    rows = here.order_by("clinic__name", "clinic", "pk")
    before, _, after = reverse("scheduling:clinic", args=["-"]).partition("-")  # once, not for each of hundreds
    found: dict[int, ShownClinic] = {}
    for pk, name, slug, *branch in rows.values_list("clinic", "clinic__name", "clinic__slug", "pk", "name", "locality"):
        if pk not in found:
            found[pk] = ShownClinic(pk, name, f"{before}{slug}{after}", [])
        found[pk].branches.append(ShownBranch(*branch))
    return found
