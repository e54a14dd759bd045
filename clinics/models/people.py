"""People who sign in: staff with a password, patients with a phone they have proved."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models.clinic import Clinic
from clinics.sealed import SealedField, blind_index


class UserManager(BaseUserManager["User"]):
    """Makes and finds the two sorts of users."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A member of staff, who signs in with an e-mail address and a password."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A platform operator: approves clinics, sees the back office."""
        return self.create_user(email, password, is_superuser=True, is_staff=True, **fields)

    def with_phone(self, phone: str) -> "User":
        """The user behind a proved mobile number (E.164), made the first time; two at once get the same."""
        user, _ = self.get_or_create(
            phone_key=blind_index(phone), defaults={"phone": phone, "password": "!phone-code-only"}
        )
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in: by e-mail and password (staff) or by a code sent to a phone (patients)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True, null=True, blank=True)
    name = models.CharField(max_length=80, blank=True, help_text="Staff only: as colleagues say it.")
    phone = SealedField(null=True, blank=True, editable=False)
    phone_key = models.BinaryField(unique=True, null=True, editable=False)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may open the back office", default=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(phone_key__isnull=False), name="users_have_an_email_or_a_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or "a patient"

    def get_short_name(self) -> str:
        """The first name, for "Reena has just called 17"."""
        return str(self).split("@")[0].split()[0]


class Role(models.TextChoices):
    """What somebody does at a clinic."""

    ADMIN = "admin", "Clinic admin"
    DOCTOR = "doctor", "Doctor"
    RECEPTIONIST = "receptionist", "Receptionist"


class Membership(models.Model):
    """A user's role at a clinic."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "clinic", "role"], name="one_membership_per_role")]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()} at {self.clinic}"
