"""Finding a city, a clinic or a doctor by what somebody types."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.db.models import Count, Q, QuerySet

from clinics.models import City, Clinic
from doctors.models import Doctor, Specialty

LONGEST_QUESTION = 60
FOUND_AT_MOST = 12
# How alike two spellings must be, 0 to 1: "trivendrum" and "trivandrum" are 0.9 alike, "kochi" and "kollam" 0.36.
ALIKE = 0.75


def clean(asked: str | None) -> str:
    """What was typed, without the odd spaces and control characters of a paste."""
    text = unicodedata.normalize("NFC", asked or "")
    return " ".join("".join(it if it.isprintable() else " " for it in text).split())[:LONGEST_QUESTION]


def said_of_a_specialty(words: str) -> Q:
    """A specialty by its name, its clinical name or an illness it treats."""
    return Q(name__icontains=words) | Q(clinical_name__icontains=words) | Q(keywords__contains=[words.lower()])


def without_title(words: str) -> str:
    """Kavitha Rao from Dr. Kavitha Rao."""
    first, _, rest = words.partition(" ")
    return rest.strip() if rest and first.casefold().rstrip(".") in {"dr", "doctor"} else words


def cities_with_clinics() -> QuerySet[City]:
    """The cities in which patients can book, the largest first, with `clinics`: how many."""
    open_here = Q(branches__clinic__status=Clinic.Status.APPROVED)
    counted = City.objects.annotate(clinics=Count("branches__clinic", filter=open_here, distinct=True))
    return counted.filter(clinics__gt=0)


@dataclass
class Found:
    """What fits a question; `nearest` cities when nothing does."""

    words: str
    city: City | None = None
    cities: list[City] = field(default_factory=list)
    specialties: list[Specialty] = field(default_factory=list)
    doctors: list[Doctor] = field(default_factory=list)
    clinics: list[Clinic] = field(default_factory=list)
    nearest: list[City] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.cities or self.specialties or self.doctors or self.clinics)


def search(words: str, cities: list[City]) -> Found:
    """What somebody may mean; `city` is set when there is no doubt that it is this one."""
    found = Found(words, cities=cities_called(words, cities))
    if found.cities and (len(found.cities) == 1 or likeness(words, found.cities[0]) == 1):
        found.city = found.cities[0]
        return found
    name = without_title(words)
    found.specialties = list(Specialty.objects.filter(said_of_a_specialty(words))[:FOUND_AT_MOST])
    found.clinics = list(
        Clinic.objects.approved().filter(name__icontains=words).prefetch_related("branches__city")[:FOUND_AT_MOST]
    )
    found.doctors = list(
        Doctor.objects.active()
        .filter(name__icontains=name)
        .select_related("clinic", "specialty")
        .prefetch_related("clinic__branches__city")[:FOUND_AT_MOST]
    )
    if not found:
        found.specialties = specialties_alike(words)
    if not found:
        found.nearest = nearest_cities(words, cities)
    return found


def cities_called(words: str, cities: list[City]) -> list[City]:
    """The cities whose name, Malayalam name or old spelling begins like this; failing that, one that is alike."""
    begin = [city for city in cities if any(it.startswith(words.casefold()) for it in spellings(city))]
    if begin:
        return sorted(begin, key=lambda city: -likeness(words, city))
    return [city for city in nearest_cities(words, cities)[:1] if likeness(words, city) >= ALIKE]


def specialties_alike(words: str) -> list[Specialty]:
    """The specialties spelt most like what was typed, or like one of its words: "pediatric", "skin docter"."""
    typed = [words.casefold(), *(it for it in words.casefold().split() if len(it) > 3)]
    alike = [(likest(typed, said_as(it)), it) for it in Specialty.objects.all()]
    return [it for near, it in sorted(alike, key=lambda pair: -pair[0]) if near >= ALIKE][:3]


def said_as(specialty: Specialty) -> list[str]:
    """All the words for a specialty, lower-case."""
    return [it.casefold() for it in (specialty.name, specialty.clinical_name, *specialty.keywords) if it]


def nearest_cities(words: str, cities: list[City], *, many: int = 4) -> list[City]:
    """The cities spelt most alike, the likeliest first."""
    return sorted(cities, key=lambda city: -likeness(words, city))[:many]


def spellings(city: City) -> list[str]:
    """All the ways a city is written, lower-case."""
    return [it.casefold() for it in (city.name, city.slug, city.name_ml, *city.aliases) if it]


def likeness(words: str, city: City) -> float:
    """How alike what was typed is to a city's best spelling, 0 to 1."""
    return likest([words.casefold()], spellings(city))


def likest(typed: list[str], known: list[str]) -> float:
    """How alike the likeliest pair is, 0 to 1."""
    return max((SequenceMatcher(None, one, other).ratio() for one in typed for other in known), default=0.0)
