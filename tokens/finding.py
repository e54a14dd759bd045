"""Finding a patient in a clinic's day: by token, name or the end of a phone number."""

from tokens.days import Day
from tokens.place import Place
from tokens.snapshot import Snapshot

SHOWN = 30
PHONE_END = 4


def find(day: Day, asked: str) -> list[tuple[Snapshot, Place]]:
    """Tokens of the day with this number, with these words in the name, or whose phone ends in these four digits."""
    digits = "".join(filter(str.isdecimal, asked))
    words = asked.casefold().split()

    def fits(place: Place) -> bool:
        if digits and digits == asked.replace(" ", "").removeprefix("+"):
            ends_so = len(digits) >= PHONE_END and place.phone_end == digits[-PHONE_END:]
            return str(place.number) == digits or ends_so
        return all(word in place.name.casefold() for word in words)

    return [(queue, place) for queue in day.queues for place in queue.places if fits(place)][:SHOWN]
