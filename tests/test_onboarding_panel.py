"""What the back office shows of a doctor on the way: the panel with its reasons and presses, and the list."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinics.models import Clinic, Membership, Role
from doctors.bookability import Fix
from doctors.models import Doctor
from scheduling.bookability import reassess
from scheduling.doctor_page import fix_address
from tests import cast
from tests.doctors_page import CHANGE, LIST

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def test_every_reason_and_every_stage_leads_to_a_place_that_opens(
    lake: Clinic, newman: Doctor, lekha: Any, signed_in: Any
) -> None:
    client = signed_in(lekha)
    for fix in Fix:
        address, _, part = fix_address(newman, fix).partition("#")
        page = client.get(address)
        assert page.status_code == 200, fix
        assert not part or f'id="{part}"' in page.content.decode(), fix


def test_the_panel_says_each_reason_with_its_link(newman: Doctor, lekha: Any, signed_in: Any) -> None:
    page = unescape(signed_in(lekha).get(reverse(CHANGE, args=[newman.pk])).content.decode())
    assert "Why is this doctor not bookable?" in page
    for said in ("The doctor is not active.", "There are no weekly hours.", "No time is free in the next 90 days."):
        assert re.search(rf'{re.escape(said)} <a href="/admin/[^"]+"', page), said
    assert "Before the first patient: 2 of 10 done" in page
    assert "Send for verification</button>" in page
    assert "Activate</button>" not in page


def test_a_stranger_presses_nothing(dr_rao: Doctor, hill: Clinic, hema: Any, reena: Any, signed_in: Any) -> None:
    Membership.objects.filter(user=hema).update(role=Role.ADMIN)
    hema.is_staff = True
    hema.save()
    for what, to in (("status", "inactive"), ("licence", "waiting")):
        address = reverse(f"admin:doctors_doctor_{what}", args=[dr_rao.pk])
        assert signed_in(hema).post(address, {"to": to}).status_code == 404
        assert signed_in(reena).post(address, {"to": to}).status_code == 302
        assert signed_in(hema).get(address).status_code == 405
    dr_rao.refresh_from_db()
    assert (dr_rao.status, dr_rao.licence_status) == ("active", "verified")


def test_a_step_there_is_not_is_not_found(dr_rao: Doctor, lekha: Any, signed_in: Any) -> None:
    address = reverse("admin:doctors_doctor_status", args=[dr_rao.pk])
    assert signed_in(lekha).post(address, {"to": "deleted"}).status_code == 404
    assert signed_in(lekha).post(address).status_code == 404


def test_the_list_says_and_finds_who_may_be_booked(
    lake: Clinic, dr_rao: Doctor, newman: Doctor, lekha: Any, signed_in: Any
) -> None:
    cast.hours(doctor=dr_rao, weekday=lake.today().weekday())
    reassess()
    client, address = signed_in(lekha), reverse(LIST)
    page = client.get(address).content.decode()
    assert "at the desk only" in page
    assert f"{lake.today():%a} {lake.today().day}" in page
    found = {
        value: client.get(address, {"bookable": value}).content.decode() for value in ("patients", "desk", "nobody")
    }
    assert "Kavitha Rao" in found["desk"]
    assert "Anna Newman" in found["nobody"]
    assert "Kavitha Rao" not in found["nobody"] + found["patients"]
    without = client.get(address, {"times": "missing"}).content.decode()
    assert "Kavitha Rao" in without
    assert "Anna Newman" not in without


def test_a_doctors_page_takes_as_many_queries_with_more_hours(
    lake: Clinic, dr_rao: Doctor, lekha: Any, signed_in: Any
) -> None:
    client, address = signed_in(lekha), reverse(CHANGE, args=[dr_rao.pk])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    cast.slot(doctor=dr_rao)
    queries()
    before = queries()
    for number in range(3):
        cast.slot(doctor=dr_rao)
        cast.doctor(clinic=lake, name=f"Number {number}", slug=f"dr-{number}")
    assert queries() == before
