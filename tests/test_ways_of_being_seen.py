"""Visits by video and at home, and the reason a patient gives: who needs what, and who may read it."""

from typing import Any

import pytest
from django.db import IntegrityError, connection

from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import Appointment, Mode, Slot
from tests import cast
from tests.clock import Clock, in_days
from tests.phone import ASHA, Phone
from tokens.models import Token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]

ADDRESS = "Thomas Villa, Church Road\nKaloor, Kochi 682017"


def at_three(doctor: Any, mode: Mode) -> Slot:
    """A time of the doctor at three today."""
    return cast.slot(doctor=doctor, starts_at=in_days(0, "15:00"), mode=mode)


def booked(slot: Slot, **terms: str) -> Token:
    """Asha books it."""
    held = services.hold(slot=slot, browser="asha")
    return services.book(hold=held, patient=cast.patient(), by=None, terms=services.Terms(**terms)).token


# ── The reason ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_reason_a_patient_gives_is_read_by_the_doctor_and_by_nobody_else(
    dr_rao: Any, rao: Any, reena: Any, signed_in: Any
) -> None:
    asha = Phone()
    asha.hold(at_three(dr_rao, Mode.CLINIC))
    assert "Reason for the visit, if you like to say" in asha.prove()
    page = asha.press(f"{asha.booking}confirm/", **ASHA, note="  Fever since   Friday ")
    assert "Fever" not in page
    token = Token.objects.get()
    assert token.note == "Fever since Friday"
    assert "Fever since Friday" in signed_in(rao).get("/today/").content.decode()
    assert "Fever since Friday" in signed_in(reena).get("/desk/lake-clinic/dr-rao/1/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM tokens_token")
        assert b"Fever" not in bytes(cursor.fetchone()[0])


def test_a_form_sent_back_keeps_the_reason(dr_rao: Any) -> None:
    asha = Phone()
    asha.hold(at_three(dr_rao, Mode.CLINIC))
    asha.prove()
    asha.press(f"{asha.booking}confirm/", **(ASHA | {"age": "old"}), note="Fever since Friday")
    assert 'value="Fever since Friday"' in asha.html


# ── At home ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_visit_at_home_needs_an_address(dr_rao: Any) -> None:
    asha = Phone()
    page = asha.hold(at_three(dr_rao, Mode.HOME))
    assert "at home" in page
    assert "Address of the house" in asha.prove()
    page = asha.press(f"{asha.booking}confirm/", **ASHA, address="  ", note="Cannot walk")
    assert "Give the address of the house: the doctor comes to you." in page
    assert 'value="Cannot walk"' in asha.html
    assert 'value="Asha Thomas"' in asha.html
    assert not Token.objects.exists()
    page = asha.press(f"{asha.booking}confirm/", **ASHA, address=ADDRESS)
    assert "the doctor comes to your home" in page
    assert "Church Road" not in page


def test_the_address_is_asked_for_by_the_service_and_by_the_database_too(dr_rao: Any, asha: Any) -> None:
    slot = at_three(dr_rao, Mode.HOME)
    with pytest.raises(BookingError, match="Give the address"):
        booked(slot)
    with pytest.raises(IntegrityError, match="visits_at_home_know_where"):
        cast.token(queue=cast.queue(doctor=dr_rao), patient=asha, mode=Mode.HOME)


def test_nobody_waits_for_a_patient_at_home_to_come_to_the_desk(
    dr_rao: Any, reena: Any, rao: Any, signed_in: Any
) -> None:
    token = booked(at_three(dr_rao, Mode.HOME), address=ADDRESS)
    desk = signed_in(reena)
    desk.post("/desk/lake-clinic/dr-rao/call-next/?seen=")
    token.refresh_from_db()
    assert token.state == "consulting"
    assert "Church Road" in desk.get("/desk/lake-clinic/dr-rao/1/").content.decode()
    assert "Where to go" in signed_in(rao).get("/today/").content.decode()
    assert "On the way to you" in desk.get(f"/t/{token.code}/").content.decode()


def test_the_address_goes_along_when_the_day_is_changed(dr_rao: Any) -> None:
    token = booked(at_three(dr_rao, Mode.HOME), address=ADDRESS, note="Cannot walk")
    tomorrow = cast.slot(doctor=dr_rao, starts_at=in_days(1, "15:00"), mode=Mode.HOME)
    moved = services.reschedule(token=token, slot=tomorrow, by=None)
    assert (moved.mode, moved.address, moved.note) == (Mode.HOME, ADDRESS, "Cannot walk")


def test_a_visit_is_not_moved_into_another_way_of_being_seen(dr_rao: Any) -> None:
    token = booked(at_three(dr_rao, Mode.TELE))
    other = cast.slot(doctor=dr_rao, starts_at=in_days(1, "15:00"), mode=Mode.CLINIC)
    with pytest.raises(BookingError, match="A visit by video can be moved to another time by video only"):
        services.reschedule(token=token, slot=other, by=None)
    phone = Phone()
    phone.open(f"/t/{token.code}/move/?mode=clinic")
    assert f'value="{other.pk}"' not in phone.html
    assert 'class="one-way"' in phone.html


# ── By video ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_call_is_open_from_shortly_before_its_time_until_the_visit_is_over(
    dr_rao: Any, noon: Clock, client: Any, settings: Any
) -> None:
    settings.JITSI_BASE_URL = "https://video.lake.example/"
    token = booked(at_three(dr_rao, Mode.TELE))
    way_in = f"/t/{token.code}/video/"
    early = client.get(way_in).content.decode()
    assert "The call opens at 2:45 pm" in early
    assert "lake.example" not in early
    assert client.post(way_in).status_code == 200, "closed: it does not lead there"
    noon.set(f"{in_days(0):%Y-%m-%d} 14:46")
    page = client.get(way_in).content.decode()
    assert "Enter the call" in page
    assert "lake.example" not in page, "the room is told to who enters"
    entered = client.post(way_in)
    assert entered.url.startswith("https://video.lake.example/oozham-")
    assert client.post(way_in).url == entered.url
    token.refresh_from_db()
    assert (token.state, token.arrived_at is not None) == ("waiting", True)
    assert "In the call" in client.get(f"/t/{token.code}/").content.decode()
    noon.set(f"{in_days(0):%Y-%m-%d} 19:01")
    assert "The time of this call is over." in client.get(way_in).content.decode()
    services.cancel(token=token, by=None, why="Well again")
    assert client.get(way_in).url == f"/t/{token.code}/"


def test_doctor_and_patient_meet_in_the_same_room_which_nobody_else_can_name(
    dr_rao: Any, rao: Any, noon: Clock, client: Any, signed_in: Any
) -> None:
    token = booked(at_three(dr_rao, Mode.TELE))
    doctors = "/desk/lake-clinic/dr-rao/1/video/"
    said = signed_in(rao).get(doctors, follow=True).content.decode()
    assert "The call with token 1 opens at 2:45 pm." in said
    noon.set(f"{in_days(0):%Y-%m-%d} 15:00")
    patients = client.post(f"/t/{token.code}/video/").url
    assert signed_in(rao).get(doctors).url == patients
    assert token.code not in patients
    assert str(token.pk) not in patients


def test_a_visit_at_the_clinic_has_no_call(dr_rao: Any, client: Any, reena: Any, signed_in: Any) -> None:
    token = booked(at_three(dr_rao, Mode.CLINIC))
    assert client.get(f"/t/{token.code}/video/").url == f"/t/{token.code}/"
    said = signed_in(reena).get("/desk/lake-clinic/dr-rao/1/video/", follow=True).content.decode()
    assert "Token 1 is not seen by video." in said


def test_the_fee_is_that_of_the_way_of_being_seen(dr_rao: Any) -> None:
    dr_rao.tele_fee_paise = 20000
    dr_rao.save(update_fields=["tele_fee_paise"])
    asha = Phone()
    assert "₹200" in asha.hold(at_three(dr_rao, Mode.TELE))
    asha.prove()
    asha.press(f"{asha.booking}confirm/", **ASHA)
    assert Appointment.objects.get().fee_paise == 20000
