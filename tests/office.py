"""What the tests of the back office have in common: their marks, addresses, and a row of everything at a clinic."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinics.models import Clinic, User
from doctors.models import Doctor, DoctorDepartment, Photo
from notifications.models import Alert, Dispatch, Policy, Receipt, Sender, Spending, Template
from patients import pins
from patients.models import Patient
from scheduling.models import (
    BookingRules,
    Conflict,
    Hold,
    Holiday,
    PastSlot,
)
from scheduling.slots import rebuild
from tests import cast
from tokens.models import Board, LateRule, QueueEvent, Rating, ReservedNumber, Sheet, StandingBlock

MARKS = [
    pytest.mark.django_db,
    pytest.mark.ignore_template_errors,  # Django's own pages read variables that are not always there
    pytest.mark.usefixtures("quick_passwords"),
]


def at(model: Any, page: str = "changelist", *args: Any) -> str:
    """The address of a page of the back office."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def at_password(user: User) -> str:
    """The address where a user is given a new password."""
    return reverse("admin:auth_user_password_change", args=[user.pk])


def fill(clinic: Clinic, doctor: Doctor, patient: Patient, mark: str) -> None:
    """One row of everything at a clinic, with a mark of the clinic wherever there is room for one."""
    from clinics import audit
    from clinics.models import Department, Room
    from tokens.models import Action

    department = Department.objects.create(clinic=clinic, name=f"{mark} dept")
    DoctorDepartment.objects.create(clinic=clinic, doctor=doctor, department=department)
    Photo.objects.create(clinic=clinic, doctor=doctor, key=mark, image=b"")
    room = Room.objects.create(clinic=clinic, branch=clinic.branches.first(), name=f"{mark} room")
    scanner = cast.equipment(clinic=clinic, name=f"{mark} scanner", room=room)
    cast.maintenance(clinic=clinic, room=room, equipment=scanner, why=f"{mark} painting")
    cast.hours(doctor=doctor)
    cast.override(doctor=doctor, why=f"{mark} camp")
    cast.block(doctor=doctor, why=f"{mark} repairs")
    cast.leave(doctor=doctor, why=f"{mark} wedding", asked_by=cast.staff(clinic=clinic, name=f"{mark} asker"))
    Holiday.objects.create(clinic=clinic, date=clinic.today() + timedelta(days=9), name=f"{mark} day")
    rebuild([doctor.pk])
    booked = cast.appointment(doctor=doctor, patient=patient, cancel_reason=f"{mark} reason")
    booked.token.write_event(None, by=None, why=f"{mark} why", action=Action("issue"), at=booked.starts_at)
    Conflict.objects.create(clinic=clinic, doctor=doctor, appointment=booked, why=f"{mark} away")
    long_over = booked.starts_at - timedelta(days=99)
    PastSlot.objects.create(
        pk=booked.slot_id, clinic=clinic, doctor=doctor, branch=booked.slot.branch, date=long_over.date(),
        starts_at=long_over, ends_at=long_over + timedelta(minutes=10), capacity=1, booked=1, mode=0,
        is_blocked=False, is_void=False,
    )  # fmt: skip
    now = booked.created_at
    Hold.objects.create(
        clinic=clinic, doctor=doctor, slot=booked.slot, browser="secret-of-a-browser", expires_at=booked.starts_at,
        created_at=now,
    )  # fmt: skip
    cast.offer(entry=cast.waits(doctor=doctor, patient=patient), slot=cast.slot(doctor=doctor))
    pins.give(clinic=clinic, phone=patient.phone, by=cast.staff(clinic=clinic, name=f"{mark} giver"))
    Board.objects.create(clinic=clinic, name=f"{mark} board")
    queue = booked.token.queue
    QueueEvent.write(queue, by=None, action=Action("state"), why=f"{mark} state")
    ReservedNumber.objects.create(clinic=clinic, queue=queue, number=90, purpose="vip", note=f"{mark} guest")
    Sheet.objects.create(clinic=clinic, queue=queue, kind="day", state="failed", error=f"{mark} paper")
    StandingBlock.objects.create(clinic=clinic, doctor=doctor, purpose="vip", size=2)
    Rating.objects.create(clinic=clinic, token=booked.token, stars=4, words=f"{mark} was kind")
    LateRule.objects.create(clinic=clinic, doctor=doctor)
    BookingRules.objects.create(clinic=clinic, doctor=doctor)
    message = cast.message(clinic=clinic, kind="alert", to=patient.phone, what=f"{mark} for {patient.name}")
    handed = {"kind": message.kind, "channel": "sms", "text": message.text, "fate": 20, "error": f"{mark} error"}
    dispatch = Dispatch.objects.create(message=message, clinic=clinic, **handed)
    Receipt.objects.create(dispatch=dispatch, fate=20, error_code=mark)
    Policy.objects.create(clinic=clinic)
    Sender.objects.create(clinic=clinic, account_sid=f"AC{mark}", auth_token=f"{mark} secret", sms_from=mark)
    Spending.objects.create(clinic=clinic, month=clinic.today().replace(day=1), paise=100)
    Alert.objects.create(clinic=clinic, kind="dead", said=f"{mark} was not told")
    Template.objects.create(clinic=clinic, kind="near", wording=f"{mark} {{token}}", category="service")
    audit.record(f"{mark}.happened", clinic=clinic, by=None, about=booked)


HILLS_OWN = ["HILL", "Hill Clinic", "hill-clinic", "Hema", "Hari", "Bilal", "98470 00223", "9847000223"]


def leaks(text: str, *, but: str = "") -> list[str]:
    """Hill's own words in a page; `but` is what was typed, which pages repeat."""
    text = re.sub(r"""(csrfmiddlewaretoken" value=|x-csrftoken": )"\w+""", "", text)  # random letters spell names, too
    return [word for word in HILLS_OWN if word in text and word not in but]
