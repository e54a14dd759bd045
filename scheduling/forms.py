"""What is typed about the calendar; errors are one sentence, and what was typed stays."""

from datetime import datetime, time, timedelta

from django import forms
from django.db.models import QuerySet

from doctors.models import Doctor
from patients.phones import PhoneError, parse_mobile
from tokens.forms import OnceForm


class LeaveForm(forms.Form):
    """Leave for one or more days, or for part of one."""

    doctor = forms.ModelChoiceField(Doctor.objects.none(), empty_label=None)
    first = forms.DateField(
        label="From",
        error_messages={"required": "Say from which day.", "invalid": "Write the day like 2026-11-24."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label="To",
        required=False,
        error_messages={"invalid": "Write the day like 2026-11-24."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    starts = forms.TimeField(
        label="Only from",
        required=False,
        error_messages={"invalid": "Write the time like 10:30."},
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    ends = forms.TimeField(
        label="until",
        required=False,
        error_messages={"invalid": "Write the time like 10:30."},
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    why = forms.CharField(label="Reason, for the clinic", max_length=160, required=False)

    def __init__(self, *args: object, doctors: QuerySet[Doctor], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["doctor"].queryset = doctors
        if len(doctors) == 1:
            self.fields["doctor"].widget = forms.HiddenInput()
            self.fields["doctor"].initial = doctors[0]

    def clean(self) -> dict[str, object]:
        """From the first day to the last, whole days unless times are given; `starts_at` and `ends_at` come of it."""
        cleaned = super().clean()
        first, doctor = cleaned.get("first"), cleaned.get("doctor")
        if first is None or doctor is None or self.errors:
            return cleaned
        last = cleaned.get("last") or first
        today = doctor.clinic.today()
        if first < today:
            self.add_error("first", "That day is over.")
        elif last < first:
            self.add_error("last", "The last day must not be before the first.")
        elif (last - first).days > 365:
            self.add_error("last", "Leave is for a year at most.")
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if first == last and starts and ends and ends <= starts:
            self.add_error("ends", "The end must be after the start.")
        zone = doctor.clinic.tz
        cleaned["starts_at"] = datetime.combine(first, starts or time(), zone)
        cleaned["ends_at"] = datetime.combine(last, ends, zone) if ends else _midnight_after(last, zone)
        return cleaned

    @property
    def span(self) -> dict[str, object]:
        """What the services ask for."""
        return {name: self.cleaned_data[name] for name in ("doctor", "starts_at", "ends_at")}


def _day(label: str, required: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        error_messages={"required": required, "invalid": "Write the day like 2026-11-24."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class DaysForm(forms.Form):
    """The days on which a patient could come."""

    first = _day("From", "Say from which day.")
    last = _day("To", "Say until which day.")


class WaitlistForm(OnceForm):
    """Somebody whom reception puts on a waitlist."""

    doctor = forms.ModelChoiceField(
        Doctor.objects.none(), empty_label=None, error_messages={"required": "Choose a doctor."}
    )
    name = forms.CharField(
        max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type the patient’s name."},
    )  # fmt: skip
    phone = forms.CharField(
        label="Mobile", max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
        error_messages={"required": "Type the mobile number that a free place is told to."},
    )  # fmt: skip
    first = _day("From", "Say from which day.")
    last = _day("To", "Say until which day.")

    def __init__(self, *args: object, doctors: QuerySet[Doctor], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["doctor"].queryset = doctors

    def clean_phone(self) -> str:
        """E.164."""
        try:
            return parse_mobile(self.cleaned_data["phone"])
        except PhoneError as error:
            raise forms.ValidationError(str(error)) from error


def _midnight_after(day: object, zone: object) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)
