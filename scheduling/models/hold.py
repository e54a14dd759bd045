"""A slot kept for somebody for a few minutes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from doctors.models import Doctor
from scheduling.models.slot import Slot

PATIENTS_HOLD = timedelta(minutes=10)
STAFFS_HOLD = timedelta(minutes=30)
FAMILY = 4  # come together at most


class HoldQuerySet(models.QuerySet["Hold"]):
    """Holds by whether they still keep a place."""

    def live(self) -> HoldQuerySet:
        """Those counted in their slot's `held`, expired ones included until they are released."""
        return self.filter(state=Hold.State.LIVE)

    def together_with(self, hold: Hold) -> HoldQuerySet:
        """A hold, with the others of its basket; always in one order, so that they can be locked."""
        mine = Q(basket=hold.basket) if hold.basket else Q(pk=hold.pk)
        return self.filter(mine).order_by("pk")

    def expired(self) -> HoldQuerySet:
        """Live ones whose time is over: they keep nobody out, whether or not they have been swept."""
        return self.live().filter(expires_at__lte=timezone.now())


class Hold(models.Model):
    """A place in a slot kept for one browser until `expires_at`; its id is in the address of the booking.

    A family that comes together holds several, a `basket`, each with a `position`; a hold alone is at the first. So
    nobody has a hold and a basket with the same doctor, or two of either: both would be at position 1.
    """

    class State(models.TextChoices):
        LIVE = "live", "Live"
        BOOKED = "booked", "Became an appointment"
        RELEASED = "released", "Released"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="holds", db_index=False)
    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="holds", db_index=False, db_constraint=False
    )
    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="holds", db_index=False)
    browser = models.CharField(max_length=64, help_text="The secret of the browser that took it.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=8, choices=State, default=State.LIVE)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    is_extended = models.BooleanField(default=False, help_text="Given more time once, while a code was on its way.")

    basket = models.UUIDField(null=True, editable=False, help_text="The same for the places of a family.")
    position = models.PositiveSmallIntegerField(default=1, db_default=1, help_text="Which of the family’s places.")

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["browser", "doctor", "position"], condition=Q(state="live"),
                name="one_live_hold_per_browser_and_doctor",
            ),
            models.UniqueConstraint(
                fields=["basket", "position"], condition=Q(basket__isnull=False), name="one_hold_per_place_of_a_basket"
            ),
            models.CheckConstraint(
                condition=Q(position=1) | Q(position__gte=1, position__lte=FAMILY, basket__isnull=False),
                name="a_hold_alone_is_the_first",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="holds_last_a_while"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="live"), name="holds_by_expiry"),
            models.Index(fields=["slot"], name="holds_of_a_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} until {self.expires_at:%H:%M:%S}"

    @property
    def is_expired(self) -> bool:
        """Its time is over: it keeps the place no longer."""
        return self.expires_at <= timezone.now()

    @property
    def seconds_left(self) -> int:
        """For the countdown, never below zero."""
        return max(0, int((self.expires_at - timezone.now()).total_seconds()))

    @property
    def seconds(self) -> int:
        """How long it lasts in all."""
        return int((self.expires_at - self.created_at).total_seconds())
