"""What the tests of a doctor’s page in the back office have in common: its address, a press, and what is sent."""

from typing import Any

from django.urls import reverse

from doctors.models import Doctor

CHANGE, LIST = "admin:doctors_doctor_change", "admin:doctors_doctor_changelist"


def press(client: Any, doctor: Doctor, what: str, **sent: str) -> str:
    """What is said after a press in the panel."""
    answer = client.post(reverse(f"admin:doctors_doctor_{what}", args=[doctor.pk]), sent, follow=True)
    doctor.refresh_from_db()
    return " ".join(str(message) for message in answer.context["messages"])


def form(doctor: Doctor, **typed: Any) -> dict[str, Any]:
    """The doctor's page as it is sent, with something else typed."""
    counts = {
        f"{name}-{count}_FORMS": 0 for name in ("at_branches", "in_departments") for count in ("TOTAL", "INITIAL")
    }
    as_it_is = {
        "name": doctor.name, "specialty": doctor.specialty_id, "consultation_minutes": 10, "follow_up_days": 7,
        "fee_paise": doctor.fee_paise, "council": doctor.council, "registration_number": doctor.registration_number,
        "qualifications": doctor.qualifications, "languages": ",".join(doctor.languages),
    }  # fmt: skip
    return counts | as_it_is | typed
