"""The people and places of the tests: keyword-only builders with sensible defaults, each saving what it makes."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from clinics.models import Branch, City, Clinic, District, Equipment, Membership, Role, Room, User
from clinics.sealed import blind_index
from doctors.models import Doctor, DoctorBranch, Specialty
from doctors.states import CHECKED
from notifications import letters
from notifications.models import Message
from patients.models import Patient
from scheduling.models import (
    Appointment,
    Block,
    DateOverride,
    Hold,
    LeaveRequest,
    Maintenance,
    Offer,
    Slot,
    WaitlistEntry,
    WeeklyHours,
)
from tokens.models import Queue, Token
from tokens.states import TIMES, State

ASHAS_PHONE = "+919847000112"
BILALS_PHONE = "+919847000223"
HEMAS_PHONE = "+919847000334"


def city(*, name: str = "Kochi", district: str = "Ernakulam") -> City:
    """A city, made the first time it is named."""
    where, _ = District.objects.get_or_create(slug=slugify(district), defaults={"name": district})
    return City.objects.get_or_create(slug=slugify(name), defaults={"name": name, "district": where})[0]


def clinic(*, name: str = "Lake Clinic", **fields: Any) -> Clinic:
    """An approved clinic with one branch in Kochi."""
    fields = {"slug": slugify(name), "status": Clinic.Status.APPROVED} | fields
    made = Clinic.objects.create(name=name, **fields)
    Branch.objects.create(clinic=made, city=city(), locality="Kaloor")
    return made


def specialty(*, name: str = "General medicine") -> Specialty:
    """A specialty, made the first time it is named."""
    fields = {"name": name, "clinical_name": name}
    return Specialty.objects.get_or_create(slug=slugify(name), defaults=fields)[0]


def doctor(*, clinic: Clinic, name: str = "Kavitha Rao", **fields: Any) -> Doctor:
    """A doctor who sees patients and whom they may book; for another, say what is different."""
    fields = {
        "slug": slugify(f"dr {name.rsplit(maxsplit=1)[-1]}"),
        "status": Doctor.Status.ACTIVE,
        "fee_paise": 30000,
        "qualifications": "MBBS, MD",
        "languages": ["Malayalam"],
        "council": "Travancore-Cochin Medical Council",
        "registration_number": "12345",
        "licence_status": Doctor.Licence.VERIFIED,
        **dict.fromkeys(["is_shown", "is_open_online", "is_bookable_at_desk"], True),
    } | fields
    fields["specialty"] = fields.get("specialty") or specialty()
    if fields["licence_status"] in CHECKED:
        fields.setdefault("licence_checked_at", timezone.now())
    made = Doctor.objects.create(clinic=clinic, name=name, **fields)
    if branch := clinic.branches.first():
        DoctorBranch.objects.create(clinic=clinic, doctor=made, branch=branch)
    return made


def staff(
    *, clinic: Clinic | None = None, role: Role = Role.RECEPTIONIST, name: str = "Reena", email: str = "", **fields: Any
) -> User:
    """Somebody who works at a clinic; without a password unless one is given, since hashing is slow."""
    fields.setdefault("is_staff", clinic is not None and role == Role.ADMIN)
    email = email or f"{slugify(name)}@{clinic.slug if clinic else 'oozham'}.example"
    made = User.objects.create_user(email, name=name, **fields)
    if clinic is not None:
        Membership.objects.create(user=made, clinic=clinic, role=role)
    return made


def operator(*, name: str = "Omana", **fields: Any) -> User:
    """Somebody who runs the platform."""
    return User.objects.create_superuser(f"{slugify(name)}@oozham.example", name=name, **fields)


def phone_user(*, phone: str = ASHAS_PHONE) -> User:
    """A phone that has proved itself."""
    return User.objects.with_phone(phone)


def patient(*, name: str = "Asha Thomas", phone: str | None = ASHAS_PHONE, **fields: Any) -> Patient:
    """Somebody who is treated."""
    key = blind_index(phone) if phone else None
    return Patient.objects.create(name=name, phone=phone, phone_key=key, **({"birth_year": 1988} | fields))


def queue(*, doctor: Doctor, on: date | None = None) -> Queue:
    """A doctor's day: today's, made the first time it is named."""
    day = on or doctor.clinic.today()
    return Queue.objects.get_or_create(doctor=doctor, date=day, defaults={"clinic": doctor.clinic})[0]


def token(*, queue: Queue, patient: Patient, **fields: Any) -> Token:
    """The next number of a queue, straight into the table: where a test is not about issuing."""
    queue.last_number += 1
    queue.save(update_fields=["last_number"])
    fields = {"kind": Token.Kind.BOOKED, "due_at": timezone.now() + timedelta(hours=1)} | fields
    return Token.objects.create(
        clinic_id=queue.clinic_id, queue=queue, number=queue.last_number, patient=patient, **fields
    )


def standing(*, queue: Queue, patient: Patient, state: State, **fields: Any) -> Token:
    """A token in a state, with the times that belong to it."""
    times = {name: timezone.now() for name, states in TIMES.items() if state in states}
    return token(queue=queue, patient=patient, state=state, **(times | fields))


def slot(*, doctor: Doctor, starts_at: datetime | None = None, minutes: int = 10, **fields: Any) -> Slot:
    """A bookable time: unless one is given, from an hour ahead, each ten minutes after the doctor's one before."""
    starts_at = starts_at or timezone.now().replace(second=0, microsecond=0) + timedelta(
        minutes=70 + 10 * Slot.objects.filter(doctor=doctor).count()
    )
    return Slot.objects.create(
        clinic=doctor.clinic, doctor=doctor, branch=doctor.clinic.branches.first(),
        date=doctor.clinic.local(starts_at).date(), starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes), **fields,
    )  # fmt: skip


def appointment(*, doctor: Doctor, patient: Patient, **fields: Any) -> Appointment:
    """A confirmed booking with its slot and token, straight into the tables."""
    time_ = fields.pop("slot", None) or slot(doctor=doctor, booked=1)
    issued = token(queue=queue(doctor=doctor, on=time_.date), patient=patient, due_at=time_.starts_at)
    return Appointment.objects.create(
        clinic=doctor.clinic, doctor=doctor, slot=time_, token=issued, patient=patient, date=time_.date,
        starts_at=time_.starts_at, fee_paise=doctor.fee_paise, **fields,
    )  # fmt: skip


def hours(
    *, doctor: Doctor, weekday: int = 0, starts: time = time(9), ends: time = time(12), **fields: Any
) -> WeeklyHours:
    """A sitting of a doctor."""
    return WeeklyHours.objects.create(
        clinic=doctor.clinic, doctor=doctor, branch=doctor.clinic.branches.first(), weekday=weekday, starts=starts,
        ends=ends, **fields,
    )  # fmt: skip


def override(
    *, doctor: Doctor, on: date | None = None, starts: time = time(17), ends: time = time(19), **fields: Any
) -> DateOverride:
    """A sitting on one date, today's unless one is given."""
    return DateOverride.objects.create(
        clinic=doctor.clinic, doctor=doctor, branch=doctor.clinic.branches.first(), date=on or doctor.clinic.today(),
        starts=starts, ends=ends, **fields,
    )  # fmt: skip


def leave(
    *, doctor: Doctor, starts_at: datetime | None = None, ends_at: datetime | None = None,
    state: str = LeaveRequest.State.APPROVED, **fields: Any,
) -> LeaveRequest:  # fmt: skip
    """A leave straight into the table, approved unless said otherwise; tomorrow's hours unless given."""
    starts_at = starts_at or timezone.now() + timedelta(days=1)
    fields.setdefault("asked_by", doctor.user or operator(name=f"Asker {LeaveRequest.objects.count()}"))
    if state != LeaveRequest.State.ASKED:
        fields.setdefault("decided_at", timezone.now())
    return LeaveRequest.objects.create(
        clinic=doctor.clinic, doctor=doctor, starts_at=starts_at, ends_at=ends_at or starts_at + timedelta(hours=8),
        state=state, **fields,
    )  # fmt: skip


def block(*, doctor: Doctor, starts_at: datetime | None = None, hours: int | None = 4, **fields: Any) -> Block:
    """A time a doctor is kept away, from tomorrow unless said otherwise; `hours` None is until further notice."""
    starts_at = starts_at or timezone.now() + timedelta(days=1)
    ends_at = None if hours is None else starts_at + timedelta(hours=hours)
    return Block.objects.create(
        clinic=doctor.clinic, doctor=doctor, starts_at=starts_at, ends_at=ends_at, **({"why": "Repairs"} | fields)
    )


def message(
    *, kind: str = "code", to: str = ASHAS_PHONE, clinic: Clinic | None = None, due_at: datetime | None = None,
    **variables: Any,
) -> Message:  # fmt: skip
    """A message straight into the outbox, due now unless said otherwise; nobody is called to send it."""
    made = letters.made(kind, letters.Letter(to=to, about=None, variables=variables), clinic=clinic,
                        due_at=due_at or timezone.now())  # fmt: skip
    made.save()
    return made


def todays_token(*, token: int = 13, **other: Any) -> dict[str, Any]:
    """The words of a message with today's token, as it is sent when one is given at the desk."""
    link = f"http://localhost/t/{token}/"
    return {"token": token, "doctor": "Dr Rao", "place": "Lake Clinic", "link": link} | other


def news(*, clinic: Clinic, **more: Any) -> Message:
    """Today's token for Asha, straight into the outbox; nobody is called to send it."""
    return message(kind="added", clinic=clinic, **todays_token(**more))


def waits(
    *, doctor: Doctor, patient: Patient, first: date | None = None, days: int = 7, **fields: Any
) -> WaitlistEntry:
    """Somebody on a doctor's waitlist, straight into the table: from today, for a week, unless said otherwise."""
    first = first or doctor.clinic.today()
    fields = {"seat": 1, "phone_key": patient.phone_key} | fields
    return WaitlistEntry.objects.create(
        clinic=doctor.clinic, doctor=doctor, patient=patient, first=first, last=first + timedelta(days=days - 1),
        **fields,
    )  # fmt: skip


def offer(*, entry: WaitlistEntry, slot: Slot, minutes: int = 20, **fields: Any) -> Offer:
    """A place held for somebody who waits, straight into the tables."""
    until = timezone.now() + timedelta(minutes=minutes)
    Slot.objects.filter(pk=slot.pk).update(held=slot.held + 1)
    hold = Hold.objects.create(
        clinic=entry.clinic, doctor=entry.doctor, slot=slot, browser=entry.browser, expires_at=until
    )
    WaitlistEntry.objects.filter(pk=entry.pk).update(state=WaitlistEntry.State.OFFERED)
    return Offer.objects.create(clinic=entry.clinic, entry=entry, hold=hold, expires_at=until, **fields)


def room(*, clinic: Clinic, name: str = "Room 2") -> Room:
    """A consulting room of a clinic."""
    return Room.objects.create(clinic=clinic, branch=clinic.branches.first(), name=name)


def equipment(*, clinic: Clinic, name: str = "Ultrasound scanner", room: Room | None = None) -> Equipment:
    """Something that procedures are done with."""
    return Equipment.objects.create(clinic=clinic, name=name, room=room)


def maintenance(*, clinic: Clinic, starts_at: datetime | None = None, hours: int = 4, **fields: Any) -> Maintenance:
    """A time at which a room or a piece of equipment is out of use, from tomorrow unless said otherwise."""
    starts_at = starts_at or timezone.now() + timedelta(days=1)
    ends_at = starts_at + timedelta(hours=hours)
    return Maintenance.objects.create(
        clinic=clinic, starts_at=starts_at, ends_at=ends_at, **({"why": "Painting"} | fields)
    )
