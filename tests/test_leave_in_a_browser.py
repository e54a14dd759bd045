"""Leave in two windows: the doctor sees whom it would affect while typing, the admin approves, reception sees who."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from clinics.models import Role
from scheduling.models import Appointment, Slot
from scheduling.slots import make_slots
from tests import cast

PHONE_SIZE = {"width": 360, "height": 740}
DESK_SIZE = {"width": 1280, "height": 900}


@pytest.fixture
def people(served: str) -> dict[str, Any]:
    """Dr Rao, for whom two are booked on one day of next week; and Lekha, who runs the clinic."""
    lake = cast.clinic(name="Lake Clinic")
    rao = cast.staff(clinic=lake, name="Kavitha Rao", role=Role.DOCTOR)
    doctor = cast.doctor(clinic=lake, user=rao)
    for weekday in range(7):
        cast.hours(doctor=doctor, weekday=weekday)
    make_slots(days=12)
    day = lake.today() + timedelta(days=7)
    for slot, name in zip(Slot.objects.filter(date=day)[:2], ("Asha Thomas", "Bilal Rahman"), strict=True):
        slot.booked = 1
        slot.save()
        cast.appointment(doctor=doctor, patient=cast.patient(name=name, phone=None), slot=slot)
    lekha = cast.staff(clinic=lake, name="Lekha", role=Role.ADMIN)
    return {"rao": rao, "lekha": lekha, "day": day}


@pytest.mark.browser
def test_whoever_asks_for_leave_sees_whom_it_affects_and_the_clinic_settles_it(
    windows: Any, served: str, people: dict[str, Any]
) -> None:
    day = people["day"]
    rao = windows(size=PHONE_SIZE, who=people["rao"])
    rao.goto(f"{served}/leave/")
    rao.evaluate("window.loadedOnce = true")
    impact = rao.locator("#impact")
    before = day - timedelta(days=1)
    rao.get_by_label("From", exact=True).fill(before.isoformat())
    rao.get_by_label("To", exact=True).fill(before.isoformat())
    expect(impact).to_contain_text("Nobody is booked then.")
    rao.get_by_label("To", exact=True).fill(day.isoformat())
    expect(impact).to_contain_text("2 visits would be affected.")
    expect(impact.get_by_role("listitem")).to_contain_text(["Asha Thomas", "Bilal Rahman"])
    assert rao.evaluate("window.loadedOnce")
    rao.get_by_role("button", name="Ask for leave").click()
    expect(rao.get_by_text("Asked for: Dr Rao away")).to_be_visible()
    assert Appointment.objects.active().count() == 2

    lekha = windows(size=DESK_SIZE, who=people["lekha"])
    lekha.goto(f"{served}/leave/")
    lekha.get_by_text("Whom it affects, and decide").click()
    expect(lekha.locator("details #impact")).to_contain_text("2 visits would be affected.")
    lekha.get_by_role("button", name="Approve", exact=True).click()
    expect(lekha.get_by_text("2 told, with a time kept for each.")).to_be_visible()
    lekha.goto(f"{served}/changes/lake-clinic/")
    to_settle = lekha.locator("article", has_text="To settle 2")
    expect(to_settle).to_contain_text("Asha Thomas")
    expect(to_settle).to_contain_text("Bilal Rahman")

    rao.reload()
    expect(rao.locator("article", has_text="Decided")).to_contain_text("Approved")
