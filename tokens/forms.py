"""What reception types to add somebody to a queue, and the rule for those who come late."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from uuid6 import uuid7

from clinics.models import LatePolicy
from doctors.models import Doctor
from patients.phones import PhoneError, parse_mobile
from tokens.late import Rule
from tokens.models import ReservedNumber, Token


def _typed(**attributes: str) -> forms.TextInput:
    """A field of the desk: no browser should offer other patients' names in it."""
    return forms.TextInput(attrs={"autocomplete": "off"} | attributes)


class OnceForm(forms.Form):
    """A form that adds one patient, however often it is sent: `once` becomes the key of the patient it writes down."""

    once = forms.UUIDField(initial=uuid7, widget=forms.HiddenInput)
    name = forms.CharField(max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)

    def clean_name(self) -> str:
        """One space between the parts of a name, and at least a letter in it."""
        name = " ".join(self.cleaned_data["name"].split())
        if name and not any(letter.isalpha() for letter in name):
            raise ValidationError("Type the patient’s name in letters.")
        return name


class AddForm(OnceForm):
    """A walk-in, or somebody on the telephone."""

    kind = forms.ChoiceField(
        choices=[(Token.Kind.WALK_IN, "Walk-in"), (Token.Kind.PHONE, "Phone")], initial=Token.Kind.WALK_IN
    )
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)  # who was found while typing
    number = forms.CharField(required=False, max_length=10, initial="auto")
    name = forms.CharField(max_length=80, widget=_typed(), error_messages={"required": "Type the patient’s name."})
    age = forms.IntegerField(
        required=False, min_value=0, max_value=120, widget=_typed(inputmode="numeric"),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "An age is a whole number up to 120."),
    )  # fmt: skip
    phone = forms.CharField(label="Mobile", required=False, max_length=30, widget=_typed(inputmode="tel"))

    def __init__(self, *args: Any, reserved: Sequence[ReservedNumber] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reserved = reserved

    def clean_number(self) -> str | int:
        """auto, next, or one of those kept back."""
        typed = self.cleaned_data["number"] or "auto"
        return int(typed) if typed.isdecimal() else ("next" if typed == "next" else "auto")

    def clean_phone(self) -> str:
        """In one spelling, or empty."""
        typed = self.cleaned_data["phone"]
        try:
            return parse_mobile(typed) if typed else ""
        except PhoneError as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """Who books by phone is told by phone."""
        given = super().clean()
        if given.get("kind") == Token.Kind.PHONE and not given.get("phone") and "phone" not in self.errors:
            self.add_error("phone", "Type the mobile number the token is sent to.")
        return given


class EmergencyForm(OnceForm):
    """Somebody who goes before everybody else: the reason, where the clinic wants one, is for the staff."""

    why = forms.CharField(
        max_length=100,
        widget=_typed(**{"data-key": "e", "data-key-name": "Emergency"}),
        error_messages={"required": "Say why this patient goes first."},
    )
    name = forms.CharField(required=False, max_length=80, widget=_typed())

    def __init__(self, *args: Any, needs_reason: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="emergency_%s", **kwargs)
        self.fields["why"].required = needs_reason


class HereForm(forms.Form):
    """What somebody types whose phone we do not know: the number on their slip, and how their mobile ends."""

    number = forms.IntegerField(
        label="Token number", min_value=1, max_value=99999, widget=_typed(inputmode="numeric"),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "Type the token’s number, like 17."
        ),
    )  # fmt: skip
    end = forms.RegexField(
        r"^\s*\d{4}\s*$", label="Last four digits of the mobile it was booked with", max_length=12,
        widget=_typed(inputmode="numeric"),
        error_messages=dict.fromkeys(("required", "invalid", "max_length"), "Type four digits, like 0112."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)

    def clean_end(self) -> str:
        """Digits as phones are kept, whatever script they were typed in."""
        return "".join(str(unicodedata.digit(digit)) for digit in self.cleaned_data["end"].strip())


def _whole(label: str, least: int, most: int, unit: str) -> forms.IntegerField:
    """A whole number within bounds; the sentence says which."""
    wrong = dict.fromkeys(
        ("required", "invalid", "min_value", "max_value"), f"Type a whole number from {least} to {most}{unit}."
    )
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, widget=_typed(inputmode="numeric"), error_messages=wrong
    )


class LateRuleForm(forms.Form):
    """A rule for those who come late, for all doctors of a clinic or for one."""

    doctor = forms.ModelChoiceField(
        Doctor.objects.none(), required=False, label="For", empty_label="The whole clinic", to_field_name="slug",
        error_messages={"invalid_choice": "Choose a doctor of this clinic."},
    )  # fmt: skip
    grace_minutes = _whole("Late after, minutes", 0, 240, " minutes")
    policy = forms.ChoiceField(
        label="Who comes late goes in", choices=LatePolicy,
        error_messages={"required": "Choose where they go in.", "invalid_choice": "Choose where they go in."},
    )  # fmt: skip
    goes_after = _whole("After how many who wait", 0, 50, "")
    max_recalls = _whole("Called again at most", 0, 20, " times")

    def __init__(self, *args: Any, doctors: QuerySet[Doctor], **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        self.fields["doctor"].queryset = doctors

    @property
    def rule(self) -> Rule:
        """What was typed, once it is right."""
        given = self.cleaned_data
        return Rule(given["grace_minutes"], given["policy"], given["goes_after"], given["max_recalls"])
