"""A doctor's face, as patients see it."""

from base64 import b64encode

from django.db import models
from django.urls import reverse
from django.utils import timezone

from clinics.models import Clinic
from doctors.models.doctor import Doctor


class Photo(models.Model):
    """A small WebP without metadata; `key` comes from its content, so an address always shows the same picture."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    doctor = models.OneToOneField(Doctor, on_delete=models.CASCADE, related_name="photo", db_constraint=False)
    key = models.CharField(max_length=32)
    image = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "doctor"], name="one_address_per_photo")]

    def __str__(self) -> str:
        return f"Photo of {self.doctor}"

    def get_absolute_url(self) -> str:
        return reverse("doctors:photo", args=[self.key])

    @property
    def inline(self) -> str:
        """The picture itself as an address, for pages that few look at."""
        return f"data:image/webp;base64,{b64encode(bytes(self.image)).decode()}"
