"""The facts that the database itself insists on, whatever the code does."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinics import audit
from clinics.models import AuditEvent
from doctors.models import DoctorDepartment, Photo
from scheduling.models import Appointment, BookingRules, Hold, Slot
from tests import cast
from tests.refusing import refused_by
from tokens import services
from tokens.models import Queue, Token, TokenEvent
from tokens.states import TIMES, State

pytestmark = pytest.mark.django_db

B, W, C, L, S, D, X = State

WITHIN_A_CLINIC = """
SELECT source.relname, array_agg(col.attname::text)
FROM pg_constraint
JOIN pg_class AS source ON source.oid = conrelid
JOIN pg_attribute AS col ON col.attrelid = conrelid AND col.attnum = ANY (conkey)
WHERE contype = 'f'
  AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = conrelid AND attname = 'clinic_id')
  AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = confrelid AND attname = 'clinic_id')
GROUP BY conname, source.relname
"""
# Set by one service each, beside a column that is tied to the clinic.
BY_KEY_ALONE = {
    "notifications_dispatch.message_id",  # written by the claim, from its message
    "clinics_room.branch_id",
    "scheduling_hold.slot_id",
    "scheduling_appointment.slot_id",
    "scheduling_appointment.hold_id",
    "scheduling_conflict.appointment_id",
    "scheduling_conflict.alternative_id",
    "scheduling_offer.hold_id",
    "tokens_token.moved_to_id",
}


# ── what the database refuses of tokens ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("name", "state"), list(product(TIMES, State)))
def test_a_time_stands_exactly_where_its_state_says_so(queue: Queue, asha: Any, name: str, state: State) -> None:
    wrong = None if state in TIMES[name] else timezone.now()
    with refused_by(f"tokens_say_{name}_when_they_must"):
        cast.standing(queue=queue, patient=asha, state=state, **{name: wrong})
    cast.standing(queue=queue, patient=asha, state=state)


def test_a_number_is_given_once(queue: Queue, asha: Any, bilal: Any) -> None:
    cast.token(queue=queue, patient=asha)
    with refused_by("one_token_per_number"):
        Token.objects.create(
            clinic=queue.clinic, queue=queue, number=1, patient=bilal, kind="walkin", due_at=timezone.now()
        )


def test_there_is_no_token_zero_and_no_unknown_state(queue: Queue, asha: Any) -> None:
    token = cast.token(queue=queue, patient=asha)
    with refused_by("numbers_begin_at_one"):
        Token.objects.filter(pk=token.pk).update(number=0)
    with refused_by("tokens_have_a_known_state"):
        Token.objects.filter(pk=token.pk).update(state="lost")


def test_only_one_is_inside(queue: Queue, asha: Any, bilal: Any) -> None:
    cast.standing(queue=queue, patient=asha, state=C)
    with refused_by("one_consulting_token_per_queue"):
        cast.standing(queue=queue, patient=bilal, state=C)


def test_nobody_stands_in_a_line_twice(queue: Queue, asha: Any) -> None:
    cast.standing(queue=queue, patient=asha, state=D)
    cast.standing(queue=queue, patient=asha, state=W)
    with refused_by("one_live_token_per_patient_and_queue"):
        cast.standing(queue=queue, patient=asha, state=B)


def test_a_doctor_has_one_queue_a_day(queue: Queue) -> None:
    with refused_by("one_queue_per_doctor_and_day"):
        Queue.objects.create(clinic=queue.clinic, doctor=queue.doctor, date=queue.date)


# ── what the database refuses of times ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("held", "booked"), [(2, 0), (0, 2), (1, 1)])
def test_a_slot_is_never_oversold(dr_rao: Any, held: int, booked: int) -> None:
    slot = cast.slot(doctor=dr_rao)
    with refused_by("slots_are_never_oversold"):
        Slot.objects.filter(pk=slot.pk).update(held=held, booked=booked)


@pytest.mark.parametrize("counter", ["held", "booked"])
def test_a_slot_never_owes_a_place(dr_rao: Any, counter: str) -> None:
    slot = cast.slot(doctor=dr_rao)
    with refused_by("slots_are_never_owed|_check"):
        Slot.objects.filter(pk=slot.pk).update(**{counter: -1})


def test_slots_of_a_doctor_do_not_overlap_and_another_doctors_may(dr_rao: Any) -> None:
    nine = timezone.now() + timedelta(days=1)
    cast.slot(doctor=dr_rao, starts_at=nine)
    with refused_by("slots_of_a_doctor_never_overlap"):
        cast.slot(doctor=dr_rao, starts_at=nine + timedelta(minutes=9))
    cast.slot(doctor=dr_rao, starts_at=nine + timedelta(minutes=10))
    cast.slot(doctor=cast.doctor(clinic=dr_rao.clinic, name="Anil Kurian"), starts_at=nine)


def test_a_browser_holds_one_time_of_a_doctor(dr_rao: Any) -> None:
    first, second = cast.slot(doctor=dr_rao), cast.slot(doctor=dr_rao)
    fields = {"clinic": dr_rao.clinic, "doctor": dr_rao, "browser": "a browser"}
    soon = timezone.now() + timedelta(minutes=10)
    Hold.objects.create(slot=first, expires_at=soon, state=Hold.State.RELEASED, **fields)
    Hold.objects.create(slot=first, expires_at=soon, **fields)
    with refused_by("one_live_hold_per_browser_and_doctor"):
        Hold.objects.create(slot=second, expires_at=soon, **fields)
    with refused_by("holds_last_a_while"):
        Hold.objects.create(slot=second, expires_at=timezone.now() - timedelta(days=1), **fields | {"browser": "b"})


def test_a_patient_has_one_visit_to_a_doctor_on_a_day(dr_rao: Any, asha: Any) -> None:
    kept = cast.appointment(doctor=dr_rao, patient=asha)
    other = cast.slot(doctor=dr_rao, starts_at=kept.starts_at + timedelta(minutes=10), booked=1)
    issued = cast.standing(queue=kept.token.queue, patient=cast.patient(name="Neil"), state=B)
    fields = {"clinic": dr_rao.clinic, "doctor": dr_rao, "slot": other, "token": issued, "patient": asha}
    with refused_by("one_active_appointment_per_patient_doctor_and_day"):
        Appointment.objects.create(date=kept.date, starts_at=other.starts_at, fee_paise=0, **fields)
    with refused_by("cancelled_appointments_say_when"):
        Appointment.objects.filter(pk=kept.pk).update(state="cancelled")
    Appointment.objects.filter(pk=kept.pk).update(state="cancelled", cancelled_at=timezone.now())
    Appointment.objects.create(date=kept.date, starts_at=other.starts_at, fee_paise=0, **fields)


# ── what is kept, and what belongs together ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("change", ["update", "delete"])
@pytest.mark.parametrize("model", [AuditEvent, TokenEvent])
def test_what_happened_is_neither_changed_nor_deleted(
    queue: Queue, asha: Any, reena: Any, model: Any, change: str
) -> None:
    services.issue(queue=queue, patient=asha, kind=Token.Kind.WALK_IN, by=reena)
    audit.record("token.added", clinic=queue.clinic, by=reena, about=queue)
    kept = list(model.objects.values())
    rows = model.objects.filter(pk=kept[0]["id"])
    with pytest.raises(IntegrityError, match="are kept as they were written"), transaction.atomic():
        rows.update(by=None) if change == "update" else rows._raw_delete("default")
    assert list(model.objects.values()) == kept


def foreign(lake: Any, hill: Any, dr_rao: Any, dr_hari: Any, asha: Any) -> dict[str, Any]:
    """Each table with one of Lake's rows, and the column that is made to point to Hill's."""
    lakes, hills = cast.queue(doctor=dr_rao), cast.queue(doctor=dr_hari, on=lake.today() + timedelta(days=60))
    hold = {"clinic": lake, "doctor": dr_rao, "slot": cast.slot(doctor=dr_rao), "browser": "b"}
    department, room = hill.departments.create(name="Eyes"), hill.rooms.create(name="1", branch=hill.branches.get())
    return {
        "queue.doctor": (lakes, {"doctor": dr_hari}),
        "token.queue": (cast.standing(queue=lakes, patient=asha, state=B), {"queue": hills, "number": 9}),
        "slot.doctor": (cast.slot(doctor=dr_rao), {"doctor": dr_hari}),
        "slot.branch": (cast.slot(doctor=dr_rao), {"branch": hill.branches.get()}),
        "hours.doctor": (cast.hours(doctor=dr_rao), {"doctor": dr_hari}),
        "hours.branch": (cast.hours(doctor=dr_rao, weekday=1), {"branch": hill.branches.get()}),
        "hold.doctor": (
            Hold.objects.create(expires_at=timezone.now() + timedelta(minutes=9), **hold), {"doctor": dr_hari}
        ),
        "appointment.doctor": (cast.appointment(doctor=dr_rao, patient=cast.patient()), {"doctor": dr_hari}),
        "appointment.token": (
            cast.appointment(doctor=dr_rao, patient=cast.patient()),
            {"token": cast.standing(queue=hills, patient=cast.patient(), state=B)},
        ),
        "hours.room": (cast.hours(doctor=dr_rao, weekday=2), {"room": room}),
        "override.doctor": (cast.override(doctor=dr_rao), {"doctor": dr_hari}),
        "holiday.branch": (lake.holidays.create(date=lake.today(), name="Onam"), {"branch": hill.branches.get()}),
        "block.doctor": (cast.block(doctor=dr_rao), {"doctor": dr_hari}),
        "leave.doctor": (cast.leave(doctor=dr_rao), {"doctor": dr_hari}),
        "rules.doctor": (BookingRules.objects.create(clinic=lake, doctor=dr_rao), {"doctor": dr_hari}),
        "doctor.department": (dr_rao, {"department": department}),
        "doctor.room": (dr_rao, {"room": room}),
        "its branch": (dr_rao.at_branches.get(), {"branch": hill.branches.get()}),
        "its branch's doctor": (dr_rao.at_branches.get(), {"doctor": dr_hari}),
        "its department": (
            DoctorDepartment.objects.create(
                clinic=lake, doctor=dr_rao, department=lake.departments.create(name="Ears")
            ),
            {"department": department},
        ),
        "its photo": (Photo.objects.create(clinic=lake, doctor=dr_rao, key="k", image=b""), {"clinic": hill}),
    }  # fmt: skip


def test_no_row_points_to_another_clinics(lake: Any, hill: Any, dr_rao: Any, dr_hari: Any, asha: Any) -> None:
    rows = foreign(lake, hill, dr_rao, dr_hari, asha)
    for row, change in rows.values():
        with refused_by("same_clinic"):
            type(row).objects.filter(pk=row.pk).update(**change)


def test_every_row_that_points_within_a_clinic_takes_the_clinic_along() -> None:
    with connection.cursor() as cursor:
        cursor.execute(WITHIN_A_CLINIC)
        by_key_alone = {f"{source}.{columns[0]}" for source, columns in cursor.fetchall() if len(columns) == 1}
    assert by_key_alone == BY_KEY_ALONE
