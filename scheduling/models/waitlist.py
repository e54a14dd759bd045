"""Those who wait for a place with a doctor, and the places offered to them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from secrets import token_urlsafe

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from doctors.models import Doctor
from patients.models import Patient
from scheduling.models.hold import Hold

SEATS = 3  # open entries a phone

new_code = partial(token_urlsafe, 9)  # the unguessable part of an offer's address, as long as a token's


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    """Entries by whether they still wait, and in the order of joining."""

    def open(self) -> WaitlistEntryQuerySet:
        """On the list: waiting, or with an offer in hand."""
        return self.filter(state__in=WaitlistEntry.OPEN)

    def waiting(self) -> WaitlistEntryQuerySet:
        """Those to whom a place may be offered now."""
        return self.filter(state=WaitlistEntry.State.WAITING)

    def in_line(self) -> WaitlistEntryQuerySet:
        """Who joined first comes first."""
        return self.order_by("joined_at", "pk")

    def with_offers(self) -> WaitlistEntryQuerySet:
        """Each with `offered`: a list of the one offer that may still be answered, or empty."""
        open_ones = Offer.objects.open().select_related("hold__slot")
        return self.prefetch_related(Prefetch("offers", queryset=open_ones, to_attr="offered"))

    def numbered(self) -> WaitlistEntryQuerySet:
        """Each with its `place` in line: one more than those before it who wait for some of the same days."""
        before = WaitlistEntry.objects.open().filter(
            Q(joined_at__lt=OuterRef("joined_at")) | Q(joined_at=OuterRef("joined_at"), pk__lt=OuterRef("pk")),
            doctor=OuterRef("doctor"), first__lte=OuterRef("last"), last__gte=OuterRef("first"),
        ).order_by().values("doctor").annotate(many=Count("pk"))  # fmt: skip
        return self.annotate(place=Coalesce(Subquery(before.values("many")), 0) + 1)


class WaitlistEntry(models.Model):
    """A patient waits for a place with a doctor on some days.

    `seat` is one of the phone's few: that a phone has no more than three open entries is the database's word.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        OFFERED = "offered", "Offered a place"
        BOOKED = "booked", "Booked"
        LEFT = "left", "Left the list"
        CLOSED = "closed", "Closed"

    OPEN = (State.WAITING, State.OFFERED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="waitlist", db_index=False)
    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="waitlist", db_index=False, db_constraint=False
    )
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="waitlist", db_index=False)
    phone_key = models.BinaryField(editable=False, help_text="Of the phone that the offers go to.")
    seat = models.PositiveSmallIntegerField()
    first = models.DateField(help_text="The first day that suits.")
    last = models.DateField(help_text="The last one.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    joined_at = models.DateTimeField(default=timezone.now)
    joined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField(null=True)

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waitlist entries"
        ordering = ["joined_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "doctor"], condition=Q(state__in=["waiting", "offered"]),
                name="one_open_entry_per_patient_and_doctor",
            ),
            models.UniqueConstraint(
                fields=["phone_key", "seat"], condition=Q(state__in=["waiting", "offered"]),
                name="one_open_entry_per_seat_of_a_phone",
            ),
            models.UniqueConstraint(fields=["clinic", "id"], name="waitlist_entry_of_a_clinic"),
            models.CheckConstraint(condition=Q(seat__gte=1, seat__lte=SEATS), name="a_phone_waits_three_times_at_most"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="waiting_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "offered"], settled_at=None)
                | (~Q(state__in=["waiting", "offered"]) & Q(settled_at__isnull=False)),
                name="settled_entries_say_when",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["doctor", "joined_at"],
                condition=Q(state__in=["waiting", "offered"]),
                name="waitlist_of_a_doctor",
            ),
            models.Index(fields=["clinic", "joined_at"], name="waitlist_of_a_clinic"),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.first:%d %b}–{self.last:%d %b}"

    @property
    def days(self) -> str:
        """24–28 Nov, 28 Nov–2 Dec, or Tue 24 Nov when it is one day."""
        first, last = self.first, self.last
        if first == last:
            return f"{first:%a} {first.day} {first:%b}"
        return f"{first.day}{'' if first.month == last.month else f' {first:%b}'}–{last.day} {last:%b}"

    @property
    def browser(self) -> str:
        """In whose name its places are held: one at a time, as for any browser."""
        return f"waitlist-{self.pk}"


class OfferQuerySet(models.QuerySet["Offer"]):
    """Offers by whether they may still be answered."""

    def open(self) -> OfferQuerySet:
        """Not answered and not taken back."""
        return self.filter(state=Offer.State.OPEN)

    def over(self) -> OfferQuerySet:
        """Open ones that keep nothing any more: too late, or the place is gone with its hours."""
        gone = ~Q(hold__state=Hold.State.LIVE) | Q(hold__slot__is_blocked=True)
        return self.open().filter(Q(expires_at__lte=timezone.now()) | gone)


class Offer(models.Model):
    """A place that was freed, held for the first in line until `expires_at`; `code` is the secret in its address."""

    class State(models.TextChoices):
        OPEN = "open", "Not answered yet"
        BOOKED = "booked", "Booked"
        DECLINED = "declined", "Declined"
        EXPIRED = "expired", "Not answered in time"
        WITHDRAWN = "withdrawn", "Taken back"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="offers", db_index=False)
    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.CASCADE, related_name="offers", db_index=False, db_constraint=False
    )
    hold = models.OneToOneField(
        Hold, on_delete=models.PROTECT, null=True, related_name="offer",
        help_text="None once its day has left the calendar.",
    )  # fmt: skip
    was_at = models.DateTimeField(null=True, help_text="The time that was offered, when there is no hold any more.")
    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="Until when the patient may answer.")
    answered_at = models.DateTimeField(null=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(state="open"), name="one_open_offer_per_entry"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="offers_last_a_while"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None) | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="offers_say_when_they_ended",
            ),
            models.CheckConstraint(
                condition=Q(hold__isnull=False) | (~Q(state="open") & Q(was_at__isnull=False)),
                name="offers_keep_a_place_or_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="offers_by_expiry"),
            models.Index(fields=["entry"], name="offers_of_an_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}, until {self.expires_at:%H:%M}"

    @property
    def may_be_answered(self) -> bool:
        """The place is still kept: a little longer than was said, until it goes to the next in line."""
        return self.state == self.State.OPEN and self.hold.state == Hold.State.LIVE and not self.hold.is_expired

    @property
    def starts_at(self) -> datetime:
        """The time that is or was offered."""
        return self.hold.slot.starts_at if self.hold else self.was_at

    def get_absolute_url(self) -> str:
        """Where the patient answers."""
        return reverse("scheduling:offer", args=[self.code])
