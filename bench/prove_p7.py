"""P7: two crons for an hour, then none for half of one: no reminder twice, all due ones in the outbox within 60 s.

An hour of the clinics' is played in fast motion: in each process business time comes from a clock that is moved minute
by minute, and two processes sweep at the same moment, on a real PostgreSQL. Seen to fail with the guard off:
OOZHAM_UNPROTECTED=1 sweeps with keys that are never the same twice.
"""

import os
import sys
import time
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from unittest.mock import patch
from uuid import uuid4

CRONS, VISITS, MINUTES, AWAY = 2, 3000, 60, 30
START = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)  # nine in the morning in Kerala
WITHIN = 60.0  # seconds


def run() -> tuple[bool, str]:
    """Whether it holds, and the figures."""
    from django.db import connections

    due = _visits()
    connections.close_all()
    _sweep(range(MINUTES))
    written = _written()
    halfway = len(written)
    due_then = sum(at <= START + timedelta(minutes=MINUTES - 1) for at in due)
    began = time.monotonic()
    _sweep([MINUTES - 1 + AWAY])
    took = time.monotonic() - began
    written = _written()
    doubles = _doubles(written)
    due_now = sum(at <= START + timedelta(minutes=MINUTES - 1 + AWAY) for at in due)
    figure = (
        f"{CRONS} crons for {MINUTES} min: {halfway} of {due_then} due reminders, {doubles} twice; "
        f"none for {AWAY} min, then {len(written) - halfway} of {due_now - due_then} in {took:.1f} s"
    )
    return halfway == due_then and len(written) == due_now and not doubles and took <= WITHIN, figure


def _visits() -> list[datetime]:
    """Visits of 30 doctors over the hours ahead; returns when each reminder is due."""
    from bench import data
    from clinics.sealed import blind_index
    from doctors.models import Doctor
    from patients.models import Patient
    from scheduling.models import Appointment, Slot
    from tokens.models import Queue, Token

    practices = data.practices(30, capacity=1)
    doctors = list(Doctor.objects.filter(pk__in=[it.doctor for it in practices]).select_related("clinic"))
    day, before = START.date(), START - timedelta(days=2)
    due, queues, patients, slots, tokens, visits = [], {}, [], [], [], []
    branch_of = {it.pk: it.clinic.branches.first().pk for it in doctors}
    for doctor in doctors:
        queues[doctor.pk] = Queue.objects.create(clinic=doctor.clinic, doctor=doctor, date=day, last_number=VISITS)
    for number in range(VISITS):
        doctor = doctors[number % len(doctors)]
        which = number // len(doctors)
        starts_at = START + timedelta(hours=2, seconds=which * 90)
        phone = f"+9198{number:08d}"
        patients.append(Patient(name="Anjali Menon", phone=phone, phone_key=blind_index(phone)))
        slots.append(Slot(clinic=doctor.clinic, doctor=doctor, branch_id=branch_of[doctor.pk], date=day,
                          starts_at=starts_at, ends_at=starts_at + timedelta(seconds=90), booked=1))  # fmt: skip
        due.append(starts_at - timedelta(hours=2))
    Patient.objects.bulk_create(patients, batch_size=1000)
    Slot.objects.bulk_create(slots, batch_size=1000)
    for number, (patient, slot) in enumerate(zip(patients, slots, strict=True)):
        tokens.append(Token(clinic_id=slot.clinic_id, queue=queues[slot.doctor_id], number=number + 1, patient=patient,
                            kind="booked", due_at=slot.starts_at))  # fmt: skip
        visits.append(Appointment(clinic_id=slot.clinic_id, doctor_id=slot.doctor_id, slot=slot, token=tokens[-1],
                                  patient=patient, date=day, starts_at=slot.starts_at, fee_paise=0,
                                  created_at=before))  # fmt: skip
    Token.objects.bulk_create(tokens, batch_size=1000)
    Appointment.objects.bulk_create(visits, batch_size=1000)
    return due


def _sweep(minutes: object) -> None:
    """The crons' processes, each sweeping at each of these minutes, both at the same moment."""
    context = get_context("spawn")
    together = context.Barrier(CRONS)
    crons = [context.Process(target=_cron, args=(list(minutes), together)) for _ in range(CRONS)]
    for cron in crons:
        cron.start()
    for cron in crons:
        cron.join()
    if any(cron.exitcode for cron in crons):
        sys.exit("A sweep broke down.")


def _cron(minutes: list[int], together: Barrier) -> None:
    import django

    django.setup()
    from scheduling.services import reminding
    from tests.clock import clock_at

    off = os.environ.get("OOZHAM_UNPROTECTED")
    guard = patch.object(reminding, "_once", lambda kind, visit: f"{uuid4()}") if off else nullcontext()
    with guard, clock_at(START) as clock:
        for minute in minutes:
            clock.now = START + timedelta(minutes=minute)
            together.wait()
            reminding.remind()


def _written() -> Counter[object]:
    """How many reminders are in the outbox about each visit."""
    from notifications.models import Message

    return Counter(Message.objects.filter(kind="soon").values_list("about", flat=True))


def _doubles(written: Counter[object]) -> int:
    return sum(many - 1 for many in written.values())
