"""A doctor's page of the back office as a form."""

from typing import Any

from django import forms

from clinics.backoffice import SameClinicForm
from doctors.errors import DoctorError
from doctors.models import Doctor
from doctors.photos import small


class DoctorForm(SameClinicForm):
    """A doctor's profile, with the photo; the status and the licence have buttons of their own."""

    photo = forms.FileField(
        required=False, help_text="A JPEG, PNG or WebP of at most 2 MB; a square around the face is shown to patients.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )  # fmt: skip
    no_photo = forms.BooleanField(required=False, label="Take the photo away")

    class Meta:
        model = Doctor
        fields = "__all__"

    def clean_photo(self) -> bytes | None:
        """The photo as it is kept."""
        given = self.cleaned_data["photo"]
        if not given:
            return None
        try:
            return small(given, size=given.size)
        except DoctorError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("is_free") and cleaned.get("fee_paise"):
            self.add_error("fee_paise", "Whoever sees patients free of charge has no fee: give 0 here.")
        asked = self.instance.licence_status != Doctor.Licence.NOT_ASKED
        if asked and cleaned.get("registration_number") == "":
            self.add_error("registration_number", "This number is being checked, or was: change it, but leave one.")
        return cleaned


class OfDoctorForm(SameClinicForm):
    """A row of a doctor belongs to the doctor's clinic."""

    def own_clinic_id(self, cleaned: dict[str, Any]) -> int | None:
        doctor = cleaned.get("doctor") or (self.instance.doctor if self.instance.doctor_id else None)
        if doctor is not None:
            self.instance.clinic_id = doctor.clinic_id
        return self.instance.clinic_id
