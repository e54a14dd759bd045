"""A PIN from the counter: who may give one, what it opens, and what it does not."""

from typing import Any

import pytest
from django.utils import timezone

from clinics.models import AuditEvent
from notifications.models import Message
from patients import limits, pins
from patients.models import Challenge, Patient, Pin
from scheduling.models import Hold, WaitlistEntry
from tests import cast
from tests.clock import Clock, in_days
from tests.phone import ASHA, Phone, last_code
from tokens import presence
from tokens.models import Board

pytestmark = pytest.mark.django_db

ASHAS = "98470 00112"


def give(clinic: Any, by: Any, phone: str = cast.ASHAS_PHONE) -> str:
    """The digits of a PIN for Asha."""
    return pins.give(clinic=clinic, phone=phone, by=by)[1]


def other(digits: str) -> str:
    """Other digits."""
    return f"{(int(digits) + 1) % 10**6:06d}"


@pytest.fixture
def phone() -> Phone:
    """Asha's phone, to which no SMS comes."""
    return Phone()


# ── at the counter ────────────────────────────────────────────────────────────────────────────────────────────
def test_reception_gives_a_pin_that_is_shown_once_and_written_down_without_it(desk: Any, reena: Any, lake: Any) -> None:
    page = desk.post("/pin/lake-clinic/", {"phone": ASHAS}).content.decode()
    pin, event = Pin.objects.get(), AuditEvent.objects.get(action="pin.given")
    shown = page.split('class="pin">')[1][:7]
    assert pins.use(phone=cast.ASHAS_PHONE, code=shown.replace(" ", ""))
    assert (pin.clinic, pin.given_by, event.clinic, event.by) == (lake, reena, lake, reena)
    assert shown.replace(" ", "") not in f"{event.detail}{event.object_id}"
    assert 'class="pin"' not in desk.get("/pin/lake-clinic/").content.decode()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"), [("", "Give the patient’s"), ("12345", "10 digits"), ("hello", "like 98470")]
)
def test_a_number_that_cannot_be_used_is_explained_and_kept(desk: Any, lake: Any, typed: str, said: str) -> None:
    page = desk.post("/pin/lake-clinic/", {"phone": typed}).content.decode()
    assert said in page
    assert f'value="{typed}"' in page or not typed
    assert not Pin.objects.exists()


def test_a_doctor_gives_none_and_the_desk_leads_there(rao: Any, room: Any, desk: Any, signed_in: Any) -> None:
    assert signed_in(rao).get("/pin/lake-clinic/").status_code == 403
    assert 'href="/pin/lake-clinic/"' in desk.get("/desk/lake-clinic/dr-rao/").content.decode()


def test_a_phone_and_a_clinic_have_only_so_many_an_hour(
    desk: Any, lake: Any, hill: Any, reena: Any, hema: Any, monkeypatch: Any, clock: Clock
) -> None:
    for _ in range(limits.PIN_PER_PHONE):
        give(lake, reena)
    page = desk.post("/pin/lake-clinic/", {"phone": ASHAS}).content.decode()
    assert "Three PINs were given for this number within an hour. The next can be given at 11:00 am." in page
    with pytest.raises(pins.PinError):
        give(hill, hema)
    monkeypatch.setattr(limits, "PIN_PER_CLINIC", 4)
    give(lake, reena, cast.BILALS_PHONE)
    with pytest.raises(pins.PinError, match="as many PINs as it may"):
        give(lake, reena, cast.HEMAS_PHONE)
    clock.pass_(hours=1)
    assert give(lake, reena)


# ── what it opens ─────────────────────────────────────────────────────────────────────────────────────────────
def test_without_any_message_a_phone_and_its_pin_open(phone: Phone, lake: Any, reena: Any) -> None:
    digits = give(lake, reena)
    assert "I have a PIN from the counter" in phone.open("/phone/")
    assert "My visits" in phone.press("/phone/pin/", phone=ASHAS, code=f"{digits[:3]} {digits[3:]}")
    assert phone.client.session["only_clinic"] == lake.pk
    assert "device" not in phone.client.cookies
    assert not Message.objects.exists()
    assert AuditEvent.objects.filter(action="pin.used", clinic=lake).count() == 1


def test_the_ordinary_form_for_the_code_takes_it_too(phone: Phone, lake: Any, reena: Any) -> None:
    phone.press("/phone/", phone=ASHAS)
    digits = give(lake, reena)
    assert "My visits" in phone.press("/phone/code/", code=digits)
    assert phone.client.session["only_clinic"] == lake.pk


def test_when_codes_are_refused_the_way_to_the_pin_is_there(phone: Phone, lake: Any, reena: Any, settings: Any) -> None:
    settings.CODES_AN_HOUR = 0
    assert "I have a PIN from the counter" in phone.press("/phone/", phone=ASHAS)
    assert "/phone/pin/?next=/me/" in phone.html
    assert "My visits" in phone.press("/phone/pin/", phone=ASHAS, code=give(lake, reena))


def test_a_pin_works_once_for_its_own_phone_for_ten_minutes(lake: Any, reena: Any, clock: Clock) -> None:
    digits = give(lake, reena)
    assert pins.use(phone=cast.BILALS_PHONE, code=digits) is None
    assert pins.use(phone=cast.ASHAS_PHONE, code=digits)
    assert pins.use(phone=cast.ASHAS_PHONE, code=digits) is None
    digits = give(lake, reena)
    clock.pass_(minutes=10)
    assert pins.use(phone=cast.ASHAS_PHONE, code=digits) is None


def test_after_five_wrong_ones_the_right_one_opens_no_more(phone: Phone, lake: Any, reena: Any) -> None:
    digits = give(lake, reena)
    for _ in range(pins.TRIES):
        assert "That is not the PIN" in phone.press("/phone/pin/", phone=ASHAS, code=other(digits))
        assert f'value="{ASHAS}"' in phone.html
    assert "That is not the PIN" in phone.press("/phone/pin/", phone=ASHAS, code=digits)
    assert Pin.objects.get().tries == pins.TRIES


def test_where_no_pin_was_given_the_same_is_said(phone: Phone) -> None:
    assert "That is not the PIN" in phone.press("/phone/pin/", phone=ASHAS, code="123456")


def test_a_new_pin_closes_the_one_before_but_not_another_clinics(lake: Any, hill: Any, reena: Any, hema: Any) -> None:
    hills, first, second = give(hill, hema), give(lake, reena), give(lake, reena)
    if len({hills, first, second}) == 3:
        assert pins.use(phone=cast.ASHAS_PHONE, code=first) is None
    assert pins.use(phone=cast.ASHAS_PHONE, code=second).clinic == lake
    assert pins.use(phone=cast.ASHAS_PHONE, code=hills).clinic == hill


# ── what it does not open ─────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def two(lake: Any, hill: Any, dr_rao: Any, dr_hari: Any, asha: Any) -> None:
    """Asha goes to Lake; her brother, of the same phone, goes to Hill, and waits for a place there."""
    noon = cast.slot(doctor=dr_rao, starts_at=in_days(0, "12:00"), booked=1)  # of today, however late it is
    cast.appointment(doctor=dr_rao, patient=asha, slot=noon)
    brother = cast.patient(name="Varghese Secret")
    cast.appointment(doctor=dr_hari, patient=brother)
    cast.waits(doctor=dr_hari, patient=brother)


@pytest.fixture
def with_pin(two: None, lake: Any, reena: Any) -> Phone:
    """A browser that Lake's reception has let in."""
    phone = Phone()
    phone.press("/phone/pin/", phone=ASHAS, code=give(lake, reena))
    return phone


def test_a_pin_of_one_clinic_shows_nothing_of_another(with_pin: Phone, lake: Any) -> None:
    page = with_pin.open("/me/")
    assert "Asha Thomas" in page
    assert "You came in with a PIN from the counter" in page
    assert "Hill" not in page
    assert "Varghese" not in page


def test_its_booking_knows_only_the_family_of_that_clinic(with_pin: Phone, dr_rao: Any) -> None:
    page = with_pin.hold(cast.slot(doctor=dr_rao, starts_at=in_days(2)))
    assert "Asha Thomas" in page
    assert "Varghese" not in page
    brother = Patient.objects.latest("created_at")
    with_pin.press(f"{with_pin.booking}confirm/", who=str(brother.pk))
    assert Hold.objects.get().state == "live"
    assert "your token" in with_pin.press(f"{with_pin.booking}confirm/", **{**ASHA, "name": "Joel Thomas"})


def test_at_another_clinic_it_proves_nothing(with_pin: Phone, dr_hari: Any) -> None:
    slot = cast.slot(doctor=dr_hari, starts_at=in_days(2))
    page = with_pin.press("/c/hill-clinic/dr-hari/hold/", slot=str(slot.pk))
    booking = with_pin.at
    assert "Your mobile number" in page
    assert "Varghese" not in page
    with_pin.press(f"{booking}confirm/", **ASHA)
    assert Hold.objects.get().state == "live"
    assert "Varghese" not in with_pin.open("/c/hill-clinic/dr-hari/wait/")
    assert with_pin.at.startswith("/phone/")
    entry = WaitlistEntry.objects.get()
    assert with_pin.client.post(f"/me/wait/{entry.pk}/leave/").status_code == 404
    entry.refresh_from_db()
    assert entry.state == "waiting"


def test_another_clinics_waiting_room_does_not_know_it(with_pin: Phone, hill: Any, lake: Any) -> None:
    told = []
    for clinic in (hill, lake):
        board = Board.objects.create(clinic=clinic)
        told.append(with_pin.open(presence.address(board, timezone.now())))
    assert "Varghese" not in told[0]
    assert "Asha" in told[1]


def test_a_real_code_opens_everything(with_pin: Phone) -> None:
    assert "Your mobile number" in with_pin.open("/phone/")
    with_pin.press("/phone/", phone=ASHAS)
    page = with_pin.press("/phone/code/", code=last_code())
    assert "Varghese Secret" in page
    assert "You came in with a PIN" not in page
    assert "only_clinic" not in with_pin.client.session


# ── in a booking ──────────────────────────────────────────────────────────────────────────────────────────────
def test_a_booking_goes_on_with_a_pin(phone: Phone, dr_rao: Any, reena: Any, lake: Any) -> None:
    page = phone.hold(cast.slot(doctor=dr_rao, starts_at=in_days(2)))
    assert "I have a PIN from the counter" in page
    assert "The 6-digit PIN from the counter" in phone.open(f"{phone.booking}?pin=1")
    digits = give(lake, reena)
    assert "That is not the PIN" in phone.press(f"{phone.booking}pin/", phone=ASHAS, code=other(digits))
    assert "10 digits" in phone.press(f"{phone.booking}pin/", phone="12345", code=digits)
    assert "Who is it for?" in phone.press(f"{phone.booking}pin/", phone=ASHAS, code=digits)
    assert "This phone has proved itself" in phone.open(phone.booking)
    assert not Challenge.objects.exists()
