"""What staff type to sign in."""

from typing import Any

from django import forms


class SignInForm(forms.Form):
    """An e-mail address and a password; the address is kept when something is wrong, the password never."""

    email = forms.EmailField(
        label="E-mail address",
        error_messages={
            "required": "Type your e-mail address.",
            "invalid": "This is not a whole e-mail address, like reena@example.in.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        strip=False,
        error_messages={"required": "Type your password."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_email(self) -> str:
        """Addresses are kept in small letters."""
        return self.cleaned_data["email"].lower()


class CodeForm(forms.Form):
    """Six digits from an authenticator app, or a recovery code."""

    code = forms.CharField(
        max_length=40,
        error_messages={
            "required": "Type the six digits that your authenticator app shows.",
            "max_length": "This is too long for a code: six digits, or a recovery code of eight characters.",
        },
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )

    def __init__(self, *args: Any, only_digits: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if only_digits:
            self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        """Without the spaces and dashes people put in, in small letters."""
        return "".join(self.cleaned_data["code"].split()).replace("-", "").lower()
