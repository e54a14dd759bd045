"""How many parts an SMS is sent and paid in.

Source: 3GPP TS 23.038, the 7-bit default alphabet and its extension table; TS 23.040, the header of a long message.
"""

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€\f")  # written as two characters
PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " "}
)


def plain(text: str) -> str:
    """The text with typographic marks as a typewriter has them: one of them would make it three times as dear."""
    return text.translate(PLAIN)


def is_gsm(text: str) -> bool:
    """Whether the cheap 7-bit alphabet is enough; Malayalam needs the other one (UCS-2)."""
    return all(letter in ALPHABET or letter in TWICE for letter in text)


def segments(text: str) -> int:
    """Parts of an SMS: 160 characters of the 7-bit alphabet or 70 of UCS-2; of several, 153 or 67 each.

    What is written as two characters is never torn apart: the part before ends one short.
    """
    if is_gsm(text):
        sizes, alone, each = [2 if letter in TWICE else 1 for letter in text], 160, 153
    else:
        sizes, alone, each = [2 if ord(letter) > 0xFFFF else 1 for letter in text], 70, 67
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
    return parts
