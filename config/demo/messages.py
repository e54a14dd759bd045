"""A month of messages of Lake Clinic: what became of them, what they cost, and a few that reached nobody."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta

from clinics.models import Clinic
from clinics.sealed import blind_index
from config.demo import cast
from config.demo.moments import uuid_at
from notifications.gsm import segments
from notifications.kinds import KINDS
from notifications.models import Alert, Dispatch, Message, Policy, Receipt, Spending
from notifications.models.clinic import usual_kinds
from notifications.samples import values_for

CAP, SMS, WHATSAPP = 15000, 25, 15  # paise
A_DAY = 14
USUAL = ("booked", "booked", "booked", "evening", "evening", "soon", "near", "added", "moved", "cancelled", "delayed")
Fate, State = Dispatch.Fate, Message.State
# Of a hundred: confirmed by WhatsApp, by SMS, sent without word, dropped, and refused by the operator with this code.
SHARES = (("whatsapp", 48), ("sms", 38), ("sent", 8), ("dropped", 4), ("30003", 1), ("21614", 1))


def make_messages(seed: int, now: datetime, *, days: int) -> int:
    """Write them, the same for the same seed; returns how many."""
    clinic, rng = Clinic.objects.get(slug=cast.LAKE.slug), random.Random(f"{seed} messages")
    Policy.objects.create(clinic=clinic, monthly_cap_paise=CAP, kinds=[*usual_kinds(), "thanks"])
    messages: list[Message] = []
    dispatches: list[Dispatch] = []
    midnight = clinic.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(days, -1, -1):
        for _ in range(rng.randint(A_DAY - 6, A_DAY + 6)):
            at = midnight - timedelta(days=ago) + timedelta(minutes=rng.randint(8 * 60, 20 * 60))
            if at < now:
                message, handed = _one(rng, clinic, at)
                messages.append(message)
                dispatches += handed
    for kind in ("affected", "moved"):
        message, handed = _to_telephone(rng, clinic, now, kind)
        messages.append(message)
        dispatches.append(handed)
    Message.objects.bulk_create(messages)
    Dispatch.objects.bulk_create(dispatches)
    Receipt.objects.bulk_create(
        Receipt(dispatch=it, fate=it.fate, error_code=it.error_code, at=it.changed_at)
        for it in dispatches if it.fate in {Fate.DELIVERED, Fate.FAILED, Fate.READ}
    )  # fmt: skip
    _spend(clinic, dispatches)
    Alert.objects.create(
        clinic=clinic, kind=Alert.Kind.DEAD, said="Doctor away at the time: 30003 the phone is out of reach",
        opened_at=now - timedelta(minutes=40), last_at=now - timedelta(minutes=12), count=2,
    )  # fmt: skip
    return len(messages)


def _one(rng: random.Random, clinic: Clinic, at: datetime) -> tuple[Message, list[Dispatch]]:
    """A message and how it was handed over."""
    fate = rng.choices([name for name, _ in SHARES], [share for _, share in SHARES])[0]
    message = _message(rng, clinic, rng.choice(USUAL), at)
    if fate == "dropped":
        message.state = State.DROPPED
        message.reason = rng.choice([Message.Reason.WITHDRAWN, Message.Reason.PASSED, Message.Reason.STOPPED])
        return message, []
    message.channel = "whatsapp" if fate == "whatsapp" else "sms"
    if fate in {"whatsapp", "sms"}:
        message.state, message.sent_at = State.DELIVERED, at
        return message, [_handed(rng, message, at, Fate.DELIVERED)]
    if fate == "sent":
        message.state, message.sent_at = State.SENT, at
        return message, [_handed(rng, message, at, Fate.SENT)]
    message.state, message.reason, message.error = State.FAILED, Message.Reason.REFUSED, fate
    message.useful_until = at + timedelta(hours=1)
    return message, [_handed(rng, message, at, Fate.FAILED, fate)]


def _message(rng: random.Random, clinic: Clinic, kind: str, at: datetime) -> Message:
    """As it was written, to a phone that nobody has."""
    phone = f"+9199{rng.randrange(10**8):08d}"
    values = values_for(kind) | ({"token": str(rng.randint(1, 40))} if "token" in KINDS[kind].variables else {})
    return Message(
        pk=uuid_at(at, rng), clinic=clinic, kind=kind, to=phone, to_key=blind_index(phone),
        variables=json.dumps(values, ensure_ascii=False), urgency=KINDS[kind].urgency, created_at=at, due_at=at,
        useful_until=at + timedelta(minutes=KINDS[kind].useful), attempts=1,
    )  # fmt: skip


def _to_telephone(rng: random.Random, clinic: Clinic, now: datetime, kind: str) -> tuple[Message, Dispatch]:
    """Something that still matters, and that no way has carried."""
    message = _message(rng, clinic, kind, now - timedelta(minutes=rng.randint(10, 40)))
    message.state, message.reason, message.channel = State.FAILED, Message.Reason.REFUSED, "sms"
    message.error, message.useful_until = "30003 the phone is out of reach", now + timedelta(days=1)
    return message, _handed(rng, message, message.created_at, Fate.FAILED, "30003")


def _handed(rng: random.Random, message: Message, at: datetime, fate: int, code: str = "") -> Dispatch:
    """How it was handed over, and what came back a little later."""
    parts = segments(message.text) if message.channel == "sms" else 1
    cost = 0 if code else parts * (SMS if message.channel == "sms" else WHATSAPP)
    return Dispatch(
        pk=uuid_at(at, rng), message=message, clinic=message.clinic, kind=message.kind, channel=message.channel,
        account="platform", provider_id=f"SM{rng.getrandbits(128):032x}", text=message.text, segments=parts,
        cost_paise=cost, fate=fate, started_at=at, changed_at=at + timedelta(seconds=rng.randint(1, 20)),
        error_code=code,
    )  # fmt: skip


def _spend(clinic: Clinic, dispatches: list[Dispatch]) -> None:
    """What each month cost."""
    months: dict[object, int] = {}
    for it in dispatches:
        month = clinic.local(it.started_at).date().replace(day=1)
        months[month] = months.get(month, 0) + it.cost_paise
    Spending.objects.bulk_create(Spending(clinic=clinic, month=month, paise=paise) for month, paise in months.items())
