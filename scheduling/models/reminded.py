"""How far reminding has come."""

from django.db import models

from notifications.kinds import Kind


class Reminded(models.Model):
    """Until when everybody was reminded who had to be: a sweep goes on from there, however long none has run."""

    kind = models.CharField(max_length=12, choices=Kind, primary_key=True)
    until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "reminded"

    def __str__(self) -> str:
        return self.get_kind_display()
