"""What patients type: a phone, a code, a person. Errors are one sentence; what was typed stays."""

import unicodedata
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone

from patients.models import Patient
from patients.phones import PhoneError, parse_mobile

OLDEST = 120


class PhoneForm(forms.Form):
    """The mobile number a code is sent to."""

    phone = forms.CharField(
        label="Your mobile number",
        max_length=40,
        error_messages={"required": "Give your mobile number: we send a code to it."},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel-national", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        """E.164."""
        try:
            return parse_mobile(self.cleaned_data["phone"])
        except PhoneError as error:
            raise forms.ValidationError(str(error)) from error


class CounterForm(PhoneForm):
    """Whose phone a PIN is for, as reception types it; each form gives one PIN, however often it is sent."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, initial=uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        phone = self.fields["phone"]
        phone.label = "The patient’s mobile number"
        phone.error_messages["required"] = "Give the patient’s mobile number."
        phone.widget.attrs |= {"autocomplete": "off", "autofocus": True}

    def clean_once(self) -> UUID | None:
        """The key of this form; None where there is none."""
        try:
            return UUID(self.cleaned_data["once"])
        except ValueError:
            return None


class CodeForm(forms.Form):
    """The six digits; spaces and Malayalam digits are fine."""

    code = forms.CharField(
        label="The 6-digit code",
        max_length=20,
        error_messages={"required": "Give the 6 digits we sent you."},
        widget=forms.TextInput(
            attrs={"class": "code", "inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        """Six ASCII digits."""
        typed = "".join(self.cleaned_data["code"].split())
        digits = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in typed)
        if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
            raise forms.ValidationError("It has 6 digits.")
        return digits


class PinForm(PhoneForm, CodeForm):
    """A phone, and the PIN for it from the counter."""

    field_order = ["phone", "code"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = "The 6-digit PIN from the counter"
        code.error_messages["required"] = "Give the 6 digits you were given at the counter."
        code.widget.attrs |= {"autocomplete": "off", "autofocus": False}


class PersonForm(forms.Form):
    """Somebody who comes: a name, an age, a gender."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        error_messages={"required": "Give the name of the person who is coming."},
        widget=forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words"}),
    )
    age = forms.IntegerField(
        label="Age",
        min_value=0,
        max_value=OLDEST,
        error_messages={
            "required": "Give the age in years; 0 for a baby.",
            "invalid": "Give the age in years, like 38.",
            "max_value": f"Give an age up to {OLDEST}.",
            "min_value": "Give the age in years; 0 for a baby.",
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    gender = forms.ChoiceField(
        label="Gender",
        choices=Patient.Gender.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )

    def clean_name(self) -> str:
        """One line, single spaces, at least one letter."""
        name = " ".join(self.cleaned_data["name"].split())
        if not any(letter.isalpha() for letter in name):
            raise forms.ValidationError("Give the name as the clinic should call it.")
        return name

    def patient(self, *, phone: str, phone_key: bytes) -> Patient:
        """The person as a patient of this phone, not saved yet."""
        return Patient(
            name=self.cleaned_data["name"], phone=phone, phone_key=phone_key, gender=self.cleaned_data["gender"],
            birth_year=Patient.born(self.cleaned_data["age"], on=timezone.localdate()),
        )  # fmt: skip
