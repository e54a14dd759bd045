"""What a waiting room hears: numbers, rooms and calls as words, in English as India says it and in Malayalam.

A voice reads "107" and "12A" each in its own way, and a Malayalam one often in English: words leave it no choice.
Malayalam joins its numbers; what follows the joining i takes a y before a vowel and doubles a p or a t.
"""

import re
from collections.abc import Callable

MOST = 9999  # a larger number is read digit by digit


def _words(text: str) -> list[str]:
    return text.split()


_ONES = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")


def english(number: int) -> str:
    """one hundred and seven, from 107."""
    if number > MOST:
        return " ".join(english(int(digit)) for digit in str(number))
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")
    size, word = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, size)
    said = f"{_ONES[many]} {word}"
    if not rest:
        return said
    return f"{said} {'and ' if rest < 100 else ''}{english(rest)}"


_ONES_ML = _words(
    "പൂജ്യം ഒന്ന് രണ്ട് മൂന്ന് നാല് അഞ്ച് ആറ് ഏഴ് എട്ട് ഒമ്പത് പത്ത് പതിനൊന്ന് പന്ത്രണ്ട് പതിമൂന്ന് പതിനാല് പതിനഞ്ച് പതിനാറ് പതിനേഴ് പതിനെട്ട് പത്തൊമ്പത്"
)
_TENS_ML = _words("ഇരുപത് മുപ്പത് നാൽപ്പത് അമ്പത് അറുപത് എഴുപത് എൺപത് തൊണ്ണൂറ്")
_HUNDREDS_ML = _words("നൂറ് ഇരുനൂറ് മുന്നൂറ് നാനൂറ് അഞ്ഞൂറ് അറുനൂറ് എഴുനൂറ് എണ്ണൂറ് തൊള്ളായിരം")
_THOUSANDS_ML = _words("ആയിരം രണ്ടായിരം മൂവായിരം നാലായിരം അയ്യായിരം ആറായിരം ഏഴായിരം എണ്ണായിരം ഒമ്പതിനായിരം")
_JOINED = {"റ്": "റ്റി", "ത്": "ത്തി", "രം": "രത്തി"}  # how a round number ends, and how when more follows
_AFTER_I = {"അ": "യ", "ആ": "യാ", "ഇ": "യി", "എ": "യെ", "ഏ": "യേ", "ഒ": "യൊ", "പ": "പ്പ", "ത": "ത്ത"}


def malayalam(number: int) -> str:
    """നൂറ്റിയേഴ്, from 107."""
    if number > MOST:
        return " ".join(malayalam(int(digit)) for digit in str(number))
    if number < 20:
        return _ONES_ML[number]
    size, words = next(
        (size, words) for size, words in ((1000, _THOUSANDS_ML), (100, _HUNDREDS_ML), (10, ["", *_TENS_ML]))
        if number >= size
    )  # fmt: skip
    many, rest = divmod(number, size)
    said = words[many - 1]
    if not rest:
        return said
    if rest >= 100:  # a breath after the thousand; its one hundred is "oru nooru"
        return f"{_joining(said)} {'ഒരു' if rest < 200 else ''}{malayalam(rest)}"
    after = malayalam(rest)
    return _joining(said) + _AFTER_I.get(after[0], after[0]) + after[1:]


def _joining(said: str) -> str:
    """A round number as it begins a longer one: ഇരുപത്തി, നൂറ്റി, ആയിരത്തി."""
    return said[:-2] + _JOINED[said[-2:]]


# ── rooms ─────────────────────────────────────────────────────────────────────────────────────────────────────
_PLACES = {  # "to the …"
    "room": "മുറിയിലേക്ക്",
    "cabin": "കാബിനിലേക്ക്",
    "counter": "കൗണ്ടറിലേക്ക്",
    "lab": "ലാബിലേക്ക്",
}
_PLACE = re.compile(
    rf"(?P<what>[a-z ]* )?(?P<place>{'|'.join(_PLACES)})"
    r"(?:\W*(?:no\b|number\b)?\W*(?P<number>[0-9]{1,4})\s?(?P<letter>[a-z])?)?",
    re.IGNORECASE,
)
_PIECES = re.compile(r"[0-9]+|[A-Za-z]+")
_LETTERS_ML = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        _words("എ ബി സി ഡി ഇ എഫ് ജി എച്ച് ഐ ജെ കെ എൽ എം എൻ ഒ പി ക്യു ആർ എസ് ടി യു വി ഡബ്ല്യു എക്സ് വൈ ഇസഡ്"),
        strict=True,
    )
)
_BETWEEN = str.maketrans(dict.fromkeys(".-:#/_,", " "))
SPELT = 3  # so many capitals at most stand for their letters: OP, ENT


def room_in_english(name: str) -> str:
    """room three, from "Room 3"; O P twelve A, from "OP 12A"."""

    def said(piece: re.Match[str]) -> str:
        if piece[0].isdecimal():
            return f" {english(int(piece[0]))} "
        if _is_spelt(piece[0]):
            return f" {' '.join(piece[0])} "
        small = piece[0].lower()
        return "number" if small == "no" else small if small in _PLACES else piece[0]

    return _read(name, said)


def to_room_in_malayalam(name: str) -> str:
    """To the room: മൂന്നാം നമ്പർ മുറിയിലേക്ക്, from "Room 3"; a name of its own is said as a name."""
    if found := _PLACE.fullmatch(name.strip()):
        number = ""
        if found["number"]:
            letter = _LETTERS_ML.get((found["letter"] or "").upper())
            given = int(found["number"])
            number = f"{malayalam(given)} {letter} നമ്പർ " if letter else f"{_ordinal(given)} നമ്പർ "
        return f"{number}{found['what'] or ''}{_PLACES[found['place'].lower()]}"

    def said(piece: re.Match[str]) -> str:
        if piece[0].isdecimal():
            return f" {malayalam(int(piece[0]))} "
        return f" {' '.join(_LETTERS_ML[letter] for letter in piece[0])} " if _is_spelt(piece[0]) else piece[0]

    return f"{_read(name, said)} എന്ന മുറിയിലേക്ക്"


def _read(name: str, said: Callable[[re.Match[str]], str]) -> str:
    """A name with its numbers and Latin words as they are said; other scripts stay as they are."""
    return " ".join(_PIECES.sub(said, name.translate(_BETWEEN)).split())


def _is_spelt(piece: str) -> bool:
    return piece.isupper() and len(piece) <= SPELT


def _ordinal(number: int) -> str:
    """മൂന്നാം, from 3."""
    return malayalam(number)[:-1] + "ാം"


# ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────────
def call_in_english(number: int, *, room: str, doctor: str) -> str:
    """Token seventeen, please go to room three."""
    where = room_in_english(room) if room else _doctor(doctor, "Doctor")
    return f"Token {english(number)}, please go to {where}."


def call_in_malayalam(number: int, *, room: str, doctor: str) -> str:
    """The same, as it is said in Kerala."""
    if room:
        return f"ടോക്കൺ {malayalam(number)}, ദയവായി {to_room_in_malayalam(room)} വരൂ."
    return f"ടോക്കൺ {malayalam(number)}, ദയവായി അകത്തേക്ക് വരൂ. {_doctor(doctor, 'ഡോക്ടർ')} വിളിക്കുന്നു."


def _doctor(name: str, title: str) -> str:
    return re.sub(r"^Dr\.?\s", f"{title} ", name)
