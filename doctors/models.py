"""Doctors and the specialties patients look for."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from clinics.models import Clinic, Department, Room


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

    def active(self) -> "DoctorQuerySet":
        """Those who see patients now, at an approved clinic."""
        return self.filter(status=Doctor.Status.ACTIVE, clinic__status=Clinic.Status.APPROVED)


class Doctor(models.Model):
    """A doctor's profile at one clinic. Money is in paise."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PENDING = "pending", "Waiting for verification"
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"

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
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="doctors", db_constraint=False
    )
    room = models.ForeignKey(
        Room, on_delete=models.SET_NULL, null=True, blank=True, related_name="doctors", db_constraint=False
    )
    qualifications = models.CharField(max_length=120, blank=True, help_text="MBBS, MD")
    registration_number = models.CharField(max_length=40, blank=True)
    languages = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    about = models.TextField(blank=True)
    fee_paise = models.PositiveIntegerField(default=0, help_text="Consultation fee, in paise")
    consultation_minutes = models.PositiveSmallIntegerField(
        default=10, help_text="A usual consultation; used until enough have been measured."
    )

    objects = DoctorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "slug"], name="one_doctor_per_address"),
            models.UniqueConstraint(fields=["clinic", "id"], name="doctor_of_a_clinic"),
            models.CheckConstraint(condition=Q(consultation_minutes__gt=0), name="consultations_take_time"),
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
        """As `DoctorQuerySet.active`, of one doctor."""
        return self.status == self.Status.ACTIVE and self.clinic.status == Clinic.Status.APPROVED

    def get_absolute_url(self) -> str:
        return reverse("scheduling:doctor", args=[self.clinic.slug, self.slug])
