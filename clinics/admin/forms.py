"""New colleagues, as their clinic's admin writes them down."""

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm
from django.db.models import QuerySet

from clinics.models import Clinic, Role, User


class NewColleagueForm(BaseUserCreationForm):
    """A member of staff with a first role and a first password. The page that shows it sets the class' two facts."""

    clinics: QuerySet[Clinic] = Clinic.objects.none()
    needs_a_clinic = True

    clinic = forms.ModelChoiceField(Clinic.objects.none(), help_text="Where the colleague works.")
    role = forms.ChoiceField(choices=Role)

    class Meta:
        model = User
        fields = ["email", "name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = self.fields["name"].required = True
        self.fields["clinic"].queryset = self.clinics
        self.fields["clinic"].required = self.needs_a_clinic

    def clean_email(self) -> str:
        """Small letters, and nobody else's."""
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(
                "Somebody signs in with this address already; ask the platform’s operator to add them to your clinic."
            )
        return email


class ColleagueForm(forms.ModelForm):
    """A member of staff, as they stand."""

    def clean_email(self) -> str | None:
        """Small letters; only a patient's phone has no address."""
        email = (self.cleaned_data["email"] or "").lower() or None
        if email is None and self.instance.phone_key is None:
            raise forms.ValidationError("Staff sign in with an e-mail address: type one.")
        return email
