"""A clinic's month of messages: what became of them, why some failed, what they cost: a few queries, however many."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from clinics.models import Clinic
from notifications.channels.base import without_numbers
from notifications.channels.reasons import in_words
from notifications.kinds import Kind
from notifications.models import Alert, Dispatch, Message, Policy, Spending
from notifications.wallet import WARNS_AT

State, Reason, Fate = Message.State, Message.Reason, Dispatch.Fate
CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "push": "Web push", "email": "E-mail", "inbox": "Development inbox"}
NO_RECEIPTS = frozenset({"push", "email", "inbox"})  # nobody says of these whether they were delivered


@dataclass(slots=True)
class Row:
    """Messages of one sort by what became of them."""

    name: str
    delivered: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    coming: int = 0

    def count(self, state: str, how_many: int) -> None:
        """Some more, in this state."""
        names = {State.DELIVERED: "delivered", State.SENT: "sent", State.FAILED: "failed", State.DROPPED: "dropped"}
        name = names.get(State(state), "coming")
        setattr(self, name, getattr(self, name) + how_many)

    @property
    def out(self) -> int:
        """Those that a provider took, confirmed or not."""
        return self.delivered + self.sent

    @property
    def total(self) -> int:
        """All of them."""
        return self.out + self.failed + self.dropped + self.coming


@dataclass(frozen=True, slots=True)
class Budget:
    """What a month has cost, in paise, and what it may; of the month that runs, how it goes on."""

    paise: int
    cap: int | None
    reaches: int | None  # what the whole month costs at the pace of its days so far
    full_on: date | None  # when the cap is reached at that pace

    @property
    def left(self) -> int:
        """What is left of the cap."""
        return max((self.cap or 0) - self.paise, 0)

    @property
    def percent(self) -> int:
        """How much of the cap is spent."""
        return min(100, 100 * self.paise // self.cap) if self.cap else 100 if self.cap == 0 else 0

    @property
    def level(self) -> str:
        """Whether it is near the cap, or at it."""
        if self.cap is None or self.percent < WARNS_AT:
            return ""
        return "over" if self.percent >= 100 else "near"


@dataclass(frozen=True, slots=True)
class Ledger:
    """A month of a clinic."""

    month: date
    all: Row
    kinds: list[Row]
    channels: list[Row]
    dropped: list[tuple[str, int]]
    failed: list[tuple[str, int]]
    operators: list[tuple[str, str, str, int]]  # the way, the error code, what it means, how often
    days: list[tuple[date, Row, int]]
    budget: Budget
    alerts: list[Alert] = field(default_factory=list)

    @property
    def share_delivered(self) -> int | None:
        """Of a hundred that could be confirmed or failed, how many were confirmed; None where nobody can say."""
        told = (
            self.all.delivered
            + self.all.failed
            + sum(row.sent for row in self.channels if row.name not in {channel(name) for name in NO_RECEIPTS})
        )
        return 100 * self.all.delivered // told if told else None


def channel(name: str) -> str:
    """How a way is called."""
    return CHANNELS.get(name, name) or "None was tried"


def month_of(text: str, *, today: date) -> date:
    """The first day of a month written 2026-11; of this month where it is none, or still to come."""
    this = today.replace(day=1)
    try:
        asked = datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        return this
    return asked if date(2020, 1, 1) <= asked <= this else this


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


def month_before(month: date) -> date:
    """The first day of the month before."""
    return (month - timedelta(days=1)).replace(day=1)


def ledger(clinic: Clinic, month: date) -> Ledger:
    """All of a month, on the clinic's clock."""
    messages = _within(Message.objects.filter(clinic=clinic), "created_at", clinic, month)
    dispatches = _within(Dispatch.objects.filter(clinic=clinic), "started_at", clinic, month)
    everything, kinds, ways, dropped, failed = Row("All"), {}, {}, Counter(), Counter()
    for kind, way, state, why, count in _counted(messages, "kind", "channel", "state", "reason"):
        for rows, key, name in ((kinds, kind, Kind(kind).label), (ways, way, channel(way))):
            rows.setdefault(key, Row(name)).count(state, count)
        everything.count(state, count)
        if state in {State.DROPPED, State.FAILED}:
            (dropped if state == State.DROPPED else failed)[Reason(why).label] += count
    return Ledger(
        month=month, all=everything, kinds=_most_first(kinds), channels=_most_first(ways),
        dropped=dropped.most_common(), failed=failed.most_common(), operators=_operators(dispatches),
        days=_days(messages, dispatches, clinic, month), budget=_budget(clinic, month),
        alerts=list(Alert.objects.filter(clinic=clinic, closed_at=None)[:5]),
    )  # fmt: skip


def rows_for_a_file(clinic: Clinic, month: date) -> Iterator[tuple[str, str, str, str, str, int, int]]:
    """Each message of a month: kind, way, time, fate, reason, parts and paise. Nobody's name or number."""
    messages = _within(Message.objects.filter(clinic=clinic), "created_at", clinic, month)
    priced = messages.annotate(
        parts=Sum("dispatches__segments"), paise=Sum("dispatches__cost_paise"),
        code=Max("dispatches__error_code", filter=Q(dispatches__fate=Fate.FAILED)),
    ).order_by("created_at")  # fmt: skip
    for it in priced.values_list("kind", "channel", "created_at", "state", "reason", "code", "parts", "paise"):
        kind, way, at, state, why, code, parts, paise = it
        said = "; ".join(filter(None, [Reason(why).label if why else "", in_words(code) if code else ""]))
        yield (
            Kind(kind).label, channel(way), f"{clinic.local(at):%Y-%m-%d %H:%M}", State(state).label, said,
            parts or 0, paise or 0,
        )  # fmt: skip


def _within(rows: QuerySet, name: str, clinic: Clinic, month: date) -> QuerySet:
    """Rows of a month on the clinic's clock; both tables have an index by clinic and this time."""
    since, until = (datetime.combine(day, time(), clinic.tz) for day in (month, next_month(month)))
    return rows.filter(**{f"{name}__gte": since, f"{name}__lt": until})


def _counted(rows: QuerySet, *names: str) -> QuerySet:
    return rows.order_by().values_list(*names).annotate(how_many=Count("pk"))


def _most_first(rows: dict[str, Row]) -> list[Row]:
    return sorted(rows.values(), key=lambda row: (-row.total, row.name))


def _operators(dispatches: QuerySet[Dispatch]) -> list[tuple[str, str, str, int]]:
    """Why providers and operators failed to deliver, the most frequent first."""
    found = (
        dispatches.filter(fate=Fate.FAILED).order_by().values_list("channel", "error_code")
        .annotate(how_many=Count("pk"), said=Max("error")).order_by("-how_many", "channel", "error_code")
    )  # fmt: skip
    return [
        (channel(way), code, in_words(code, without_numbers(said)), how_many) for way, code, how_many, said in found
    ]


def _days(
    messages: QuerySet[Message], dispatches: QuerySet[Dispatch], clinic: Clinic, month: date
) -> list[tuple[date, Row, int]]:
    """Every day of the month with what became of its messages, and what it cost."""
    days = {month + timedelta(days=n): Row("") for n in range((next_month(month) - month).days)}
    by_day = messages.annotate(day=TruncDate("created_at", tzinfo=clinic.tz))
    for day, state, how_many in _counted(by_day, "day", "state"):
        days[day].count(state, how_many)
    spent = dispatches.annotate(day=TruncDate("started_at", tzinfo=clinic.tz)).order_by().values_list("day")
    paise = dict(spent.annotate(paise=Sum(F("cost_paise"))))
    return [(day, row, paise.get(day, 0)) for day, row in days.items()]


def _budget(clinic: Clinic, month: date) -> Budget:
    """What is spent, and how the month goes on at the pace of its days so far."""
    row = Spending.objects.filter(clinic=clinic, month=month).first()
    policy = Policy.objects.filter(clinic=clinic).first()
    paise, cap = row.paise if row else 0, policy.monthly_cap_paise if policy else None
    today = clinic.today()
    if not paise or today.replace(day=1) != month:
        return Budget(paise, cap, None, None)
    days = calendar.monthrange(month.year, month.month)[1]
    reaches = paise * days // today.day
    full_on = None
    if cap is not None and paise < cap < reaches:
        full_on = month + timedelta(days=min(days, -(-cap * today.day // paise)) - 1)
    return Budget(paise, cap, reaches, full_on)
