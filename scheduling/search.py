"""Finding a city, a clinic or a doctor by what somebody types."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.contrib.postgres.search import SearchQuery, SearchVector, TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from clinics.models import City, Clinic
from doctors.models import Doctor, Specialty

LONGEST_QUESTION = 60
MOST_WORDS = 6
FOUND_AT_MOST = 12
# How alike two spellings must be, 0 to 1: "trivendrum" and "trivandrum" are 0.9 alike, "kochi" and "kollam" 0.36.
ALIKE = 0.75
# The same between a word and the likest part of a name, by pg_trgm: "kurien" is 0.57 like Kurian, "fatima" 0.5 like
# Fathima, "jozeph" 0.4 like Joseph. Beside the likest, only those nearly as alike are meant.
ALIKE_IN_SQL = 0.4
NEARLY = 0.1
SAID_BESIDES = {"dr", "doctor", "doctors", "docter", "for", "in", "at", "near", "the", "of", "a"}


def clean(asked: str | None) -> str:
    """What was typed, without the odd spaces and control characters of a paste."""
    text = unicodedata.normalize("NFC", asked or "")
    return " ".join("".join(it if it.isprintable() else " " for it in text).split())[:LONGEST_QUESTION]


def words_of(typed: str) -> list[str]:
    """The words that say something: kavitha and rao of "Dr. Kavitha Rao"; those beside them only where alone."""
    words = [it for it in (word.strip(".,;:!?()\"'%-–/&|<>*\\") for word in typed.casefold().split()) if it]
    return ([it for it in words if it not in SAID_BESIDES] or words)[:MOST_WORDS]


def parts_of(said: str) -> list[str]:
    """The words of a name, lower-case: ear, nose, throat."""
    return re.findall(r"[^\s,.()/&-]+", said.casefold())


def begins(word: str, names: Iterable[str]) -> bool:
    """Some word of these names begins like this."""
    return any(part.startswith(word) for name in names for part in parts_of(name))


def spelt_alike(word: str, names: Iterable[str]) -> bool:
    """Some word of these names begins like this, or is spelt almost so."""
    return begins(word, names) or (
        len(word) > 3 and likest([word], [it for name in names for it in parts_of(name)]) >= ALIKE
    )


def as_begun(words: list[str]) -> str:
    """For PostgreSQL's full text: all of these words, or longer ones that begin so."""
    return " & ".join("'{}':*".format(it.replace("\\", "\\\\").replace("'", "''")) for it in words)


@contextmanager
def forgiving() -> Iterator[None]:
    """Within it, PostgreSQL takes names for alike from `ALIKE_IN_SQL` on."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(ALIKE_IN_SQL)])
        yield


def cities_with_clinics() -> QuerySet[City]:
    """The cities in which patients can book, the largest first, with `clinics`: how many."""
    open_here = Q(branches__clinic__status=Clinic.Status.APPROVED)
    counted = City.objects.annotate(clinics=Count("branches__clinic", filter=open_here, distinct=True))
    return counted.filter(clinics__gt=0)


@dataclass
class Found:
    """What fits a question; `rest` is what is asked in the `city`; `nearest` cities when nothing fits."""

    words: str
    city: City | None = None
    rest: str = ""
    is_alike: bool = False
    cities: list[City] = field(default_factory=list)
    specialties: list[Specialty] = field(default_factory=list)
    doctors: list[Doctor] = field(default_factory=list)
    clinics: list[Clinic] = field(default_factory=list)
    nearest: list[City] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.cities or self.specialties or self.doctors or self.clinics)


def search(typed: str, cities: list[City]) -> Found:
    """What somebody may mean; `city` is set when there is no doubt that it is this one.

    As typed first; then as a city with something else, "skin calicut"; only then is the spelling forgiven.
    """
    found = Found(typed, cities=cities_begun(typed, cities))
    if found.cities and (len(found.cities) == 1 or likeness(typed, found.cities[0]) == 1):
        found.city = found.cities[0]
        return found
    words, everything = words_of(typed), list(Specialty.objects.all())
    found.specialties = specialties_said(words, everything)
    found.doctors, found.clinics = _called(_doctors(), words), _called(_clinics(), words)
    if not found:
        found.city, found.rest = city_in(words, cities)
    if not found and not found.city:
        found.city = next(iter(cities_called(typed, cities)), None)
    if not found and not found.city:
        found.is_alike = True
        found.specialties = specialties_alike(typed, everything)
        with forgiving():
            found.doctors, found.clinics = _spelt_like(_doctors(), words), _spelt_like(_clinics(), words)
    if not found:
        found.nearest = nearest_cities(typed, cities)
    return found


def _doctors() -> QuerySet[Doctor]:
    return Doctor.objects.active().select_related("clinic", "specialty").prefetch_related("clinic__branches__city")


def _clinics() -> QuerySet[Clinic]:
    return Clinic.objects.approved().prefetch_related("branches__city")


def _called(everybody: QuerySet, words: list[str]) -> list:
    """Those in whose name each of the words begins one."""
    begun = SearchQuery(as_begun(words), search_type="raw", config="simple")
    return list(everybody.annotate(words=SearchVector("name", config="simple")).filter(words=begun)[:FOUND_AT_MOST])


def _spelt_like(everybody: QuerySet, words: list[str]) -> list:
    """Those whose name holds something spelt almost like this, the likest first."""
    said = " ".join(words)
    near = everybody.filter(name__trigram_word_similar=said).annotate(near=TrigramWordSimilarity(said, "name"))
    found = list(near.order_by("-near", "name")[:FOUND_AT_MOST])
    return [it for it in found if it.near >= found[0].near - NEARLY]


def city_in(words: list[str], cities: list[City]) -> tuple[City | None, str]:
    """The city that what was typed begins or ends with, in any of its spellings, and the other words."""
    for many in range(len(words) - 1, 0, -1):
        for said, rest in ((words[-many:], words[:-many]), (words[:many], words[many:])):
            name = " ".join(said)
            near = max(cities, key=lambda city: likeness(name, city), default=None)
            if near and likeness(name, near) >= (ALIKE if len(name) > 4 else 1):
                return near, " ".join(rest)
    return None, ""


def cities_begun(words: str, cities: list[City]) -> list[City]:
    """The cities whose name, Malayalam name or old spelling begins like this, the likeliest first."""
    begun = [city for city in cities if any(it.startswith(words.casefold()) for it in spellings(city))]
    return sorted(begun, key=lambda city: -likeness(words, city))


def cities_called(words: str, cities: list[City]) -> list[City]:
    """Those; failing that, one that is alike."""
    alike = [city for city in nearest_cities(words, cities, many=1) if likeness(words, city) >= ALIKE]
    return cities_begun(words, cities) or alike


def specialties_called(word: str, known: list[Specialty], *, alike: bool = False) -> list[Specialty]:
    """The specialties with this word, or one that begins so, in a name or an illness; `alike` forgives the spelling."""
    fits = spelt_alike if alike else begins
    return [it for it in known if fits(word, said_as(it))]


def specialties_said(words: list[str], known: list[Specialty]) -> list[Specialty]:
    """The specialties with all of these words."""
    return [it for it in known if words and all(begins(word, said_as(it)) for word in words)]


def specialties_alike(typed: str, known: list[Specialty]) -> list[Specialty]:
    """The specialties spelt most like what was typed, or like one of its words: "pediatric", "skin docter"."""
    said = [typed.casefold(), *(it for it in typed.casefold().split() if len(it) > 3)]
    alike = [(likest(said, said_as(it)), it) for it in known]
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
