"""Filters in a browser: the list and the address follow, and without JavaScript they work as well."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import cast
from tests.searching import HERE


@pytest.fixture
def somebody(served: str) -> None:
    """Two doctors with times tomorrow, for the server that browsers see: late in the evening nothing is free today."""
    lake, tomorrow = cast.clinic(name="Lake Clinic"), timezone.localdate() + timedelta(days=1)
    noon = datetime.combine(tomorrow, time(12), timezone.get_current_timezone())
    for name, gender in (("Kavitha Rao", "f"), ("Joseph Kurian", "m")):
        doctor = cast.doctor(clinic=lake, name=name, gender=gender, languages=["Malayalam"])
        cast.slot(doctor=doctor, starts_at=noon)


@pytest.mark.browser
def test_a_changed_filter_changes_the_list_and_the_address_and_keeps_the_focus(
    page: Page, served: str, somebody: None
) -> None:
    day = timezone.localdate() + timedelta(days=1)
    page.goto(f"{served}{HERE}?day={day}")
    page.get_by_text("Filters (1 chosen)").click()
    page.get_by_label("Doctor", exact=True).focus()
    page.get_by_label("Doctor", exact=True).select_option("f")
    expect(page).to_have_url(f"{served}{HERE}?day={day}&gender=f")
    expect(page.get_by_role("link", name="Dr Kavitha Rao", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Dr Joseph Kurian", exact=True)).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="1 doctor")).to_be_visible()
    expect(page.get_by_text("Filters (2 chosen)")).to_be_visible()
    expect(page.get_by_label("Doctor", exact=True)).to_be_focused()
    page.get_by_role("link", name="A woman: remove").click()
    expect(page.get_by_role("link", name="Dr Joseph Kurian", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="A woman: remove")).to_be_visible()


@pytest.mark.browser
def test_filters_work_without_javascript(browser: Any, served: str, somebody: None) -> None:
    page = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    page.goto(served + HERE)
    page.locator("summary").click()
    page.get_by_label("Doctor", exact=True).select_option("m")
    page.get_by_role("button", name="Show doctors").click()
    expect(page).to_have_url(f"{served}{HERE}?gender=m")
    expect(page.get_by_role("link", name="Dr Joseph Kurian", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Dr Kavitha Rao", exact=True)).to_have_count(0)
