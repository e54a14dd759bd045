"""Finding somebody the clinic knows while reception types: by the whole mobile number, or by name among recent visits.

Names are sealed and cannot be searched in the database: those of the clinic's last visits are opened and compared here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from clinics.models import Clinic
from patients.models import Patient, age_of
from patients.phones import PhoneError, parse_mobile
from tokens.desk_adding import of_clinic
from tokens.models import Token

VISITS = 1500  # of the clinic's last, looked through for a name: some 15 ms
SHORTEST = 3  # letters of a name: with fewer, too many would fit
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody the clinic knows, to be chosen instead of typed."""

    id: UUID
    name: str
    age: int | None
    phone: str

    @property
    def phone_end(self) -> str:
        """The last four digits."""
        return self.phone[-4:]


def known(clinic: Clinic, *, name: str, phone: str) -> list[Known]:
    """Whom what has been typed so far may mean: at most five."""
    try:
        number = parse_mobile(phone)
    except PhoneError:
        number = ""
    found = _by_phone(clinic, number) if number else _by_name(clinic, name)
    wanted = name.casefold().split()
    fitting = [one for one in found if _fits(one.name, wanted)] if number else found
    return fitting[:SHOWN]


def _by_phone(clinic: Clinic, phone: str) -> list[Known]:
    return [Known(it.pk, it.name, it.age, it.phone or "") for it in of_clinic(clinic).of_phone(phone)]


def _by_name(clinic: Clinic, name: str) -> list[Known]:
    wanted = name.casefold().split()
    if sum(map(len, wanted)) < SHORTEST:
        return []
    return [one for one in _recent(clinic) if _fits(one.name, wanted)]


def _recent(clinic: Clinic) -> Iterator[Known]:
    """Those of the clinic's last visits, the latest first, each once."""
    name_of, phone_of = (Patient._meta.get_field(name).opened for name in ("name", "phone"))
    rows = Token.objects.filter(clinic=clinic).order_by("-pk").values_list(
        "patient_id", "patient__name", "patient__phone", "patient__birth_year"
    )  # fmt: skip
    seen = set()
    for pk, sealed_name, sealed_phone, birth_year in rows[:VISITS]:
        if pk not in seen:
            seen.add(pk)
            yield Known(pk, name_of(pk, sealed_name), age_of(birth_year), phone_of(pk, sealed_phone) or "")


def _fits(name: str, wanted: list[str]) -> bool:
    """Each word typed begins one of the name's."""
    words = name.casefold().split()
    return all(any(word.startswith(typed) for word in words) for typed in wanted)
