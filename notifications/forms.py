"""Forms of the back office: a template, a clinic's policy, a clinic's account."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clinics.backoffice import SameClinicForm
from notifications.gsm import segments
from notifications.kinds import CLINICS, KINDS, VARIABLES, Kind
from notifications.models import Policy, Sender, Template
from notifications.models.clinic import usual_kinds
from notifications.registered import text_for_register
from notifications.samples import values_for


class PolicyForm(SameClinicForm):
    """What a clinic sends, each kind with what it means; the cap in rupees."""

    kinds = forms.MultipleChoiceField(
        label="What is sent", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Codes for signing in are always sent.",
    )  # fmt: skip
    monthly_cap = forms.DecimalField(
        label="Monthly cap (₹)", required=False, min_value=0, max_value=Decimal("1000000"), decimal_places=2,
        help_text="What messages may cost a month, in rupees; empty: no cap. You are warned at 80 %. Beyond it only "
        "codes go out; all other messages wait for your word.",
        error_messages={"invalid": "Give the cap as an amount in rupees, like 500 or 249.50."},
    )  # fmt: skip

    class Meta:
        model = Policy
        fields = ["clinic", "kinds", "evening_at", "near_ahead", "thanks_after"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(str(kind), _sentence(kind)) for kind in CLINICS]
        self.initial["kinds"] = self.instance.chosen
        paise = self.instance.monthly_cap_paise
        self.initial["monthly_cap"] = None if paise is None else Decimal(paise) / 100

    def clean_kinds(self) -> list[str] | None:
        """The usual ones are not written down: what a later release adds to them comes along."""
        chosen = [str(kind) for kind in CLINICS if kind in self.cleaned_data["kinds"]]
        return None if chosen == usual_kinds() else chosen

    def clean_evening_at(self) -> time:
        """Early enough for the reminders to arrive before the quiet hours."""
        if not time(12) <= self.cleaned_data["evening_at"] <= time(20, 30):
            raise forms.ValidationError("Evening reminders go out between noon and 8:30 in the evening.")
        return self.cleaned_data["evening_at"]

    def clean_near_ahead(self) -> int:
        """Near is not far."""
        if not 1 <= self.cleaned_data["near_ahead"] <= 30:
            raise forms.ValidationError("Give a number between 1 and 30.")
        return self.cleaned_data["near_ahead"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cap = cleaned.get("monthly_cap")
        self.instance.monthly_cap_paise = None if cap is None else int(cap * 100)
        return cleaned


def _sentence(kind: Kind) -> SafeString:
    """A kind, what it says, to whom, and what it costs."""
    rules = KINDS[kind]
    text = rules.wording.format_map(values_for(kind))
    parts = segments(text)
    means = [f"About ₹{parts * settings.SMS_PAISE / 100:.2f} by SMS ({parts} part{'s' if parts > 1 else ''})."]
    if rules.essential:
        means.append("Essential: sent also to patients who have stopped the others.")
    if rules.wakes:
        means.append("Sent at night, too.")
    return format_html("<b>{}</b> <span>{} {}</span>", kind.label, f"“{text}”", " ".join(means))


class SenderForm(SameClinicForm):
    """A clinic's own account. Its token is written, and never shown again."""

    token = forms.CharField(
        label="Auth token", required=False, max_length=200, strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
        help_text="It is kept sealed and never shown. Empty: the one of before.",
    )  # fmt: skip

    class Meta:
        model = Sender
        fields = [
            "clinic", "account_sid", "sms_from", "whatsapp_from", "sms_paise", "whatsapp_paise", "is_active",
        ]  # fmt: skip

    def clean_account_sid(self) -> str:
        """As the provider writes it."""
        sid = self.cleaned_data["account_sid"].strip()
        if not re.fullmatch(r"AC[0-9A-Za-z]{4,38}", sid):
            raise forms.ValidationError("A Twilio account begins with AC and has letters and digits only.")
        return sid

    def clean_token(self) -> str:
        token = self.cleaned_data["token"]
        if not token and self.instance._state.adding:
            raise forms.ValidationError("Give the token that belongs to the account.")
        return token

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned.get("sms_from") and not cleaned.get("whatsapp_from"):
            self.add_error("sms_from", "Give a number or header for SMS, or a number for WhatsApp.")
        if cleaned.get("token"):
            self.instance.auth_token = cleaned["token"]
        return cleaned


class TemplateForm(SameClinicForm):
    """A wording and what it is registered as. Once it has an id in the register, the text there is kept beside it."""

    class Meta:
        model = Template
        fields = [
            "clinic", "kind", "language", "category", "wording", "registered_text", "dlt_entity", "dlt_header",
            "dlt_template", "content_sid",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.kind and "wording" in self.fields:
            self.fields["wording"].help_text = variables_help(self.instance.kind)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._must_be_free(cleaned)
        if cleaned.get("dlt_template") and not cleaned.get("registered_text"):
            cleaned["registered_text"] = text_for_register(cleaned.get("wording", ""))
        return cleaned

    def _must_be_free(self, cleaned: dict[str, Any]) -> None:
        """One template of a kind and language, said in words; a NULL clinic is one too."""
        if not self.instance._state.adding or not cleaned.get("kind"):
            return
        clinic = cleaned.get("clinic")
        same = Template.objects.filter(kind=cleaned["kind"], language=cleaned.get("language"))
        if same.filter(clinic=clinic) if clinic else same.filter(Q(clinic=None)):
            self.add_error("kind", "There is a template of this kind in this language already: change that one.")


def variables_help(kind: str) -> SafeString:
    """The variables of a kind, with what may stand in them."""
    names = [(f"{{{name}}}", VARIABLES[name].type.label.lower(), VARIABLES[name].longest)
             for name in KINDS[kind].variables]  # fmt: skip
    return format_html(
        "The variables of this kind, in braces: {}.",
        format_html_join(", ", "<b>{}</b> {}, at most {}", names),
    )
