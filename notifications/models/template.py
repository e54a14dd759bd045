"""Templates as they are registered with the operators: a message is made from one, or not at all."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from clinics.models import Clinic
from notifications import registered
from notifications.kinds import KINDS, Category, Kind


class Language(models.TextChoices):
    """The languages a message may be in."""

    ENGLISH = "en", "English"
    MALAYALAM = "ml", "മലയാളം"


class Template(models.Model):
    """The wording of one kind of message in one language, and what it is registered as.

    A clinic with a sender of its own registers its own; all others use the platform's. `wording` names its variables
    ({token}); `registered_text` is what stands in the operators' register, with {#numeric#} and the like for them.
    """

    clinic = models.ForeignKey(
        Clinic, on_delete=models.CASCADE, null=True, blank=True, related_name="+",
        help_text="Empty: the platform's, for every clinic without its own.",
    )  # fmt: skip
    kind = models.CharField(max_length=12, choices=Kind)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    category = models.CharField(max_length=10, choices=Category)
    wording = models.TextField(help_text="Variables in braces: {token}. Only those of this kind.")
    registered_text = models.TextField(
        "as registered (DLT)", blank=True,
        help_text="The text in the operators' register, word for word. Empty: as made from the wording.",
    )  # fmt: skip
    variables = models.JSONField(default=dict, editable=False, help_text="Each variable's type and longest value.")
    dlt_entity = models.CharField("DLT entity id", max_length=30, blank=True)
    dlt_header = models.CharField("DLT header", max_length=11, blank=True, help_text="The sender's name: OOZHAM.")
    dlt_template = models.CharField("DLT template id", max_length=30, blank=True)
    content_sid = models.CharField(
        "WhatsApp ContentSid", max_length=40, blank=True, help_text="HX… of the approved template; its variables "
        "numbered in the order of the wording."
    )  # fmt: skip

    class Meta:
        ordering = ["kind", "language", "clinic"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "kind", "language"], nulls_distinct=False, name="one_template_per_kind_and_language"
            ),
            models.CheckConstraint(condition=~Q(wording=""), name="templates_say_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_language_display()})"

    @property
    def is_registered_for_sms(self) -> bool:
        """The operators drop an SMS without these."""
        return bool(self.dlt_entity and self.dlt_header and self.dlt_template)

    @property
    def register(self) -> str:
        """The text that every message must match."""
        return self.registered_text or registered.text_for_register(self.wording)

    def clean(self) -> None:
        """A wording that no message can be made of, or that is not what was registered, is refused here."""
        if self.kind and (unknown := registered.unknown(self.kind, self.wording)):
            theirs = ", ".join(f"{{{name}}}" for name in KINDS[self.kind].variables)
            raise ValidationError({"wording": f"There is no {{{unknown}}} in this kind of message. There is: {theirs}"})
        if pair := registered.run_together(self.wording):
            raise ValidationError({"wording": f"Put a word, a mark or a space between {pair}."})
        for field in ("wording", "registered_text"):
            if len(getattr(self, field)) > registered.LONGEST:
                raise ValidationError({field: f"Write at most {registered.LONGEST} characters: nobody registers more."})
        if self.registered_text and not registered.agree(self.wording, self.registered_text):
            raise ValidationError({"registered_text": "This is not the wording above, with {#…#} for its variables."})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.variables = registered.types_of(self.wording)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "variables"}
        super().save(*args, **kwargs)
