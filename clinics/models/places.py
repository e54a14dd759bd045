"""Where in Kerala: districts and cities, with the spellings people still use."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class District(models.Model):
    """One of Kerala's 14 districts."""

    name = models.CharField(max_length=60, unique=True)
    name_ml = models.CharField("name in Malayalam", max_length=60)
    slug = models.SlugField(unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class City(models.Model):
    """A city or town patients choose first; `aliases` are lower-case old or other spellings ("cochin")."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="cities")
    name = models.CharField(max_length=60)
    name_ml = models.CharField("name in Malayalam", max_length=60)
    slug = models.SlugField(unique=True)
    aliases = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    weight = models.PositiveIntegerField(default=1, help_text="Relative size: larger cities are listed first.")

    class Meta:
        ordering = ["-weight", "name"]
        verbose_name_plural = "cities"

    def __str__(self) -> str:
        return self.name
