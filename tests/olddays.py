"""What the tests of old days have in common: visits and times of long ago, and what is kept of them."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command

from scheduling.models import Appointment, Hold, PastSlot, Sitting, Slot
from tests import cast
from tests.clock import ist
from tokens.models import Token
from tokens.states import TIMES, State

TODAY = date(2026, 11, 24)
FACTS = ("id", "clinic_id", "doctor_id", "branch_id", "date", "starts_at", "ends_at", "capacity", "booked", "mode",
         "is_blocked", "is_void")  # fmt: skip


def at(days_ago: int, hour: int = 10, minute: int = 0) -> Any:
    """A time of an earlier day."""
    return ist(f"{TODAY - timedelta(days=days_ago)} {hour:02}:{minute:02}")


def visit(doctor: Any, patient: Any, days_ago: int, token: State = State.BOOKED, **fields: Any) -> Appointment:
    """A confirmed visit of an earlier day, with its hold, whose token has come so far."""
    slot = cast.slot(doctor=doctor, starts_at=at(days_ago), booked=1)
    hold = Hold.objects.create(
        clinic=doctor.clinic, doctor=doctor, slot=slot, browser="b", state=Hold.State.BOOKED,
        created_at=slot.starts_at - timedelta(days=1), expires_at=slot.starts_at,
    )  # fmt: skip
    made = cast.appointment(doctor=doctor, patient=patient, slot=slot, hold=hold, **fields)
    times = {name: slot.starts_at for name, states in TIMES.items() if token in states}
    Token.objects.filter(pk=made.token_id).update(state=token, **times)
    return made


def fill(doctor: Any, days_ago: range, many: int = 3) -> None:
    """Free times on some days, each with a hold that came to nothing, and the day's sitting."""
    for days in days_ago:
        for n in range(many):
            slot = cast.slot(doctor=doctor, starts_at=at(days, 11, 10 * n), capacity=2)
            Hold.objects.create(
                clinic=doctor.clinic, doctor=doctor, slot=slot, browser=f"b{n}", state=Hold.State.RELEASED,
                created_at=slot.starts_at - timedelta(hours=9), expires_at=slot.starts_at - timedelta(hours=8),
            )  # fmt: skip
        Sitting.objects.create(
            clinic=doctor.clinic, doctor=doctor, branch=doctor.clinic.branches.get(), source="weekly",
            date=at(days).date(), starts_at=at(days, 11), ends_at=at(days, 12), grid_from=at(days, 11),
            slot_minutes=10, capacity=2,
        )  # fmt: skip


def kept() -> dict[str, Any]:
    """Everything that archiving touches."""
    return {
        "slots": list(Slot.objects.order_by("pk").values_list(*FACTS)),
        "past": list(PastSlot.objects.order_by("pk").values_list(*FACTS)),
        "holds": list(Hold.objects.order_by("pk").values_list("pk", "slot")),
        "sittings": list(Sitting.objects.order_by("pk").values_list("pk", "date")),
        "visits": list(Appointment.objects.order_by("pk").values_list("pk", "state", "slot", "hold", "date")),
    }


def run(**options: Any) -> str:
    """What the command says."""
    out = StringIO()
    call_command("archive_days", stdout=out, **options)
    return out.getvalue()
