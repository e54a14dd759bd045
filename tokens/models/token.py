"""A numbered place in a queue."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from uuid6 import uuid7

from clinics.models import Clinic, User
from clinics.sealed import SealedField
from clinics.writing import insert, update
from doctors.modes import Mode
from patients.models import Patient
from tokens.errors import TokenError
from tokens.models.codes import new_code
from tokens.models.event import Action, TokenEvent
from tokens.models.queue import Queue
from tokens.states import IN_LINE, LIVE, MAY_BE_UNDONE, MAY_BECOME, TIMES, State


class Placed(models.TextChoices):
    """What gave a token another place in line than its own time."""

    LATE = "late", "Came late"
    HAND = "hand", "Moved by hand"


class TokenQuerySet(models.QuerySet["Token"]):
    """Tokens by state and in the one order they are called in."""

    def live(self) -> TokenQuerySet:
        """Not over yet."""
        return self.filter(state__in=LIVE)

    def in_line(self) -> TokenQuerySet:
        """Those the doctor has still to see, here or expected."""
        return self.filter(state__in=IN_LINE)

    def waiting(self) -> TokenQuerySet:
        """Those who are here and can be called."""
        return self.filter(state=State.WAITING)

    def booked(self) -> TokenQuerySet:
        """Those who are expected."""
        return self.filter(state=State.BOOKED)

    def consulting(self) -> TokenQuerySet:
        """The one inside now, if any."""
        return self.filter(state=State.CONSULTING)

    def completed(self) -> TokenQuerySet:
        """Those who have been seen."""
        return self.filter(state=State.COMPLETED)

    def in_calling_order(self) -> TokenQuerySet:
        """Emergencies first, then by due time, then by number."""
        return self.order_by(F("is_first").desc(), "due_at", "number")


class Token(models.Model):
    """A numbered place in a queue. `code` is the secret in its address; `due_at` and `is_first` give its place."""

    Mode = Mode
    Placed = Placed

    TRAVEL = (10, 20, 30, 45, 60)  # minutes

    class Kind(models.TextChoices):
        BOOKED = "booked", "Booked"
        WALK_IN = "walkin", "Walk-in"
        PHONE = "phone", "Phone"
        EMERGENCY = "emergency", "Emergency"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="tokens", db_index=False)
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, related_name="tokens", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=16, default=new_code, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="tokens", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    mode = models.PositiveSmallIntegerField("seen", choices=Mode, default=Mode.CLINIC, db_default=Mode.CLINIC)
    note = SealedField(null=True, help_text="Why the patient comes, for the doctor.")
    address = SealedField(null=True, help_text="Where the doctor goes, for a visit at home.")
    desk_note = SealedField(null=True, help_text="What the desk wants the doctor to know.")
    state = models.CharField(max_length=10, choices=State, default=State.BOOKED)
    is_first = models.BooleanField(default=False, help_text="An emergency: before everybody who is not.")
    due_at = models.DateTimeField()
    promised_at = models.DateTimeField(
        null=True, help_text="The due time it was given first, or moved to by its patient: what was promised."
    )
    placed = models.CharField(
        max_length=8, choices=Placed, blank=True, db_default="", help_text="What gave it another place than its time."
    )
    kept_until = models.DateTimeField(
        null=True, help_text="Not paid for yet: unless it is by then, the place goes to somebody else."
    )
    why = models.CharField(max_length=160, blank=True, help_text="Why it stands where it stands, for the desk.")
    calls = models.PositiveSmallIntegerField(default=0, help_text="How often it has been called.")
    recalls = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often it was put back in line after it was called and not there."
    )
    told_delay = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="The delay in minutes the patient was last told of."
    )
    told_before = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="And what they were told before.")
    travel_minutes = models.PositiveSmallIntegerField(
        null=True, help_text="How long the patient needs to the clinic, as they said: told in time to leave."
    )
    follow_up_on = models.DateField(null=True, help_text="When the doctor would like to see the patient again.")
    created_at = models.DateTimeField(default=timezone.now)
    arrived_at = models.DateTimeField(null=True)
    consulting_at = models.DateTimeField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    party = models.UUIDField(null=True, editable=False, help_text="The same for those of a family who come together.")
    moved_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="moved_from", db_index=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["queue", "number"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "number"], name="one_token_per_number"),
            models.UniqueConstraint(fields=["code"], name="one_token_per_code"),
            models.UniqueConstraint(fields=["clinic", "id"], name="token_of_a_clinic"),
            models.UniqueConstraint(
                fields=["queue"], condition=Q(state="consulting"), name="one_consulting_token_per_queue"
            ),
            models.UniqueConstraint(
                fields=["queue", "patient"],
                condition=Q(state__in=[str(s) for s in LIVE]),
                name="one_live_token_per_patient_and_queue",
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="numbers_begin_at_one"),
            models.CheckConstraint(
                condition=Q(travel_minutes=None) | Q(travel_minutes__gte=1, travel_minutes__lte=240),
                name="patients_are_not_days_away",
            ),
            models.CheckConstraint(
                condition=~Q(mode=Mode.HOME) | Q(address__isnull=False), name="visits_at_home_know_where"
            ),
            models.CheckConstraint(condition=Q(state__in=[str(s) for s in State]), name="tokens_have_a_known_state"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__isnull": False, "state__in": sorted(str(s) for s in states)})
                    | (Q(**{f"{name}__isnull": True}) & ~Q(state__in=sorted(str(s) for s in states))),
                    name=f"tokens_say_{name}_when_they_must",
                )
                for name, states in TIMES.items()
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "created_at"], name="tokens_of_a_patient"),
            models.Index(fields=["party"], condition=Q(party__isnull=False), name="tokens_of_a_party"),
            models.Index(fields=["follow_up_on"], condition=Q(follow_up_on__isnull=False), name="tokens_to_come_back"),
        ]

    def __str__(self) -> str:
        return f"Token {self.number}"

    @property
    def promised(self) -> datetime:
        """The time it was given: where it stands by now may be another one."""
        return self.promised_at or self.due_at

    def get_absolute_url(self) -> str:
        return reverse("tokens:ticket", args=[self.code])

    def move_to(
        self, new: State, *, by: User | None, why: str = "", action: Action, undo: bool = False,
        at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Change the state: checks the table, stamps the times, saves, and writes the event. The only door.

        `at` is when it happened, where that is not now.
        """
        old = State(self.state)
        if new not in MAY_BECOME[old] and not (undo and new in MAY_BE_UNDONE[old]):
            raise TokenError(f"Token {self.number} is {old.label.lower()}: it cannot become {new.label.lower()} now.")
        self.state = new
        now = at or timezone.now()
        for name, states in TIMES.items():
            if new not in states:
                setattr(self, name, None)
            elif getattr(self, name) is None:
                setattr(self, name, now)
        if new == State.CONSULTING and not undo:
            self.calls += 1
        update(self, "state", "calls", "recalls", "due_at", "is_first", "placed", "why", "moved_to", *TIMES)
        self.write_event(old, by=by, why=why, action=action, at=now)

    def write_event(self, old: State | None, *, by: User | None, why: str, action: Action, at: datetime) -> None:
        """Keep what happened, with the place it led to."""
        insert(self.event(old, by=by, why=why, action=action, at=at))

    def event(self, old: State | None, *, by: User | None, why: str, action: Action, at: datetime) -> TokenEvent:
        """What happened, not written yet; `old` is None for a token that is being issued."""
        return TokenEvent(
            clinic_id=self.clinic_id, queue_id=self.queue_id, token_id=self.pk,
            action=action.id, verb=action.verb, undoes=action.undoes,
            at=at, by=by, from_state=old or "", to_state=self.state, due_at=self.due_at, is_first=self.is_first,
            placed=self.placed, why=why,
        )  # fmt: skip
