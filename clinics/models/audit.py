"""Who did what, kept for disputes; the database refuses to change or delete a row."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from clinics.models.clinic import Clinic


class AuditEvent(models.Model):
    """One action of a person or of the system; `detail` holds no names and no phones."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, related_name="audit_events", db_index=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)
    action = models.CharField(max_length=40, help_text="A verb of the clinic: appointment.booked")
    object_id = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["clinic", "at"], name="audit_by_clinic")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_id}"
