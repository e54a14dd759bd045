"""Adding somebody at the desk: who they are, their number, and the message that says it, in one transaction."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from clinics.models import Clinic, User
from clinics.sealed import blind_index
from notifications import outbox
from notifications.models import Message
from patients.models import Patient, PatientQuerySet
from tokens import services
from tokens.models import Purpose, Queue, Token, TokenError

NAMELESS = "Emergency"


@transaction.atomic
def add(
    *, queue: Queue, kind: str, name: str, age: int | None = None, phone: str = "", once: UUID, by: User, why: str = "",
    patient: UUID | None = None, number: int | str = "auto",
) -> tuple[Token, bool]:  # fmt: skip
    """Give somebody at the desk or on the telephone a number, and send it to their phone, when it is known.

    `patient` is somebody the clinic knows, found while typing. `number` is "next", one that was kept back, or "auto":
    of those kept for phone bookings for somebody on the telephone, else the next.
    Returns the token and whether it is new: sent twice, or for somebody who is in this line, it stays the one token.
    """
    clinic = queue.clinic
    if kind != Token.Kind.EMERGENCY and not queue.doctor.is_bookable_at_desk:
        raise TokenError(f"{queue.doctor.short_name} takes no new patients at present. The clinic’s admin knows why.")
    found = patient and of_clinic(clinic).filter(pk=patient).first()
    patient = found or patient_at_desk(clinic, name=name, phone=phone, age=age, once=once)
    if patient.birth_year is None and age is not None:
        patient.birth_year = Patient.born(age, on=queue.date)
        patient.save(update_fields=["birth_year"])
    theirs = queue.tokens.filter(patient=patient)
    token = (theirs if patient.pk == once else theirs.live()).last()
    if token is not None:
        return token, False
    if number == "auto":
        number = services.next_reserved(queue, Purpose.PHONE) if kind == Token.Kind.PHONE else None
    reserved = None if number == "next" else number
    token = services.issue(queue=queue, patient=patient, kind=kind, by=by, why=why, reserved=reserved)
    if patient.phone:
        outbox.write(
            Message.Kind.ADDED, to=patient.phone, clinic=clinic, about=token.pk, token=token.number,
            doctor=queue.doctor, place=clinic.name, link=settings.PUBLIC_URL + token.get_absolute_url(),
        )  # fmt: skip
    return token, True


def add_emergency(*, queue: Queue, name: str, reason: str, once: UUID, by: User) -> tuple[Token, bool]:
    """Put somebody before everybody who is not an emergency; the name can wait, the reason cannot."""
    why = f"Put first by {by.get_short_name()}: {reason}" if reason else f"Put first by {by.get_short_name()}."
    return add(queue=queue, kind=Token.Kind.EMERGENCY, name=name or NAMELESS, once=once, by=by, why=why[:160])


def patient_at_desk(clinic: Clinic, *, name: str, phone: str, age: int | None = None, once: UUID) -> Patient:
    """Whom the desk means: somebody the clinic knows by this name and phone, else somebody new, written down now."""
    return _known(clinic, name, phone) or _written_down(clinic, name, phone, age, once)


def _known(clinic: Clinic, name: str, phone: str) -> Patient | None:
    """The patient of this name and phone whom the clinic knows already."""
    if not phone:
        return None
    here = of_clinic(clinic).of_phone(phone)
    return next((patient for patient in here if patient.name.casefold() == name.casefold()), None)


def of_clinic(clinic: Clinic | int) -> PatientQuerySet:
    """The patients a clinic knows: written down at its desk, or with a token there."""
    return Patient.objects.filter(Q(registered_at=clinic) | Q(tokens__clinic=clinic)).distinct()


def _written_down(clinic: Clinic, name: str, phone: str, age: int | None, once: UUID) -> Patient:
    """A new patient under the form's own key: of two that come at once, the database lets one in."""
    patient, _ = Patient.objects.get_or_create(
        pk=once,
        defaults={
            "name": name, "phone": phone or None, "phone_key": blind_index(phone) if phone else None,
            "birth_year": Patient.born(age, on=clinic.today()), "registered_at": clinic,
        },
    )  # fmt: skip
    if patient.registered_at_id != clinic.pk:
        raise TokenError("This form was used elsewhere. Load the page again and add the patient once more.")
    return patient
