"""What happened at a clinic, in a few queries, however long the past."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Avg, Count, F, Q

from clinics.models import Clinic
from scheduling.models import Appointment
from tokens.models import Queue, Token
from tokens.states import State


@dataclass(frozen=True, slots=True)
class DoctorFigures:
    """One doctor over some days; minutes are medians, None where nobody was seen."""

    doctor: str
    seen: int
    missed: int
    cancelled: int
    wait: float | None
    consultation: float | None
    stars: float | None
    rated: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A clinic over some days: in all, by doctor, and patients seen by day."""

    since: date
    until: date
    doctors: tuple[DoctorFigures, ...]
    days: tuple[tuple[date, int], ...]

    @property
    def rated(self) -> int:
        """Patients who said how it was."""
        return sum(doctor.rated for doctor in self.doctors)

    @property
    def stars(self) -> float | None:
        """What they gave on average, of five; None where nobody did."""
        given = sum(doctor.stars * doctor.rated for doctor in self.doctors if doctor.stars is not None)
        return given / self.rated if self.rated else None

    @property
    def seen(self) -> int:
        """Patients seen in all."""
        return sum(doctor.seen for doctor in self.doctors)

    @property
    def missed(self) -> int:
        """Patients who did not come, or were not there when called."""
        return sum(doctor.missed for doctor in self.doctors)

    @property
    def missed_percent(self) -> int:
        """How many of a hundred expected did not come."""
        expected = self.seen + self.missed
        return round(100 * self.missed / expected) if expected else 0


def figures(clinic: Clinic, *, days: int) -> Figures:
    """The last `days` days of a clinic, today not among them."""
    until = clinic.today() - timedelta(days=1)
    since = until - timedelta(days=days - 1)
    tokens = Token.objects.filter(clinic=clinic, queue__date__range=(since, until))
    done, missed = Q(state=State.COMPLETED), Q(appointment__state=Appointment.State.MISSED)
    gone = missed | Q(state__in=[State.LATE, State.SKIPPED, State.BOOKED, State.WAITING])
    rows = (
        tokens.values(name=F("queue__doctor__name"))
        .annotate(
            seen=Count("pk", filter=done),
            missed=Count("pk", filter=gone),
            cancelled=Count("pk", filter=Q(state=State.CANCELLED) & ~missed),
            waits=ArrayAgg(F("consulting_at") - F("arrived_at"), filter=done),
            stars=Avg("rating__stars"),
            rated=Count("rating"),
            visits=ArrayAgg(F("ended_at") - F("consulting_at"), filter=done),
        )
        .order_by("name")
    )
    by_day = dict(
        Queue.objects.filter(clinic=clinic, date__range=(since, until))
        .values_list("date")
        .annotate(seen=Count("tokens", filter=Q(tokens__state=State.COMPLETED)))
        .order_by("date")
    )
    return Figures(
        since=since, until=until,
        doctors=tuple(
            DoctorFigures(
                f"Dr {row['name']}", row["seen"], row["missed"], row["cancelled"],
                _median(row["waits"]), _median(row["visits"]), row["stars"], row["rated"],
            )
            for row in rows
        ),
        days=tuple((since + timedelta(days=n), by_day.get(since + timedelta(days=n), 0)) for n in range(days)),
    )  # fmt: skip


def _median(spans: list[timedelta] | None) -> float | None:
    """The median of some spans, in minutes."""
    if not spans:
        return None
    ordered = sorted(span.total_seconds() / 60 for span in spans)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
