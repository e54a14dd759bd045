"""A message as it would be: a template with values as they usually are, and with the longest there can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings

from notifications.gsm import is_gsm, segments
from notifications.kinds import KINDS, VARIABLES, Kind, Type
from notifications.models import Template
from notifications.registered import TemplateError, fitted, render

ADDRESS = "Ab3dEf6hIj9k"  # as long as the secret part of a token's address
USUAL = {
    "code": "000000", "token": "13", "ahead": "3", "tokens": "13, 14 and 15", "doctor": "Dr Kavitha Rao",
    "place": "Lake Clinic", "day": "Tue 24 Nov", "time": "10:20 am", "until": "10:35 am", "about": "20 min",
    "where": "Room 3", "why": "Dr Rao is called away", "said": "Dr Rao is running 20 min late",
    "what": "A provider does not answer: sms:platform",
}  # fmt: skip
USUAL_OF = {(Kind.LATE, "why"): "after the next 3"}  # where a variable says something else than elsewhere
LEADS_TO = {"link": "", "wait": "wait/", "move": "move/", "cancel": "cancel/"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One way a message may turn out; `paise` is what it costs by SMS."""

    name: str
    text: str
    parts: int
    paise: int
    wrong: str = ""

    @property
    def letters(self) -> int:
        """Characters."""
        return len(self.text)

    @property
    def alphabet(self) -> str:
        """In which of the two alphabets of an SMS."""
        return "GSM-7" if is_gsm(self.text) else "UCS-2"


def values_for(kind: str, *, longest: bool = False) -> dict[str, str]:
    """Values for all variables of a kind, as they usually are or as long as they may be; links are what they are."""
    return fitted(kind, {name: _value(kind, name, longest=longest) for name in KINDS[kind].variables})


def samples(template: Template, *, sms_paise: int) -> Iterator[Sample]:
    """The template as it is usually read, and at its longest."""
    for name, longest in (("Usual", False), ("Longest", True)):
        yield sample(name, template, values_for(template.kind, longest=longest), sms_paise=sms_paise)


def sample(name: str, template: Template, values: Mapping[str, str], *, sms_paise: int) -> Sample:
    """The template with these values; `wrong` says why no message could be made of it."""
    try:
        text = render(template.wording, values, register=template.register)
    except TemplateError as error:
        return Sample(name, template.wording, 0, 0, str(error))
    parts = segments(text)
    return Sample(name, text, parts, parts * sms_paise)


def missing(template: Template) -> list[str]:
    """What a template still lacks, in words."""
    needed = {"DLT entity id": template.dlt_entity, "DLT header": template.dlt_header,
              "DLT template id": template.dlt_template}  # fmt: skip
    found = [f"{name}: the operators drop every SMS without it." for name, value in needed.items() if not value]
    if not template.content_sid and template.kind not in {Kind.CODE, Kind.ALERT}:
        found.append("WhatsApp ContentSid: by WhatsApp only within 24 hours of the patient’s last word.")
    return [] if template.kind == Kind.ALERT else found


def _value(kind: str, name: str, *, longest: bool) -> str:
    """A value of a variable of a kind."""
    variable = VARIABLES[name]
    if variable.type == Type.LINK:
        return f"{settings.PUBLIC_URL}/t/{ADDRESS}/{LEADS_TO[name]}"
    usual = USUAL_OF.get((kind, name)) or USUAL.get(name) or settings.PUBLIC_URL.split("//")[-1].split(":")[0]
    if not longest or name == "host":
        return usual
    return (usual * variable.longest if variable.type == Type.NUMBER else f"{usual} " * variable.longest)[
        : variable.longest
    ].strip()
