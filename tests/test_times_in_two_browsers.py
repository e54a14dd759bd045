"""Two patients look at one doctor's times: what one of them taps the other sees held, and free again, as it happens."""

import re
from datetime import time, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from scheduling.models import Hold
from scheduling.slots import make_slots
from tests import cast

PHONE_SIZE = {"width": 360, "height": 740}


@pytest.mark.browser
def test_a_time_somebody_taps_is_held_in_the_other_browser_until_it_is_given_back(windows: Any, served: str) -> None:
    doctor = cast.doctor(clinic=cast.clinic(name="Lake Clinic"))
    day = doctor.clinic.today() + timedelta(days=1)
    cast.override(doctor=doctor, on=day, starts=time(9), ends=time(10), slot_minutes=30)
    make_slots(days=3)
    asha, bilal = windows(size=PHONE_SIZE), windows(size=PHONE_SIZE)
    for page in (asha, bilal):
        page.goto(f"{served}/c/lake-clinic/dr-rao/?day={day}")
        expect(page.locator("button[name=slot]")).to_have_count(2)
    bilal.evaluate("window.loadedOnce = true")
    taken = bilal.locator("ul.slots li").first

    asha.get_by_role("button", name=re.compile("^9:00")).click()
    expect(asha.get_by_text("Held for you")).to_be_visible()
    expect(taken).to_contain_text("held")
    expect(bilal.locator("button[name=slot]")).to_have_count(1)
    expect(bilal.locator("#times")).to_contain_text("1 free")

    asha.get_by_role("button", name="Choose another time").click()
    expect(asha.locator("button[name=slot]")).to_have_count(2)
    expect(taken.get_by_role("button")).to_contain_text("free")
    expect(bilal.locator("#times")).to_contain_text("2 free")
    assert bilal.evaluate("window.loadedOnce")
    assert Hold.objects.get().state == Hold.State.RELEASED
