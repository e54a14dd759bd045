"""How a patient is seen: at the clinic, by video, or at home."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

CALL_OPENS = timedelta(minutes=15)  # a video call can be entered so long before its time
CALL_CLOSES = timedelta(hours=4)  # and so long after it: doctors run late


class Mode(models.IntegerChoices):
    """How a patient is seen."""

    CLINIC = 0, "At the clinic"
    TELE = 1, "By video"
    HOME = 2, "At home"

    @property
    def slug(self) -> str:
        """As in an address: clinic, video, home."""
        return {Mode.CLINIC: "clinic", Mode.TELE: "video", Mode.HOME: "home"}[self]

    @classmethod
    def of(cls, slug: str) -> Mode | None:
        """The way of an address; None for anything else."""
        return next((mode for mode in cls if mode.slug == slug), None)
