"""What the waiting room hears, in words that a voice cannot read wrongly."""

import pytest

from tokens import spoken

ENGLISH = {
    0: "zero", 7: "seven", 13: "thirteen", 20: "twenty", 21: "twenty-one", 40: "forty", 99: "ninety-nine",
    100: "one hundred", 107: "one hundred and seven", 110: "one hundred and ten", 342: "three hundred and forty-two",
    1000: "one thousand", 1001: "one thousand and one", 1100: "one thousand one hundred",
    1107: "one thousand one hundred and seven", 9999: "nine thousand nine hundred and ninety-nine",
    10204: "one zero two zero four",
}  # fmt: skip

# Round numbers as they stand alone, and how each is joined to what follows: a y before a vowel, a doubled p or t.
MALAYALAM = {
    0: "പൂജ്യം", 1: "ഒന്ന്", 2: "രണ്ട്", 3: "മൂന്ന്", 4: "നാല്", 5: "അഞ്ച്", 6: "ആറ്", 7: "ഏഴ്", 8: "എട്ട്", 9: "ഒമ്പത്", 10: "പത്ത്",
    11: "പതിനൊന്ന്", 12: "പന്ത്രണ്ട്", 13: "പതിമൂന്ന്", 14: "പതിനാല്", 15: "പതിനഞ്ച്", 16: "പതിനാറ്", 17: "പതിനേഴ്", 18: "പതിനെട്ട്",
    19: "പത്തൊമ്പത്", 20: "ഇരുപത്", 21: "ഇരുപത്തിയൊന്ന്", 22: "ഇരുപത്തിരണ്ട്", 25: "ഇരുപത്തിയഞ്ച്", 26: "ഇരുപത്തിയാറ്",
    27: "ഇരുപത്തിയേഴ്", 28: "ഇരുപത്തിയെട്ട്", 29: "ഇരുപത്തിയൊമ്പത്", 30: "മുപ്പത്", 40: "നാൽപ്പത്", 44: "നാൽപ്പത്തിനാല്", 50: "അമ്പത്",
    60: "അറുപത്", 70: "എഴുപത്", 80: "എൺപത്", 90: "തൊണ്ണൂറ്", 91: "തൊണ്ണൂറ്റിയൊന്ന്", 92: "തൊണ്ണൂറ്റിരണ്ട്", 100: "നൂറ്",
    101: "നൂറ്റിയൊന്ന്", 107: "നൂറ്റിയേഴ്", 110: "നൂറ്റിപ്പത്ത്", 111: "നൂറ്റിപ്പതിനൊന്ന്", 120: "നൂറ്റിയിരുപത്", 121: "നൂറ്റിയിരുപത്തിയൊന്ന്",
    130: "നൂറ്റിമുപ്പത്", 150: "നൂറ്റിയമ്പത്", 190: "നൂറ്റിത്തൊണ്ണൂറ്", 200: "ഇരുനൂറ്", 300: "മുന്നൂറ്", 345: "മുന്നൂറ്റിനാൽപ്പത്തിയഞ്ച്",
    400: "നാനൂറ്", 500: "അഞ്ഞൂറ്", 600: "അറുനൂറ്", 700: "എഴുനൂറ്", 800: "എണ്ണൂറ്", 900: "തൊള്ളായിരം", 901: "തൊള്ളായിരത്തിയൊന്ന്",
    1000: "ആയിരം", 1001: "ആയിരത്തിയൊന്ന്", 1010: "ആയിരത്തിപ്പത്ത്", 1100: "ആയിരത്തി ഒരുനൂറ്", 1107: "ആയിരത്തി ഒരുനൂറ്റിയേഴ്",
    1234: "ആയിരത്തി ഇരുനൂറ്റിമുപ്പത്തിനാല്", 2000: "രണ്ടായിരം", 3000: "മൂവായിരം", 5000: "അയ്യായിരം", 8000: "എണ്ണായിരം",
    9000: "ഒമ്പതിനായിരം", 9999: "ഒമ്പതിനായിരത്തി തൊള്ളായിരത്തിത്തൊണ്ണൂറ്റിയൊമ്പത്", 10204: "ഒന്ന് പൂജ്യം രണ്ട് പൂജ്യം നാല്",
}  # fmt: skip


@pytest.mark.parametrize(("number", "words"), ENGLISH.items())
def test_english_is_said_as_in_india(number: int, words: str) -> None:
    assert spoken.english(number) == words


@pytest.mark.parametrize(("number", "words"), MALAYALAM.items())
def test_malayalam_joins_its_numbers(number: int, words: str) -> None:
    assert spoken.malayalam(number) == words


def test_no_two_numbers_sound_the_same_and_none_is_left_in_digits() -> None:
    for say in (spoken.english, spoken.malayalam):
        said = [say(number) for number in range(spoken.MOST + 1)]
        assert len(set(said)) == len(said)
        assert not any(letter.isdecimal() for words in said for letter in words)


@pytest.mark.parametrize(
    ("name", "english", "malayalam"),
    [
        ("Room 3", "room three", "മൂന്നാം നമ്പർ മുറിയിലേക്ക്"),
        ("Room No. 3", "room number three", "മൂന്നാം നമ്പർ മുറിയിലേക്ക്"),
        ("ROOM 05", "room five", "അഞ്ചാം നമ്പർ മുറിയിലേക്ക്"),
        ("Room 12A", "room twelve A", "പന്ത്രണ്ട് എ നമ്പർ മുറിയിലേക്ക്"),
        ("Room 107", "room one hundred and seven", "നൂറ്റിയേഴാം നമ്പർ മുറിയിലേക്ക്"),
        ("Lab 2", "lab two", "രണ്ടാം നമ്പർ ലാബിലേക്ക്"),
        ("Lab", "lab", "ലാബിലേക്ക്"),
        ("Counter-4", "counter four", "നാലാം നമ്പർ കൗണ്ടറിലേക്ക്"),
        ("Procedure room", "Procedure room", "Procedure മുറിയിലേക്ക്"),
        ("OP 12A", "O P twelve A", "ഒ പി പന്ത്രണ്ട് എ എന്ന മുറിയിലേക്ക്"),
        ("ENT", "E N T", "ഇ എൻ ടി എന്ന മുറിയിലേക്ക്"),
        ("മുറി 3", "മുറി three", "മുറി മൂന്ന് എന്ന മുറിയിലേക്ക്"),
    ],
)
def test_rooms_are_read_as_people_say_them(name: str, english: str, malayalam: str) -> None:
    assert spoken.room_in_english(name) == english
    assert spoken.to_room_in_malayalam(name) == malayalam


def test_a_call_says_who_comes_and_where() -> None:
    call = {"room": "Room 3", "doctor": "Dr Kavitha Rao"}
    assert spoken.call_in_english(17, **call) == "Token seventeen, please go to room three."
    assert spoken.call_in_malayalam(17, **call) == "ടോക്കൺ പതിനേഴ്, ദയവായി മൂന്നാം നമ്പർ മുറിയിലേക്ക് വരൂ."


def test_a_doctor_without_a_room_is_named() -> None:
    call = {"room": "", "doctor": "Dr Kavitha Rao"}
    assert spoken.call_in_english(2, **call) == "Token two, please go to Doctor Kavitha Rao."
    assert spoken.call_in_malayalam(2, **call) == "ടോക്കൺ രണ്ട്, ദയവായി അകത്തേക്ക് വരൂ. ഡോക്ടർ Kavitha Rao വിളിക്കുന്നു."
