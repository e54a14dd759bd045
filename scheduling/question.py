"""What somebody asks of a city's doctors. The address holds the whole question, always in the same order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_date

from clinics.templatetags.words import full_day
from doctors.models import Doctor, Specialty
from scheduling.days import PARTS
from scheduling.models import Mode
from scheduling.search import ALIKE, clean, said_as, words_of
from scheduling.slots import DAYS_AHEAD

DEAREST = 99_999  # rupees
FEES = (200, 300, 400, 500, 750)
GENDERS = {"f": "A woman", "m": "A man", "o": "Another gender"}
SPELLINGS_OF_GENDERS = {"woman": "f", "female": "f", "women": "f", "man": "m", "male": "m", "men": "m", "other": "o"}


@dataclass(frozen=True)
class Known:
    """What a question is understood by: the day it is asked, and what the city's doctors treat and speak."""

    today: date
    specialties: list[Specialty]
    languages: list[str]

    @property
    def last(self) -> date:
        """The last day that times are made for."""
        return self.today + timedelta(days=DAYS_AHEAD - 1)


@dataclass(frozen=True)
class Chosen:
    """One thing asked for: as in the address (300), as said (At most ₹300), and as put to the database (30000)."""

    text: str
    said: str
    value: Any
    sorry: str = ""


@dataclass(frozen=True)
class Filter:
    """One thing that may be asked for, with the condition that a doctor or a free time must meet."""

    name: str
    label: str
    read: Callable[[str, Known], Chosen | str]
    anybody: str = ""  # what it says when nothing is chosen
    choices: Callable[[Known], list[tuple[str, str]]] = lambda known: []
    doctors: str = ""
    slots: str = ""


@dataclass(frozen=True)
class Question:
    """Everything asked for, by the names of the filters; `sorry` says what was not understood."""

    chosen: dict[str, Chosen]
    sorry: list[str]
    known: Known

    def __bool__(self) -> bool:
        return bool(self.chosen)

    @property
    def timed(self) -> bool:
        """It asks for a day or a time of day: whoever has none then is left out."""
        return bool(self.chosen.keys() & {"day", "at", "how"})

    @property
    def way(self) -> str:
        """How the patient wants to be seen, as a doctor's page is asked for it."""
        return self.text("how")

    @property
    def filters(self) -> int:
        """How many are chosen besides words and specialty."""
        return len(self.chosen.keys() - {"q", "specialty"})

    def text(self, name: str) -> str:
        """What is in the address under this name."""
        return self.chosen[name].text if name in self.chosen else ""

    def value(self, name: str) -> Any:
        """What is put to the database under this name."""
        return self.chosen[name].value if name in self.chosen else None

    def without(self, *names: str) -> Question:
        """The same question, less these."""
        return Question({k: v for k, v in self.chosen.items() if k not in names}, [], self.known)

    def address(self, **others: str | int) -> str:
        """As part of an address, with these other answers; whatever is empty is left out."""
        texts = {it.name: self.text(it.name) for it in FILTERS} | others
        return "?" + urlencode({name: text for name, text in texts.items() if text})

    @property
    def chips(self) -> list[tuple[str, str]]:
        """What is chosen, each with the address that lets go of it."""
        return [(it.said, self.without(name).address()) for name, it in self.chosen.items()]

    @property
    def quick(self) -> list[tuple[str, str]]:
        """What many ask next, and is not asked yet."""
        days = [] if "day" in self.chosen else [("Free today", {"day": "today"}), ("Tomorrow", {"day": "tomorrow"})]
        parts = [] if "at" in self.chosen else [("Evening", {"at": "evening"})]
        return [(said, self.address(**more)) for said, more in (*days, *parts)]

    @property
    def fields(self) -> list[tuple[Filter, list[tuple[str, str, bool]]]]:
        """The filters with a list to choose from: address, words, whether it is chosen."""
        found = []
        for it in FILTERS:
            options = dict(it.choices(self.known))
            chosen = self.chosen.get(it.name)
            if options and chosen:
                options.setdefault(chosen.text, chosen.said)
            if options:
                found.append((it, [(text, said, text == self.text(it.name)) for text, said in options.items()]))
        return found


def asked(given: Mapping[str, str], known: Known) -> Question:
    """The question of an address. What makes no sense is said, and the nearest thing that does is taken instead."""
    chosen, sorry = {}, []
    if given.get("free") == "today":
        given = {**given, "day": "today"}
    for it in FILTERS:
        text = clean(given.get(it.name))
        if not text:
            continue
        answer = it.read(text, known)
        if isinstance(answer, str):
            sorry.append(answer)
            continue
        chosen[it.name] = answer
        if answer.sorry:
            sorry.append(answer.sorry)
    return Question(chosen, sorry, known)


def _words(text: str, known: Known) -> Chosen | str:
    words = words_of(text)
    return Chosen(text, f"“{text}”", words) if words else f"“{text}” is nothing that can be searched for."


def _specialty(text: str, known: Known) -> Chosen | str:
    by_slug = {it.slug: it for it in known.specialties}
    if it := by_slug.get(text):
        return Chosen(it.slug, it.name, it.pk)
    spelt = {said: it for it in reversed(known.specialties) for said in (it.slug, *said_as(it))}
    if near := get_close_matches(text.casefold(), spelt, n=1, cutoff=ALIKE):
        it = spelt[near[0]]
        return Chosen(it.slug, it.name, it.pk, "" if near[0] == text.casefold() else f"We took “{text}” for {it}.")
    return f"We know no specialty called “{text}”, so these are all."


def _day(text: str, known: Known) -> Chosen | str:
    relative = {"today": known.today, "tomorrow": known.today + timedelta(days=1)}
    try:
        day = relative.get(text.casefold()) or parse_date(text)
    except ValueError:
        return f"{text} is not in the calendar, so these are for any day."
    if day is None:
        return f"“{text}” is not a day we know, so these are for any day."
    sorry = ""
    if day < known.today:
        day, sorry = known.today, f"{full_day(day)} {day.year} is over, so these are for today."
    elif day > known.last:
        sorry = f"{full_day(day)} {day.year} is too far ahead, so these are for the last day open for booking."
        day = known.last
    text = next((word for word, it in relative.items() if it == day), day.isoformat())
    return Chosen(text, text.capitalize() if text in relative else full_day(day), day, sorry)


def _part(text: str, known: Known) -> Chosen | str:
    word = text.casefold()
    return Chosen(word, word.capitalize(), word) if word in PARTS else (
        f"“{text}” is no time of day: it is morning, afternoon or evening. These are for any."
    )  # fmt: skip


def _language(text: str, known: Known) -> Chosen | str:
    by_word = {it.casefold(): it for it in known.languages}
    if near := get_close_matches(text.casefold(), by_word, n=1, cutoff=ALIKE):
        it = by_word[near[0]]
        return Chosen(it, f"Speaks {it}", it, "" if near[0] == text.casefold() else f"We took “{text}” for {it}.")
    return f"No doctor here says they speak “{text}”, so these speak any language."


def _fee(text: str, known: Known) -> Chosen | str:
    digits = text.casefold().removeprefix("₹").removeprefix("rs").strip(" .").replace(",", "")
    if not digits.isdecimal() or int(digits) > DEAREST:
        return f"“{text}” is no fee in whole rupees, so these have any fee."
    rupees = int(digits)
    return Chosen(str(rupees), f"At most ₹{rupees:,}", rupees * 100)


def _gender(text: str, known: Known) -> Chosen | str:
    key = SPELLINGS_OF_GENDERS.get(text.casefold(), text.casefold())
    return Chosen(key, GENDERS[key], Doctor.Gender(key).value) if key in GENDERS else (
        f"“{text}” is not understood as a doctor’s gender, so these are all."
    )  # fmt: skip


def _how(text: str, known: Known) -> Chosen | str:
    mode = Mode.of(text.casefold())
    if mode is None:
        return f"“{text}” is no way to be seen: it is clinic, video or home. These are for any."
    return Chosen(mode.slug, mode.label, mode.value)


# In the order of the address and of the form. One more line here is one more filter.
FILTERS = (
    Filter("specialty", "Specialty", _specialty, doctors="doctor.specialty_id = %s"),
    Filter("q", "Doctor, clinic or illness", _words),
    Filter("day", "Day", _day),
    Filter("at", "Time of day", _part, "Any time", lambda known: [(it, it.capitalize()) for it in PARTS]),
    Filter("how", "How", _how, "At the clinic or not", lambda known: [(it.slug, it.label) for it in Mode],
           slots="slot.mode = %s"),
    Filter("speaks", "Language", _language, "Any language", lambda known: [(it, it) for it in known.languages],
           doctors="doctor.languages @> ARRAY[%s]::varchar[]"),
    Filter("fee", "Fee", _fee, "Any fee", lambda known: [(str(it), f"At most ₹{it}") for it in FEES],
           doctors="doctor.fee_paise <= %s"),
    Filter("gender", "Doctor", _gender, "Anybody", lambda known: list(GENDERS.items()), doctors="doctor.gender = %s"),
)  # fmt: skip
