"""What the calendar refuses, in words for the person who asked."""

from datetime import datetime, time

from scheduling.models import Slot


class BookingError(Exception):
    """A sentence to show, and the nearest free time, when there is one, to offer beside it."""

    def __init__(self, message: str, *, nearest: Slot | None = None) -> None:
        super().__init__(message)
        self.nearest = nearest


class SlotTaken(BookingError):
    """Somebody else has the last place in a slot."""


class CalendarError(Exception):
    """A sentence about hours, leave or rooms for whoever changes them, and which time it is about, where it is one."""

    def __init__(self, message: str, *, about: tuple[datetime, datetime] | None = None) -> None:
        super().__init__(message)
        self.about = about


class HoursRefused(CalendarError):
    """Several sittings changed together, and a sentence for each that cannot be: by its place among them."""

    def __init__(self, sentences: dict[int, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.sentences = sentences


def say_clock(moment: datetime | time) -> str:
    """10:20 or 4:20 pm, for a sentence."""
    hour = moment.hour % 12 or 12
    return f"{hour}:{moment.minute:02d}" + (" pm" if moment.hour >= 12 else "")
