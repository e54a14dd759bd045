"""Patients, and the codes by which a phone proves itself."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic, User
from clinics.sealed import SealedField, blind_index
from notifications.models import Message


def age_of(birth_year: int | None) -> int | None:
    """Years, as the desk says it: this year less the year of birth."""
    return None if birth_year is None else timezone.localdate().year - birth_year


class PatientQuerySet(models.QuerySet["Patient"]):
    """Patients by phone: never by name, which nobody can search."""

    def of_phone(self, phone: str) -> "PatientQuerySet":
        """The family behind a phone (E.164), the one booked first coming first."""
        return self.filter(phone_key=blind_index(phone)).order_by("created_at")


class Patient(models.Model):
    """A person who is treated. Several share a phone; a walk-in may have none."""

    class Gender(models.TextChoices):
        FEMALE = "f", "Woman"
        MALE = "m", "Man"
        OTHER = "o", "Other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = SealedField()
    phone = SealedField(null=True, blank=True)
    phone_key = models.BinaryField(null=True, editable=False)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    gender = models.CharField(max_length=1, choices=Gender, blank=True)
    registered_at = models.ForeignKey(
        Clinic,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The clinic whose desk wrote this patient down; empty when the phone's owner did.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PatientQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["phone_key"], condition=Q(phone_key__isnull=False), name="patients_by_phone")]
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=True, phone_key__isnull=True)
                | Q(phone__isnull=False, phone_key__isnull=False),
                name="patients_phones_can_be_found",
            ),
            models.CheckConstraint(
                condition=Q(birth_year__isnull=True) | Q(birth_year__gte=1890, birth_year__lte=2200),
                name="patients_are_born_in_living_memory",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def age(self) -> int | None:
        """Years, as the desk says it."""
        return age_of(self.birth_year)

    @property
    def first_name(self) -> str:
        """For a friendly line: Asha."""
        return self.name.split()[0]

    @staticmethod
    def born(age: int | None, *, on: date) -> int | None:
        """The year of birth of somebody who says an age on a date."""
        return None if age is None else on.year - age


class Challenge(models.Model):
    """A six-digit code sent to a phone: opened only by the browser that asked, once, within 300 s and 5 tries."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    phone = SealedField()
    phone_key = models.BinaryField()
    browser = models.CharField(max_length=64, help_text="The secret of the browser that asked.")
    address = models.GenericIPAddressField(null=True)
    code_mac = models.BinaryField(help_text="HMAC of the code: the code itself is kept nowhere but in the message.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    nth = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often the browser had asked for the same phone before."
    )
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["phone_key", "created_at"], name="challenges_by_phone"),
            models.Index(fields=["browser", "created_at"], name="challenges_by_browser"),
            models.Index(fields=["address", "created_at"], name="challenges_by_address"),
        ]
        constraints = [models.CheckConstraint(condition=Q(tries__lte=5), name="five_tries_at_a_code")]

    def __str__(self) -> str:
        return f"Code of {self.created_at:%d %b %H:%M}"

    @property
    def seconds_left(self) -> int:
        """For the countdown, never below zero."""
        return max(0, int((self.expires_at - timezone.now()).total_seconds()))


class PinQuerySet(models.QuerySet["Pin"]):
    """PINs by whether they still open."""

    def open(self) -> "PinQuerySet":
        """Those whose time is not over and that nobody has used."""
        return self.filter(used_at=None, expires_at__gt=timezone.now())


class Pin(models.Model):
    """Six digits that reception gave at the counter: they prove a phone to this one clinic, once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    phone = SealedField()
    phone_key = models.BinaryField()
    code_mac = models.BinaryField(help_text="HMAC of the PIN: the PIN itself is kept nowhere.")
    given_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    objects = PinQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["phone_key", "created_at"], name="pins_by_phone"),
            models.Index(fields=["clinic", "created_at"], name="pins_of_a_clinic"),
        ]
        constraints = [models.CheckConstraint(condition=Q(tries__lte=5), name="five_tries_at_a_pin")]

    def __str__(self) -> str:
        return f"PIN of {self.created_at:%d %b %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether somebody can still come in with it."""
        return self.used_at is None and self.expires_at > timezone.now()


class Quota(models.Model):
    """How many codes went to a phone, for a network or in all, within the hour that began with the first."""

    class Scope(models.TextChoices):
        PHONE = "phone", "To a phone"
        NETWORK = "network", "From a network address"
        PREFIX = "prefix", "From a neighbourhood of addresses"
        BUDGET = "budget", "To new browsers, in all"
        DEVICE = "device", "To a device that has proved the phone"
        RETURNING = "returning", "To such devices, in all"
        PIN_PHONE = "pin_phone", "PINs for a phone"
        PIN_CLINIC = "pin_clinic", "PINs of a clinic"

    scope = models.CharField(max_length=10, choices=Scope)
    key = models.BinaryField(help_text="A fingerprint of whose count it is.")
    began_at = models.DateTimeField()
    used = models.PositiveIntegerField()
    most = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["began_at"], name="quotas_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="one_count_of_a_thing"),
            models.CheckConstraint(condition=Q(used__gte=1, used__lte=models.F("most")), name="no_more_than_allowed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()}: {self.used} of {self.most}"
