"""The demo that a newcomer meets: filled like a real Kerala, and ready to be booked."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from config.demo.cast import SMALLEST
from doctors.models import Doctor
from notifications.models import Dispatch, Message, Spending
from scheduling.free import free_slots
from scheduling.models import Appointment
from tests.clock import clock_at
from tokens.models import Token
from tokens.states import State

pytestmark = pytest.mark.django_db


def test_the_smallest_demo_can_be_booked_and_has_a_past(client: Any) -> None:
    with clock_at("2026-11-24 10:00"):  # a Tuesday morning: somebody waits
        call_command("seed_demo", doctors=SMALLEST, days=3, history=2, stdout=StringIO())
        doctors = Doctor.objects.filter(is_bookable_online=True).count()
        assert doctors >= SMALLEST / 2
        assert set(Doctor.objects.values_list("is_shown", flat=True)) == {True}
        assert Token.objects.filter(state=State.COMPLETED).exists()
        assert Token.objects.filter(state=State.WAITING).exists()
        assert Appointment.objects.active().exists()
        assert free_slots(timezone.now()).exists()
        page = client.get("/c/lake-clinic/dr-rao/").content.decode()
        assert "Choose a time" in page
        assert 'name="slot"' in page
        assert Message.objects.dead().exists()
        assert len(Message.objects.to_telephone()) >= 2
        assert Spending.objects.get(clinic__slug="lake-clinic").paise == sum(
            Dispatch.objects.values_list("cost_paise", flat=True)
        )
