"""New colleagues, as their clinic's admin writes them down."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AdminUserCreationForm, SetPasswordMixin

from clinics.models import Clinic, Role, User


class NewColleagueForm(SetPasswordMixin, forms.ModelForm):
    """A member of staff with a first role and a first password."""

    password1, password2 = SetPasswordMixin.create_password_fields()
    clinic = forms.ModelChoiceField(Clinic.objects.none(), help_text="Where the colleague works.")
    role = forms.ChoiceField(choices=Role)

    class Meta:
        model = User
        fields = ["email", "name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = self.fields["name"].required = True
        self.fields["clinic"].queryset = self.clinics

    # Which clinics may be chosen: set by the page that shows the form.
    clinics = Clinic.objects.none()

    def clean_email(self) -> str:
        """Small letters, and nobody else's."""
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(
                "Somebody signs in with this address already; ask the platform’s operator to add them to your clinic."
            )
        return email

    def clean(self) -> dict[str, Any]:
        self.validate_passwords()
        return super().clean()

    def _post_clean(self) -> None:
        super()._post_clean()
        self.validate_password_for_user(self.instance)

    def save(self, commit: bool = True) -> User:
        """The user, with a password; the role is kept by the page, once there is a row to refer to."""
        user = super().save(commit=False)
        return self.set_password_and_save(user, commit=commit)


class NewOperatorForm(AdminUserCreationForm):
    """Somebody an operator adds: a role at a clinic can be given on the next page, or the platform's own keys."""

    class Meta:
        model = User
        fields = ["email", "name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = self.fields["name"].required = True

    def clean_email(self) -> str:
        """Addresses are kept in small letters."""
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError("Somebody signs in with this address already.")
        return email


class ColleagueForm(forms.ModelForm):
    """A member of staff, as they stand."""

    def clean_email(self) -> str | None:
        """Addresses are kept in small letters; a patient's phone has none."""
        email = self.cleaned_data["email"]
        return email.lower() if email else None
