"""A doctor's leave: asked for, decided by the clinic, taken back."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinics import audit
from clinics.models import User
from doctors.models import Doctor
from scheduling.errors import CalendarError
from scheduling.models import Conflict, LeaveRequest
from scheduling.services.sources import changing, impact, touched_by

State = LeaveRequest.State
OVERLAPS = "There is leave at that time already, asked for or approved. Take that back first."


def ask(*, doctor: Doctor, starts_at: datetime, ends_at: datetime, why: str, by: User) -> LeaveRequest:
    """Ask for leave; it changes nothing until the clinic approves. Raises CalendarError in words."""
    if ends_at <= timezone.now():
        raise CalendarError("That time is over.")
    request = _asked(doctor, starts_at, ends_at, by)
    request.why = why
    try:
        with transaction.atomic():
            request.save()
            audit.record("leave.asked", clinic=doctor.clinic, by=by, about=request, doctor=doctor.pk)
    except IntegrityError as error:
        raise CalendarError(_in_words(error)) from error
    return request


def affected(
    *, doctor: Doctor, starts_at: datetime, ends_at: datetime, by: User, asked: LeaveRequest | None = None
) -> list[Conflict]:
    """Whose visits a leave would touch, were it approved now (`asked` already, or still being typed)."""
    tried = asked or _asked(doctor, starts_at, ends_at, by)

    def approve_it() -> None:
        LeaveRequest.objects.filter(pk=tried.pk).delete()
        LeaveRequest.objects.create(
            clinic=doctor.clinic, doctor=doctor, starts_at=starts_at, ends_at=ends_at, asked_by=by, decided_by=by,
            decided_at=timezone.now(), state=State.APPROVED,
        )  # fmt: skip

    try:
        return impact(approve_it, touched_by(tried), by=by)
    except IntegrityError as error:
        raise CalendarError(_in_words(error)) from error


def approve(*, request: LeaveRequest, by: User, answer: str = "") -> list[Conflict]:
    """Approve: the times go, and whoever is booked in them is told and offered another. Returns the visits affected."""
    found: list[Conflict] = []
    with changing(touched_by(request), by=by, found=found):
        _decide(request, State.APPROVED, by, answer)
    return found


def reject(*, request: LeaveRequest, by: User, answer: str) -> None:
    """Say no, and why."""
    if not answer.strip():
        raise CalendarError("Say why: the doctor reads it.")
    with transaction.atomic():
        _decide(request, State.REJECTED, by, answer.strip())


def take_back(*, request: LeaveRequest, by: User) -> None:
    """The doctor, or the clinic, changes their mind: approved leave opens its times again."""
    with changing(touched_by(request), by=by):
        locked = _locked(request)
        if locked.state not in (State.ASKED, State.APPROVED):
            raise CalendarError("This leave has been decided already.")
        if locked.state == State.APPROVED and locked.ends_at <= timezone.now():
            raise CalendarError("This leave is over.")
        _set(locked, State.CANCELLED, by, "")


def _asked(doctor: Doctor, starts_at: datetime, ends_at: datetime, by: User) -> LeaveRequest:
    if ends_at <= starts_at:
        raise CalendarError("The end must be after the start.")
    return LeaveRequest(clinic=doctor.clinic, doctor=doctor, starts_at=starts_at, ends_at=ends_at, asked_by=by)


def _locked(request: LeaveRequest) -> LeaveRequest:
    rows = LeaveRequest.objects.select_for_update(of=("self",)).select_related("clinic", "doctor")
    return rows.get(pk=request.pk)


def _decide(request: LeaveRequest, state: str, by: User, answer: str) -> None:
    locked = _locked(request)
    if locked.state != State.ASKED:
        raise CalendarError("This leave has been decided already.")
    _set(locked, state, by, answer)


def _set(request: LeaveRequest, state: str, by: User, answer: str) -> None:
    request.state, request.decided_by, request.decided_at, request.answer = state, by, timezone.now(), answer
    request.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    audit.record(f"leave.{state}", clinic=request.clinic, by=by, about=request, doctor=request.doctor_id)


def _in_words(error: IntegrityError) -> str:
    if "leave_of_a_doctor_never_overlaps" in str(error):
        return OVERLAPS
    raise error
