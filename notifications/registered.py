"""From a wording to what is registered, to what is sent; and whether the one is the other."""

from __future__ import annotations

import re
from collections.abc import Mapping

from notifications.gsm import plain
from notifications.kinds import KINDS, VARIABLE, VARIABLES, Type, Variable, variables_of

MARK = re.compile(r"\{#\s*(\w+)\s*#\}")
ANY = "var"  # {#var#} is what the register had before variables had types
SHAPES = {Type.NUMBER: r"[0-9]", Type.WORDS: r"[^\n]", Type.LINK: r"[^\s]"}
LONGEST = 2000  # characters of a wording: as many as the operators' register takes


class TemplateError(ValueError):
    """Why a message cannot be made, for whoever looks after the templates."""


def text_for_register(wording: str) -> str:
    """The wording as it is entered in the operators' register: {token} as {#numeric#}."""
    return VARIABLE.sub(
        lambda found: f"{{#{VARIABLES[found[1]].type}#}}" if found[1] in VARIABLES else found[0], wording
    )


def types_of(wording: str) -> dict[str, dict[str, str | int]]:
    """Each variable of a wording with its type and longest value."""
    known = [name for name in variables_of(wording) if name in VARIABLES]
    return {name: {"type": str(VARIABLES[name].type), "longest": VARIABLES[name].longest} for name in known}


def unknown(kind: str, wording: str) -> str:
    """The first variable of a wording that this kind of message does not have; "" when it has them all."""
    return next((name for name in variables_of(wording) if name not in KINDS[kind].variables), "")


def run_together(wording: str) -> str:
    """The first two variables with nothing between them, {token}{doctor}; "" where there is always something.

    Nobody could tell where the one ends and the other begins: neither the patient nor the operators' filter.
    """
    parts = VARIABLE.split(wording)
    beside = (at for at in range(2, len(parts) - 2, 2) if not parts[at])
    return next((f"{{{parts[at - 1]}}}{{{parts[at + 1]}}}" for at in beside), "")


def agree(wording: str, register: str) -> bool:
    """Whether a text of the register is this wording: the same words, and marks of the right type in place.

    White space is white space, on both sides: whoever copies from the operators' page loses line breaks.
    """
    ours, theirs = VARIABLE.split(_one_line(wording)), MARK.split(_one_line(register))
    if ours[::2] != theirs[::2]:
        return False
    pairs = zip(theirs[1::2], ours[1::2], strict=True)
    return all(mark in {ANY, VARIABLES[name].type} for mark, name in pairs if name in VARIABLES)


def fitted(kind: str, values: Mapping[str, object]) -> dict[str, str]:
    """All variables of a kind as its template may hold them; one missing or unknown is a mistake of the caller's.

    What does not fit although it was cut is kept, and is an error when the message is made: nothing is lost of it.
    """
    names = KINDS[kind].variables
    if wrong := set(names) ^ set(values):
        raise KeyError(f"{kind}: {', '.join(sorted(wrong))}")
    return {name: _fit(VARIABLES[name], values[name]) for name in names}


def _fit(variable: Variable, value: object) -> str:
    """A value on one line, in plain marks; words are cut where they are too long, half a link leads nowhere."""
    text = " ".join(plain(str(value)).split())
    return text[: variable.longest].rstrip() if variable.type == Type.WORDS else text


def render(wording: str, values: Mapping[str, str], *, register: str) -> str:
    """The text of a message, which is what is registered; raises TemplateError where it is not.

    Wording and register are compared before any value is put in, by the rule of saving: with the same values in the
    same places the texts are the same, and no text is searched for values it may hold in a million ways.
    """
    for name in variables_of(wording):
        _must_hold(name, values.get(name))
    if not agree(wording, register):
        raise TemplateError("The message is not what is registered for it.")
    return plain(VARIABLE.sub(lambda found: values[found[1]], wording))


def _must_hold(name: str, value: str | None) -> None:
    variable = VARIABLES.get(name)
    if variable is None or value is None:
        raise TemplateError(f"The template has {{{name}}}, which this message has not.")
    if len(value) > variable.longest or not re.fullmatch(f"{SHAPES[variable.type]}+", value):
        what = variable.type.label.lower()
        raise TemplateError(f"{{{name}}} takes {what}, at most {variable.longest}; this has {len(value)}.")


def _one_line(text: str) -> str:
    """A text as it is compared: in plain marks, any white space as one space."""
    return " ".join(plain(text).split())
