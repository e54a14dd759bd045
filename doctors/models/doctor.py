"""Doctors and the specialties patients look for."""

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils import timezone

from clinics import audit
from clinics.models import Branch, Clinic, Department, Room, User
from doctors import onboarding, states
from doctors.bookability import Facts
from doctors.errors import DoctorError


class Specialty(models.Model):
    """A field of medicine, first in a patient's word ("Children"), then in the clinic's ("Paediatrics")."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60, unique=True)
    clinical_name = models.CharField(max_length=80)
    keywords = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    weight = models.PositiveIntegerField(default=1, help_text="How often it is asked for: more comes first.")

    class Meta:
        ordering = ["-weight", "name"]
        verbose_name_plural = "specialties"

    def __str__(self) -> str:
        return self.name


class DoctorQuerySet(models.QuerySet["Doctor"]):
    """Doctors by what may be done with them."""

    def at_work(self) -> "DoctorQuerySet":
        """Those who see patients now, at an approved clinic: whom the desk and the doctors' own list know."""
        return self.filter(status=Doctor.Status.ACTIVE, clinic__status=Clinic.Status.APPROVED)

    def active(self) -> "DoctorQuerySet":
        """Those at work whom patients are shown."""
        return self.at_work().filter(is_shown=True)

    def as_patients_read(self) -> "DoctorQuerySet":
        """With what only a doctor's own page shows: the photo's address, all departments, all branches."""
        in_one = Q(its_doctors__doctor=OuterRef("pk"))
        departments = Department.objects.filter(in_one | Q(pk=OuterRef("department"))).distinct()
        branches = Branch.objects.filter(in_one)
        return self.annotate(
            photo_key=F("photo__key"),
            department_names=ArraySubquery(departments.values("name")),
            branch_names=ArraySubquery(branches.values(said=Coalesce(NullIf("locality", Value("")), "name"))),
        )


class Doctor(models.Model):
    """A doctor's profile at one clinic. Money is in paise. What `scheduling.bookability` found is kept in the row."""

    Status = states.Status
    Licence = states.Licence

    class Gender(models.TextChoices):
        FEMALE = "f", "Woman"
        MALE = "m", "Man"
        OTHER = "o", "Other"

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="doctors")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="doctors"
    )
    name = models.CharField(max_length=80, help_text="Without the title: Kavitha Rao")
    slug = models.SlugField(max_length=80)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    gender = models.CharField(max_length=1, choices=Gender, blank=True)
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, related_name="doctors")
    department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="doctors", db_constraint=False,
        verbose_name="main department", help_text="Patients find the doctor under this one.",
    )  # fmt: skip
    departments = models.ManyToManyField(Department, through="DoctorDepartment", related_name="also_doctors")
    branches = models.ManyToManyField(Branch, through="DoctorBranch", related_name="doctors")
    room = models.ForeignKey(
        Room, on_delete=models.SET_NULL, null=True, blank=True, related_name="doctors", db_constraint=False
    )
    qualifications = models.CharField(max_length=120, blank=True, help_text="MBBS, MD")
    council = models.CharField(
        "registered with", max_length=80, blank=True, db_default="",
        help_text="The council: Travancore-Cochin Medical Council",
    )  # fmt: skip
    registration_number = models.CharField(
        max_length=40, blank=True, help_text="Patients read it once the licence is verified."
    )
    licence_status = models.CharField(
        max_length=10, choices=Licence, default=Licence.NOT_ASKED, db_default=Licence.NOT_ASKED.value
    )
    licence_note = models.CharField(max_length=160, blank=True, db_default="", help_text="Why the check failed.")
    licence_checked_at = models.DateTimeField(null=True, blank=True)
    licence_checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    languages = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    about = models.TextField(blank=True)
    fee_paise = models.PositiveIntegerField("fee", default=0, help_text="Consultation fee, in paise")
    is_free = models.BooleanField("sees patients free of charge", default=False, db_default=False)
    follow_up_fee_paise = models.PositiveIntegerField(
        "follow-up fee", null=True, blank=True, help_text="For coming back soon, in paise; empty means the usual fee."
    )
    follow_up_days = models.PositiveSmallIntegerField(
        default=7,
        db_default=7,
        validators=[MinValueValidator(1)],
        help_text="For how many days after a visit the follow-up fee holds.",
    )
    tele_fee_paise = models.PositiveIntegerField(
        "tele fee", null=True, blank=True, help_text="For a visit by video, in paise; empty means the usual fee."
    )
    consultation_minutes = models.PositiveSmallIntegerField(
        default=10, help_text="A usual consultation; used until enough have been measured."
    )
    score = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    is_shown = models.BooleanField(default=False, db_default=False, editable=False)
    is_bookable_online = models.BooleanField(default=False, db_default=False, editable=False)
    is_bookable_at_desk = models.BooleanField(default=False, db_default=False, editable=False)
    is_open_online = models.BooleanField(default=False, db_default=False, editable=False)
    missing = ArrayField(models.CharField(max_length=24), default=list, db_default=[], editable=False)
    days_without_times = ArrayField(models.DateField(), default=list, db_default=[], editable=False)

    objects = DoctorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "slug"], name="one_doctor_per_address"),
            models.UniqueConstraint(fields=["clinic", "id"], name="doctor_of_a_clinic"),
            models.CheckConstraint(condition=Q(consultation_minutes__gt=0), name="consultations_take_time"),
            models.CheckConstraint(condition=Q(is_free=False) | Q(fee_paise=0), name="free_doctors_take_no_fee"),
            models.CheckConstraint(condition=Q(follow_up_days__gt=0), name="follow_ups_have_some_days"),
            models.CheckConstraint(
                condition=~Q(licence_status="verified") | ~Q(registration_number=""),
                name="verified_licences_have_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(licence_status="failed") | ~Q(licence_note=""), name="failed_licences_say_why"
            ),
            models.CheckConstraint(
                condition=Q(licence_status__in=["verified", "failed"], licence_checked_at__isnull=False)
                | Q(licence_status__in=["not_asked", "waiting"], licence_checked_at__isnull=True),
                name="checked_licences_say_when",
            ),
            models.CheckConstraint(condition=Q(score__lte=100), name="scores_end_at_a_hundred"),
            models.CheckConstraint(
                condition=Q(is_bookable_online=False) | Q(is_open_online=True),
                name="whom_patients_book_is_open_to_them",
            ),
            models.CheckConstraint(
                condition=Q(is_open_online=False) | Q(is_shown=True), name="whom_patients_book_is_shown"
            ),
            models.CheckConstraint(
                condition=Q(is_shown=False) | Q(is_bookable_at_desk=True), name="who_is_shown_is_booked_at_the_desk"
            ),
        ]
        indexes = [
            models.Index(
                fields=["specialty", "clinic"], condition=Q(status="active"), name="active_doctors_by_specialty"
            )
        ]

    def __str__(self) -> str:
        return f"Dr {self.name}"

    @property
    def short_name(self) -> str:
        """As said at the desk: Dr Rao."""
        return f"Dr {self.name.split()[-1]}"

    @property
    def takes_patients(self) -> bool:
        """Patients may book any free time there is. What `tap` asks too, in SQL."""
        at_work = self.status == self.Status.ACTIVE and self.clinic.status == Clinic.Status.APPROVED
        return at_work and self.is_open_online

    @property
    def has_profile(self) -> bool:
        """Patients can read what the doctor has learnt and speaks."""
        return bool(self.qualifications and self.languages)

    @property
    def fees_set(self) -> bool:
        """What a visit costs is known; nothing is an answer, when somebody gave it."""
        return self.is_free or self.fee_paise > 0

    @property
    def registration(self) -> str:
        """As patients read it: nothing before the licence is verified."""
        if self.licence_status != self.Licence.VERIFIED:
            return ""
        return f"{self.council}, reg. no. {self.registration_number}".removeprefix(", ")

    @transaction.atomic
    def move_to(self, new: states.Status, *, by: User | None, facts: Facts) -> None:
        """Change the status: checks the table and what stands in the way, saves, and records it. The only door."""
        old = states.Status(self.status)
        if new not in states.MAY_BECOME[old]:
            raise DoctorError(f"{self} is {old.label.lower()}: that cannot become {new.label.lower()} now.")
        blockers = onboarding.blockers(self, facts, of=new)
        if blockers:
            raise DoctorError(f"{self} {states.TOO_EARLY[new]}. {' '.join(blockers)}")
        self._change("status", old, new)
        audit.record(f"doctor.{new}", clinic=self.clinic, by=by, about=self, was=old)
        unchecked = self.licence_status in (self.Licence.NOT_ASKED, self.Licence.FAILED)
        if new == states.Status.PENDING and unchecked:
            self.licence_to(self.Licence.WAITING, by=by)

    @transaction.atomic
    def licence_to(self, new: states.Licence, *, by: User | None, why: str = "") -> None:
        """What the check of the licence found, by whom and when; a failed one says why."""
        old = states.Licence(self.licence_status)
        if new not in states.LICENCE_MAY_BECOME[old]:
            raise DoctorError(f"The licence of {self} is {old.label.lower()}: it cannot become {new.label.lower()}.")
        if new != self.Licence.FAILED and not self.registration_number:
            raise DoctorError(f"{self} has no registration number yet.")
        if new == self.Licence.FAILED and not why:
            raise DoctorError("Say in a few words why the check failed: the clinic reads it.")
        is_checked = new in states.CHECKED
        self._change(
            "licence_status", old, new, licence_note=why if is_checked else "",
            licence_checked_at=timezone.now() if is_checked else None, licence_checked_by=by if is_checked else None,
        )  # fmt: skip
        audit.record(f"licence.{new}", clinic=self.clinic, by=by, about=self, was=old)

    def _change(self, column: str, old: str, new: str, **more: object) -> None:
        """Write a step only where it starts from what was read: of two at once, one is told."""
        changes = {column: new, **more}
        if not type(self).objects.filter(pk=self.pk, **{column: old}).update(**changes):
            raise DoctorError(f"Somebody has just changed {self}. Look again.")
        for name, value in changes.items():
            setattr(self, name, value)

    def get_absolute_url(self) -> str:
        return reverse("scheduling:doctor", args=[self.clinic.slug, self.slug])
