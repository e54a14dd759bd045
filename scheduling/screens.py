"""The calendar's live fragment: a doctor's free times, as everybody looking at them sees them."""

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from doctors.models import Doctor
from scheduling.days import DoctorPage, doctor_page
from tokens.screens import DRAWN_BY, Screen


def times(doctor_id: int, day: str, how: str) -> SafeString:
    """The times of one day, read anew."""
    doctor = Doctor.objects.select_related("clinic").get(pk=doctor_id)
    return of_page(doctor_page(doctor, asked=day, how=how))


def of_page(shown: DoctorPage) -> SafeString:
    """The times of a page that has been read."""
    text = get_template("scheduling/_times.html").render({"shown": shown, "clinic": shown.doctor.clinic})
    return mark_safe(text.strip())  # noqa: S308


def of_doctor(doctor_id: int, day: str, how: str) -> Screen:
    """The screen of one day of a doctor; `how` patients are seen: clinic, video or home."""
    return Screen("times", ("times", doctor_id), (doctor_id, day, how))


DRAWN_BY["times"] = times
