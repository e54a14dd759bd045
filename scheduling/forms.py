"""What is typed about the calendar; errors are one sentence, and what was typed stays."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from clinics.models import Branch, Equipment, Room
from doctors.models import Doctor
from patients.phones import PhoneError, parse_mobile
from scheduling.errors import HoursRefused
from scheduling.models import Mode, WeeklyHours
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


class VisitForm(forms.Form):
    """What the doctor should know of a visit: why, and, for one at home, where."""

    note = forms.CharField(
        label="Reason for the visit, if you like to say", max_length=160, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    address = forms.CharField(
        label="Address of the house", max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
        error_messages={"required": "Give the address of the house: the doctor comes to you."},
    )  # fmt: skip

    def __init__(self, *args: object, mode: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if mode != Mode.HOME:
            del self.fields["address"]

    def clean_note(self) -> str:
        """One line."""
        return " ".join(self.cleaned_data["note"].split())


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


DAY = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), "required": False}
CLOCK = forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M")


class SittingForm(forms.ModelForm):
    """One sitting of a usual week."""

    starts = forms.TimeField(label="From", widget=CLOCK, error_messages={"required": "Say from when."})
    ends = forms.TimeField(label="To", widget=CLOCK, error_messages={"required": "Say until when."})
    valid_from = forms.DateField(label="First day", **DAY)
    valid_to = forms.DateField(label="Last day", **DAY)

    class Meta:
        model = WeeklyHours
        fields = [
            "weekday", "weeks", "starts", "ends", "branch", "room", "slot_minutes", "buffer_minutes", "capacity",
            "tele_capacity", "home_capacity", "equipment", "valid_from", "valid_to",
        ]  # fmt: skip
        labels = {
            "slot_minutes": "Minutes each", "buffer_minutes": "Free after", "capacity": "At the clinic",
            "tele_capacity": "By video", "home_capacity": "At home", "equipment": "Needs",
        }  # fmt: skip
        error_messages = {
            "weekday": {"required": "Choose a weekday."},
            "branch": {"required": "Choose a branch.", "invalid_choice": "Choose a branch of the clinic."},
            "room": {"invalid_choice": "Choose a room of the clinic."},
            "equipment": {"invalid_choice": "Choose equipment of the clinic."},
        }
        help_texts = dict.fromkeys(fields, "")

    def clean(self) -> dict[str, object]:
        """A room is at one branch."""
        cleaned = super().clean()
        room, branch = cleaned.get("room"), cleaned.get("branch")
        if room and branch and room.branch_id != branch.pk:
            self.add_error("room", f"{room} is at {room.branch}.")
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Whether it meets another sitting is known when all are tried together."""
        return super()._get_validation_exclusions() | {"doctor", "room"}

    @property
    def says(self) -> str:
        """What is wrong with it, in one sentence."""
        return next((str(sentence) for errors in self.errors.values() for sentence in errors), "")

    @property
    def has_more_errors(self) -> bool:
        """Whether something is wrong in the part that is folded away."""
        return any(name in self.errors for name in self.Meta.fields[6:])


class _Week(forms.BaseInlineFormSet):
    """All sittings of a doctor's usual week, offering the clinic's own branches, rooms and equipment."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clinic = self.instance.clinic_id
        self.offered = {
            "branch": Branch.objects.filter(clinic=clinic),
            "room": Room.objects.filter(clinic=clinic).select_related("branch"),
            "equipment": Equipment.objects.filter(clinic=clinic),
        }
        self.choices = {name: [(row.pk, str(row)) for row in rows] for name, rows in self.offered.items()}

    def add_fields(self, form: SittingForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.instance.clinic_id = self.instance.clinic_id
        for name, rows in self.offered.items():
            field, choices = form.fields[name], self.choices[name]
            field.queryset = rows
            field.choices = choices if name == "branch" else [("", "–"), *choices]
        if len(self.choices["branch"]) == 1:
            form.fields["branch"].initial = self.choices["branch"][0][0]

    @property
    def changed(self) -> list[SittingForm]:
        """The rows that are new or say something else now."""
        return [form for form in self.forms if form.has_changed() and not self._should_delete_form(form)]

    @property
    def rows(self) -> dict[str, Any]:
        """What the services ask for."""
        gone = [form.instance.pk for form in self.deleted_forms if form.instance.pk]
        return {"rows": [form.instance for form in self.changed], "gone": gone}

    def refuse(self, error: HoursRefused) -> None:
        """Say each refusal at its row."""
        changed = self.changed
        for place, sentence in error.sentences.items():
            changed[place].add_error(None, sentence)


Week = forms.inlineformset_factory(
    Doctor, WeeklyHours, form=SittingForm, formset=_Week, extra=1, max_num=80, can_delete=True
)
