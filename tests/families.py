"""What the tests of families have in common: neighbouring times, and places held for several."""

from typing import Any

from doctors.models import Doctor
from scheduling import services
from scheduling.models import Hold, Slot
from tests import cast
from tests.clock import ist

TOGETHER = "/c/lake-clinic/dr-rao/together/"
NEW = {"name": "Ammini Thomas", "age": "70", "gender": "f"}


def times(doctor: Doctor, *starts: str, **fields: Any) -> list[Slot]:
    """Times of ten minutes on Tuesday."""
    return [cast.slot(doctor=doctor, starts_at=ist(f"2026-11-24 {at}"), **fields) for at in starts]


def hold(slot: Slot, people: int, *, browser: str = "b") -> list[Hold]:
    """Places for so many from a time on."""
    return services.hold_together(slot=slot, people=people, browser=browser)


def counters() -> list[tuple[int, int]]:
    """What is held and booked in each time, the first one first."""
    return list(Slot.objects.order_by("starts_at").values_list("held", "booked"))
