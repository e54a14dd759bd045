"""A clinic and what belongs to it. Every row of a clinic carries its key."""

from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now

from clinics.models.places import City


class LatePolicy(models.TextChoices):
    """Where somebody who comes after their time goes in."""

    AFTER = "after", "After the next few"
    END = "end", "At the end of the line"
    SLOT = "slot", "By their own time"


class ClinicQuerySet(models.QuerySet["Clinic"]):
    """Clinics by what patients may see of them."""

    def approved(self) -> "ClinicQuerySet":
        """Those the platform has approved: shown to patients."""
        return self.filter(status=Clinic.Status.APPROVED)


class Clinic(models.Model):
    """A tenant: a single doctor's home clinic or a hospital with departments."""

    class Kind(models.TextChoices):
        HOME = "home", "Home clinic"
        CLINIC = "clinic", "Clinic"
        HOSPITAL = "hospital", "Hospital"

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting for approval"
        APPROVED = "approved", "Approved"
        CLOSED = "closed", "Closed"

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CLINIC)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    phone = models.CharField(max_length=16, blank=True, help_text="The clinic's own number, shown to patients.")
    timezone = models.CharField(max_length=40, default="Asia/Kolkata")
    checks_people_in = models.BooleanField(
        default=True, help_text="Reception marks who has arrived; otherwise everybody booked counts as here."
    )
    late_policy = models.CharField(
        "who comes late goes in", max_length=5, choices=LatePolicy, default=LatePolicy.AFTER, db_default="after"
    )
    late_goes_after = models.PositiveSmallIntegerField(
        default=3, help_text="After how many of those waiting, where that is the rule."
    )
    max_recalls = models.PositiveSmallIntegerField(
        default=3, db_default=3, help_text="How often somebody who was called and not there is called again."
    )
    grace_minutes = models.PositiveSmallIntegerField(
        default=15, help_text="How long after the due time a booked patient who has not come counts as late."
    )
    emergency_needs_reason = models.BooleanField(
        default=True, db_default=True, help_text="Nobody is put first without a word why."
    )
    undo_minutes = models.PositiveSmallIntegerField(
        default=5, help_text="How long the last action at the desk can be undone."
    )
    slip_width = models.PositiveSmallIntegerField(
        "paper of the token printer", choices=[(58, "58 mm"), (80, "80 mm")], default=80, db_default=80
    )
    needs_second_factor = models.BooleanField(default=False, help_text="Staff must prove a second factor to sign in.")
    created_at = models.DateTimeField(default=now, editable=False)

    objects = ClinicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("scheduling:clinic", args=[self.slug])

    @cached_property
    def tz(self) -> ZoneInfo:
        """The clinic's time zone: its days begin and end there."""
        return ZoneInfo(self.timezone)

    def local(self, moment: datetime) -> datetime:
        """A moment on the clinic's wall clock."""
        return moment.astimezone(self.tz)

    def today(self) -> date:
        """The clinic's date now; between 00:00 and 05:30 IST it is a day ahead of UTC's."""
        return self.local(now()).date()


class Branch(models.Model):
    """A place of a clinic, in a city."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="branches")
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="branches")
    name = models.CharField(max_length=80, default="Main")
    locality = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "branches"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="one_branch_per_name"),
            models.UniqueConstraint(fields=["clinic", "id"], name="branch_of_a_clinic"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.locality}" if self.locality else self.name


class Department(models.Model):
    """A department of a hospital, as on its signboards."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="departments")
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="one_department_per_name"),
            models.UniqueConstraint(fields=["clinic", "id"], name="department_of_a_clinic"),
        ]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A consulting room: where a called token is sent."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="rooms")
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="rooms")
    name = models.CharField(max_length=40, help_text="As said aloud: Room 3.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "name"], name="one_room_per_name"),
            models.UniqueConstraint(fields=["clinic", "id"], name="room_of_a_clinic"),
            models.CheckConstraint(condition=~Q(name=""), name="rooms_have_names"),
        ]

    def __str__(self) -> str:
        return self.name


class Equipment(models.Model):
    """Something that procedures are done with: an ultrasound scanner. It may stand in a room."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="equipment")
    room = models.ForeignKey(
        Room, on_delete=models.SET_NULL, null=True, blank=True, related_name="equipment", db_constraint=False,
        help_text="Where it stands; empty: it is carried about.",
    )  # fmt: skip
    name = models.CharField(max_length=60, help_text="Ultrasound scanner")

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "equipment"
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "name"], name="one_piece_of_equipment_per_name",
                violation_error_message="There is equipment of that name already: say which one it is.",
            ),
            models.UniqueConstraint(fields=["clinic", "id"], name="equipment_of_a_clinic"),
            models.CheckConstraint(condition=~Q(name=""), name="equipment_has_a_name"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
