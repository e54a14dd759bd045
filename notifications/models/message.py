"""The outbox: every message is a row before it is sent, and keeps its fate."""

from __future__ import annotations

import json

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic
from clinics.sealed import SealedField, SealError
from notifications.kinds import KINDS, VARIABLES, Kind, Type


class State(models.TextChoices):
    """Where a message is."""

    WAITING = "waiting", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    UNKNOWN = "unknown", "Perhaps sent: being asked about"
    AWAITED = "awaited", "Sent, its receipt awaited"
    SENT = "sent", "Sent"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed: nobody was told"
    DROPPED = "dropped", "Not sent: no longer wanted"


OPEN = (State.WAITING, State.SENDING, State.UNKNOWN, State.AWAITED)  # something is still to be done with them
UNSETTLED = (*OPEN, State.FAILED)  # something may still be told of them: these are found by what they are about
OUT = (State.AWAITED, State.SENT, State.DELIVERED)  # a provider has taken them


class Reason(models.TextChoices):
    """Why a message failed or was dropped."""

    WITHDRAWN = "withdrawn", "It was no longer so"
    PASSED = "passed", "Its time had passed"
    OFF = "off", "The clinic does not send this kind"
    STOPPED = "stopped", "The patient stopped these messages"
    TEMPLATE = "template", "Its template is not registered, or does not fit"
    CAP = "cap", "The clinic's monthly cap was reached"
    NO_WAY = "no_way", "There is no way to send it"
    REFUSED = "refused", "Refused by every way there is"
    TRIES = "tries", "Tried too often"
    UNSURE = "unsure", "Nobody could say whether it was sent"


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages by what is to be done with them."""

    def open(self) -> MessageQuerySet:
        """Those whose fate is not known yet."""
        return self.filter(state__in=OPEN)

    def unsettled(self) -> MessageQuerySet:
        """Those of which somebody may still be told: by us, by a press, or by telephone."""
        return self.filter(~Q(state=State.FAILED) | Q(useful_until__gt=timezone.now()), state__in=UNSETTLED)

    def due(self) -> MessageQuerySet:
        """Those with which something is to be done now, the urgent ones first."""
        return self.open().filter(due_at__lte=timezone.now()).order_by("urgency", "due_at")

    def dead(self) -> MessageQuerySet:
        """Those that reached nobody."""
        return self.filter(state=State.FAILED)

    def to_telephone(self) -> MessageQuerySet:
        """Those reception should tell by telephone: they reached nobody, still matter, and nobody has called yet."""
        ours = self.dead().filter(called_at=None, useful_until__gt=timezone.now(), clinic__isnull=False)
        return ours.exclude(kind__in=[Kind.CODE, Kind.ALERT])  # nobody reads a code out, or rings up about an e-mail

    def telephoned(self) -> MessageQuerySet:
        """Those of which reception told the patient instead."""
        return self.dead().filter(called_at__isnull=False)


class Message(models.Model):
    """One message to one person: written in the transaction of what it tells, sent after it, its fate recorded.

    `due_at` is when something is to be done with it next: to be sent, asked about, or sent another way.
    """

    Kind, State, Reason = Kind, State, Reason

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, null=True, related_name="messages", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    to = SealedField("to", help_text="A phone (E.164); of alerts, an e-mail address.")
    to_key = models.BinaryField(null=True, editable=False, help_text="The blind index of the phone.")
    variables = SealedField(null=True, help_text="What stands in its template, as JSON.")
    about = models.UUIDField(null=True, editable=False, help_text="The token it speaks of.")
    once = models.CharField(max_length=80, blank=True, editable=False, help_text="What may be told only once.")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=9, choices=Reason, blank=True)
    urgency = models.PositiveSmallIntegerField(default=2)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    useful_until = models.DateTimeField(help_text="When it is of use to nobody any more.")
    rung = models.PositiveSmallIntegerField(default=0, help_text="Which way it goes: 0 the first that is open to it.")
    channel = models.CharField(max_length=12, blank=True, help_text="The way it goes, or went.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often this way was tried.")
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    called_at = models.DateTimeField(null=True, help_text="When reception told the patient by telephone instead.")
    called_by = models.ForeignKey(
        "clinics.User", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[str(it) for it in OUT], sent_at__isnull=False)
                | (~Q(state__in=[str(it) for it in OUT]) & Q(sent_at__isnull=True)),
                name="sent_messages_say_when",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["failed", "dropped"]) & ~Q(reason=""))
                | (~Q(state__in=["failed", "dropped"]) & Q(reason="")),
                name="messages_not_sent_say_why",
            ),
            models.UniqueConstraint(fields=["once"], condition=~Q(once=""), name="told_only_once"),
        ]
        indexes = [
            models.Index(
                fields=["urgency", "due_at"], condition=Q(state__in=[str(it) for it in OPEN]), name="messages_to_do"
            ),
            models.Index(fields=["clinic", "created_at"], name="messages_of_a_clinic"),
            models.Index(fields=["clinic", "id"], condition=Q(state="failed"), name="messages_that_failed"),
            models.Index(
                fields=["about"], condition=Q(state__in=[str(it) for it in UNSETTLED], about__isnull=False),
                name="messages_about",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_state_display().lower()}"

    @property
    def words(self) -> dict[str, str]:
        """What stands in its template."""
        return json.loads(self.variables or "{}")

    @property
    def shown_words(self) -> dict[str, str]:
        """The same for whoever looks at it; none where they do not open."""
        try:
            return self.words
        except ValueError:
            return {}

    @property
    def shown_to(self) -> str:
        """Where to, for whoever looks at it; "" where it does not open."""
        try:
            return self.to
        except SealError:
            return ""

    @property
    def text(self) -> str:
        """How it reads in the wording we ship; word for word as it was sent, its dispatches say."""
        return self._worded()

    @property
    def to_read_out(self) -> str:
        """Its text as it is said on the telephone, where a link cannot be followed."""
        return self._worded(**{name: "(link)" for name, it in VARIABLES.items() if it.type == Type.LINK})

    def _worded(self, **instead: str) -> str:
        return KINDS[self.kind].wording.format_map(_Blank(self.shown_words | instead)) if self.kind in KINDS else ""


class _Blank(dict[str, str]):
    """A variable nobody gave is shown as its name: looking at a message never fails."""

    def __missing__(self, name: str) -> str:
        return f"[{name}]"
