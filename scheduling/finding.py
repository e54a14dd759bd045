"""A city's doctors who fit a question, the soonest free first: one statement, one step into an index for each."""

# ruff: noqa: S608 - only constants are put into these texts; what was typed is given apart

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from scheduling.days import PARTS
from scheduling.free import FIRST_FREE
from scheduling.question import FILTERS, Question
from scheduling.search import NEARLY, as_begun, begins, forgiving, specialties_called, spelt_alike
from scheduling.window import BOOKABLE

WEEK = 7  # days looked ahead for a time of day, where no day is asked for
MANY = 100  # as far as the doctors are counted that a looser question would find
EVER = datetime.max.replace(tzinfo=UTC)

# The windows come with their number, which keeps them in order without a sort: a doctor's first window with a free time
# ends the search for that doctor. Where a clinic has rules, what they leave of each window.
FREE = f"""
SELECT slot.starts_at
FROM unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS open (opens, closes, number)
CROSS JOIN LATERAL ({
    FIRST_FREE.format(
        after="greatest(open.opens, bookable.after)",
        until="least(open.closes, bookable.until)",
        more=" AND doctor.is_open_online AND slot.branch_id = ANY(%s){slots}",
    )
}) AS slot
ORDER BY open.number
LIMIT 1
"""
FIND = f"""
SELECT doctor.id, free.starts_at, doctor.name, doctor.slug, doctor.fee_paise, doctor.clinic_id,
       specialty.name AS specialty, {{likeness}} AS likeness
FROM (SELECT %s::timestamptz AS now) AS clock
CROSS JOIN doctors_doctor AS doctor
JOIN clinics_clinic AS clinic ON clinic.id = doctor.clinic_id
JOIN doctors_specialty AS specialty ON specialty.id = doctor.specialty_id{BOOKABLE}
{{join}} JOIN LATERAL ({{free}}) AS free ON true
WHERE doctor.clinic_id = ANY(%s) AND doctor.status = 'active' AND doctor.is_shown
  AND clinic.status = 'approved'{{doctors}}
"""
# Only a page of them is brought over, with how many there are; where spelling is forgiven, the likest alone.
PAGE = """
SELECT id, starts_at, name, slug, fee_paise, specialty, clinic_id, count(*) OVER ()
FROM (SELECT fit.*, max(likeness) OVER () AS likest FROM ({statement}) AS fit) AS fit
WHERE likeness >= likest - %s::real
ORDER BY starts_at, name, id
OFFSET %s LIMIT %s
"""
WORD = """to_tsvector('simple'::regconfig, COALESCE(doctor.name, '')) @@ to_tsquery('simple'::regconfig, %s)
 OR to_tsvector('simple'::regconfig, COALESCE(clinic.name, '')) @@ to_tsquery('simple'::regconfig, %s)
 OR doctor.specialty_id = ANY(%s) OR doctor.clinic_id = ANY(%s)"""
WORD_ALIKE = f"{WORD} OR doctor.name %%> %s OR clinic.name %%> %s"
LIKENESS = f"""CASE WHEN {WORD} THEN 1::real
 ELSE greatest(word_similarity(%s, doctor.name), word_similarity(%s, clinic.name)) END"""


@dataclass(frozen=True)
class Place:
    """Where is searched: a city's branches as (branch, its clinic, its part of the city)."""

    branches: list[tuple[int, int, str]]

    def clinics_in(self, word: str, *, alike: bool) -> list[int]:
        """The clinics in a part of the city that is called like this."""
        fits = spelt_alike if alike else begins
        return [clinic for _, clinic, locality in self.branches if fits(word, [locality])]


class Hit(NamedTuple):
    """A doctor who fits, with the first time free as asked; and how many fit in all."""

    doctor: int
    starts_at: datetime | None
    name: str
    slug: str
    fee_paise: int
    specialty: str
    clinic: int
    of: int


def find(
    question: Question, place: Place, now: datetime, *, after: int = 0, most: int | None = None, alike: bool = False
) -> list[Hit]:
    """The doctors who fit after the first so many, the soonest free first; `alike` forgives the spelling."""
    statement, given = _statement(question, place, now, alike=alike)
    with forgiving() if alike else nullcontext(), connection.cursor() as cursor:
        cursor.execute(PAGE.format(statement=statement), [*given, NEARLY, after, most])
        return [Hit(*row) for row in cursor.fetchall()]


def looser(question: Question, place: Place, now: datetime) -> list[tuple[str, str, int]]:
    """What helps to let go of, the address that does, and how many doctors then fit (at most 100); asked in one go.

    One thing, or everything but the specialty and the words.
    """
    options = {name: (f"Without {it.said}", question.without(name)) for name, it in question.chosen.items()}
    if question.filters > 1:
        options["filters"] = ("Without all filters", question.without(*(question.chosen.keys() - {"q", "specialty"})))
    parts, given = [], []
    for name, (_, less) in options.items():
        statement, these = _statement(less, place, now)
        parts.append(f"SELECT %s, count(*) FROM ({statement} LIMIT {MANY}) AS fit")
        given += [name, *these]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), given)
        fit = dict(cursor.fetchall())
    return [(said, less.address(), fit[name]) for name, (said, less) in options.items() if less and fit[name]]


def windows(day: date | None, part: str | None, now: datetime) -> list[tuple[datetime, datetime]]:
    """When somebody would come: after the first moment, before the second; on Kerala's wall clock."""
    if day is None and part is None:
        return [(now, EVER)]
    today = timezone.localdate(now)
    first, last = PARTS[part] if part else (0, 24)
    days = [day] if day else [today + timedelta(days=ahead) for ahead in range(WEEK)]
    # A time on the stroke of the hour belongs to what begins then.
    spans = [(_wall(it, first) - timedelta(microseconds=1), _wall(it, last)) for it in days]
    return [(max(opens, now), closes) for opens, closes in spans if closes > now] or [(now, now)]


def _wall(day: date, hour: int) -> datetime:
    """An hour of a day; 24 is the next midnight."""
    midnight = datetime.combine(day, time(), timezone.get_current_timezone())
    return midnight + timedelta(hours=hour)


def _statement(question: Question, place: Place, now: datetime, *, alike: bool = False) -> tuple[str, list[Any]]:
    """The statement without its order, and what is given to it."""
    when = windows(question.value("day"), question.value("at"), now)
    slots, for_slots = _conditions((it.slots, question.value(it.name)) for it in FILTERS if it.slots)
    doctors, for_doctors = _conditions((it.doctors, question.value(it.name)) for it in FILTERS if it.doctors)
    branches, clinics = [it[0] for it in place.branches], [it[1] for it in place.branches]
    given = [now, [it[0] for it in when], [it[1] for it in when], branches, *for_slots, clinics, *for_doctors]
    for_words: list[Any] = []
    words = question.value("q") or []
    for word in words:
        specialties = [it.pk for it in specialties_called(word, question.known.specialties, alike=alike)]
        begun = as_begun([word])
        for_words += [begun, begun, specialties, place.clinics_in(word, alike=alike), *([word, word] if alike else [])]
    doctors += f" AND ({WORD_ALIKE if alike else WORD})" * len(words)
    likeness = " + ".join([LIKENESS] * len(words)) if alike else "1::real"
    join = "INNER" if question.timed else "LEFT"
    statement = FIND.format(join=join, free=FREE.format(slots=slots), doctors=doctors, likeness=likeness)
    return statement, [*(for_words if alike else []), *given, *for_words]


def _conditions(asked: Iterable[tuple[str, Any]]) -> tuple[str, list[Any]]:
    """What must hold of what was asked for."""
    held = [(condition, value) for condition, value in asked if value is not None]
    return "".join(f" AND {condition}" for condition, _ in held), [value for _, value in held]
