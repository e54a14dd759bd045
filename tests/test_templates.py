"""Every message is what is registered for it, whatever its variables hold; its parts are counted as phones do."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from notifications import gsm
from notifications.kinds import KINDS, VARIABLES, Type
from notifications.registered import TemplateError, agree, fitted, render, text_for_register

ODD = [
    "",
    "{token}",
    "{#var#}",
    "=1+1",
    "a\nb",
    "😀",
    "ഡോ. റാവു",
    "“Dr” – Rao’s…",
    "%s",
    "\\",
    "$1",
    "\u202e",
    "\0",
    "  ",
]
values = some.one_of(some.text(max_size=400), some.sampled_from(ODD), some.integers(0, 10**7))

# 3GPP TS 23.038 written down by septets, independently of the product: what costs one and what costs two.
BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = set("\f^{}\\[~]|€")


def parts_of(text: str) -> int:
    """By filling parts one letter after the other, as a phone does."""
    is_cheap = set(text) <= BASIC | EXTENSION
    sizes = [(2 if it in EXTENSION else 1) if is_cheap else len(it.encode("utf-16-le")) // 2 for it in text]
    room, alone = (153, 160) if is_cheap else (67, 70)
    if sum(sizes) <= alone:
        return 1
    parts: list[int] = [0]
    for size in sizes:
        if parts[-1] + size > room:
            parts.append(0)
        parts[-1] += size
    return len(parts)


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_a_message_says_is_what_is_registered_or_there_is_no_message(kind: str) -> None:
    wording = KINDS[kind].wording
    register = text_for_register(wording)

    @given(some.fixed_dictionaries(dict.fromkeys(KINDS[kind].variables, values)))
    def told(given_: dict[str, Any]) -> None:
        fit = fitted(kind, given_)
        try:
            text = render(wording, fit, register=register)
        except TemplateError:
            # Only what does not fit is refused: an empty value, letters for a number, a link with a gap or too long.
            assert any(not _fits(name, value) for name, value in fit.items())
        else:
            assert text == gsm.plain(wording.format_map(fit))
            assert all(_fits(name, value) for name, value in fit.items())

    told()


def _fits(name: str, value: str) -> bool:
    """What a variable takes, said independently of the product."""
    variable = VARIABLES[name]
    if not value or len(value) > variable.longest or "\n" in value:
        return False
    if variable.type == Type.NUMBER:
        return all("0" <= it <= "9" for it in value)
    return variable.type != Type.LINK or not any(it.isspace() for it in value)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_wording_we_ship_agrees_with_its_register(kind: str) -> None:
    wording = KINDS[kind].wording
    assert agree(wording, text_for_register(wording))
    assert not agree(wording + " Buy now", text_for_register(wording))


letters = some.text(some.sampled_from(sorted(BASIC | EXTENSION | set("ഊഴം😀’"))), max_size=400)


@given(letters)
@example("a" * 160)
@example("a" * 161)
@example("a" * 306)
@example("a" * 307)
@example("a" * 152 + "€" + "a" * 10)
@example("ഊ" * 70)
@example("ഊ" * 71)
@example("ഊ" * 66 + "😀" * 3)
def test_parts_are_counted_as_a_phone_fills_them(text: str) -> None:
    assert gsm.segments(text) == parts_of(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 151, 2), ("a" * 152 + "€" + "a" * 152, 3),  # the part before ends one short
        ("ഊ" * 70, 1), ("ഊ" * 71, 2), ("ഊ" * 134, 2), ("ഊ" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2),
        ("ഊ" * 66 + "😀" + "ഊ" * 65, 2), ("ഊ" * 66 + "😀" + "ഊ" * 66, 3),
    ],
)  # fmt: skip
def test_the_edges_of_a_part(text: str, parts: int) -> None:
    assert gsm.segments(text) == parts == parts_of(text)


@given(some.text(max_size=200))
def test_typographic_marks_never_make_a_message_dearer(text: str) -> None:
    assert gsm.segments(gsm.plain(text)) <= gsm.segments(text) * 3
    assert not set(gsm.plain(text)) & set("’‘“”–—…\u00a0\u202f")
