"""What a patient thought of a visit."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from clinics.sealed import SealedField
from tokens.models.token import Token


class Rating(models.Model):
    """One to five stars for a visit, and perhaps some words: for the clinic, without the patient's name."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token = models.OneToOneField(Token, on_delete=models.CASCADE, related_name="rating", db_constraint=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    stars = models.PositiveSmallIntegerField()
    words = SealedField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="ratings_are_one_to_five_stars")
        ]
        indexes = [models.Index(fields=["clinic", "created_at"], name="ratings_of_a_clinic")]

    def __str__(self) -> str:
        return f"{self.stars} of 5 stars"
