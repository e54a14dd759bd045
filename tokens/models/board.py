"""What hangs in the waiting room."""

from django.db import models
from django.urls import reverse

from clinics.models import Clinic
from doctors.models import Doctor
from tokens.models.codes import new_code


class Board(models.Model):
    """A waiting-room display: its key is its address and can be revoked; no doctors chosen means all."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="boards")
    key = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=60, default="Waiting room")
    doctors = models.ManyToManyField(Doctor, blank=True, related_name="boards")
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.name}, {self.clinic}"

    def get_absolute_url(self) -> str:
        return reverse("tokens:board", args=[self.key])
