"""The socket of a doctor's free times: whoever may see the page."""

from doctors.models import Doctor
from scheduling.screens import of_doctor
from tokens.consumers import Admission, LiveConsumer


class TimesConsumer(LiveConsumer):
    """The times of one day; who holds or booked them is not said."""

    def admit(self, clinic: str, doctor: str, day: str, how: str) -> Admission | None:
        found = Doctor.objects.active().filter(clinic__slug=clinic, slug=doctor).values_list("pk", flat=True).first()
        return found and (of_doctor(found, day, how), None)
