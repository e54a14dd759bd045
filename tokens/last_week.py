"""The seven days before today, as a dry run of a late rule needs them: four queries, however many doctors."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Min, Q, QuerySet

from clinics.models import Clinic
from doctors.models import Doctor
from doctors.modes import Mode
from tokens import dry_run
from tokens.dry_run import Day, Total, Turn, Visit
from tokens.late import Rule, rule_for
from tokens.models import LateRule, Queue, Token, TokenEvent
from tokens.states import State

DAYS = 7


@dataclass(frozen=True, slots=True)
class Week:
    """What a rule would have done to last week."""

    days: tuple[Day, ...]
    tried: Rule

    @property
    def before(self) -> Total:
        """All days under the rule in force."""
        return dry_run.total_before(self.days)

    @property
    def after(self) -> Total:
        """All days under the rule that is tried."""
        return dry_run.total_after(self.days)

    @property
    def turns(self) -> list[tuple[Day, Turn]]:
        """Everybody's turn of the week."""
        return [(day, turn) for day in self.days for turn in day.turns]

    @property
    def alike_percent(self) -> int:
        """How many turns of a hundred the rule in force, run like this, has in common with what really happened."""
        seen = sum(len(day.turns) for day in self.days)
        return 100 * sum(day.alike for day in self.days) // seen if seen else 0

    @property
    def told(self) -> int:
        """How many turns would have changed by five minutes or more."""
        return sum(len(day.told) for day in self.days)

    @property
    def largest_gain(self) -> tuple[Day, Turn] | None:
        """Whose turn would have come earlier by the most."""
        return min((it for it in self.turns if it[1].change < 0), key=lambda it: it[1].change, default=None)

    @property
    def largest_loss(self) -> tuple[Day, Turn] | None:
        """Whose turn would have come later by the most."""
        return max((it for it in self.turns if it[1].change > 0), key=lambda it: it[1].change, default=None)

    @property
    def beyond_recalls(self) -> int:
        """How many were seen who had been recalled more often than the tried rule allows."""
        return sum(turn.visit.recalls > self.tried.max_recalls for _, turn in self.turns)


def try_on_last_week(*, clinic: Clinic, doctor: Doctor | None, tried: Rule) -> Week:
    """Last week under another rule: of one doctor, or of all who go by the clinic's own."""
    own = {rule.doctor_id: rule for rule in LateRule.objects.filter(clinic=clinic)}
    today = clinic.today()
    queues = Queue.objects.filter(clinic=clinic, date__gte=today - timedelta(days=DAYS), date__lt=today)
    queues = queues.filter(doctor=doctor) if doctor else queues.exclude(doctor__in=own)
    queues = queues.select_related("doctor").order_by("date", "doctor__name")
    visits = _visits([queue.pk for queue in queues])
    days = (
        dry_run.compare(
            doctor=queue.doctor.short_name, slug=queue.doctor.slug, on=queue.date, visits=visits[queue.pk],
            now=rule_for(clinic, own.get(queue.doctor_id)), tried=tried,
        )
        for queue in queues if visits[queue.pk]
    )  # fmt: skip
    return Week(tuple(days), tried)


def _visits(queues: list[int]) -> dict[int, list[Visit]]:
    """Everybody who was seen, by queue."""
    first_came = dict(_arrivals(queues).values_list("token_id", "first"))
    found: dict[int, list[Visit]] = defaultdict(list)
    rows = Token.objects.filter(queue__in=queues).filter(state__in=(State.COMPLETED, State.CONSULTING)).values_list(
        "id", "queue_id", "number", "promised_at", "due_at", "arrived_at", "consulting_at", "is_first", "mode",
        "recalls",
    )  # fmt: skip
    for key, queue, number, promised, due, arrived, seen, is_first, mode, recalls in rows:
        here = min(arrived, seen)  # a clock that was put back must not stop anybody
        came, is_expected = min(first_came.get(key, here), here), mode == Mode.CLINIC
        found[queue].append(Visit(number, promised or due, came, here, seen, is_first, is_expected, recalls))
    return found


def _arrivals(queues: list[int]) -> QuerySet[TokenEvent]:
    """When each of those who were set aside and called again had first come; the others came when the table says."""
    return (
        TokenEvent.objects.filter(queue__in=queues, token__recalls__gt=0)
        .values("token_id")
        .annotate(first=Min("at", filter=Q(to_state=State.WAITING)))
        .exclude(first=None)
    )
