"""A patient books without JavaScript: hold, phone, code, who, confirm. What goes wrong is one clear sentence."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from notifications.models import Message
from patients.models import Patient
from scheduling import services
from scheduling.models import Appointment, Hold, Slot
from tests import cast
from tests.clock import clock_at
from tests.phone import ASHA, DOCTOR, Phone, last_code
from tokens.models import Token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asha() -> Phone:
    """Asha's cheap phone."""
    return Phone()


# ── The way ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_asha_goes_the_whole_way(asha: Phone, slot: Slot) -> None:
    assert "Held for you" in asha.hold(slot)
    page = asha.press(f"{asha.booking}phone/", phone="098470-00112")
    assert "98470 00112" in page
    assert "to •••••• 0112, asked for at" in page
    assert "Who is it for?" in asha.press(f"{asha.booking}code/", code=last_code())
    page = asha.press(f"{asha.booking}confirm/", **ASHA)
    token = Token.objects.get()
    assert asha.at == token.get_absolute_url()
    assert "Asha, your token" in page
    appointment = Appointment.objects.get()
    assert (appointment.patient.name, appointment.fee_paise, appointment.state) == ("Asha Thomas", 30000, "confirmed")
    slot.refresh_from_db()
    assert (slot.held, slot.booked) == (0, 1)
    told = Message.objects.get(kind="booked")
    assert told.to == "+919847000112"
    assert token.get_absolute_url() in told.text
    assert "Token 1 with Dr Kavitha Rao at Lake Clinic" in told.text


def test_a_browser_that_has_proved_itself_is_not_asked_again_and_sees_its_family(
    asha: Phone, slot: Slot, dr_rao: Any
) -> None:
    asha.hold(slot)
    asha.prove()
    asha.press(f"{asha.booking}confirm/", **ASHA)
    cast.patient(name="Ammini Thomas")
    page = asha.hold(cast.slot(doctor=dr_rao, starts_at=timezone.now() + timedelta(days=2)))
    assert "Asha Thomas" in page
    assert "Ammini Thomas" in page
    mother = next(p for p in Patient.objects.all() if p.name == "Ammini Thomas")
    asha.press(f"{asha.booking}confirm/", who=str(mother.pk))
    assert Appointment.objects.latest("created_at").patient == mother
    assert Patient.objects.count() == 2


def test_a_familys_names_are_shown_only_to_a_phone_that_has_proved_itself(asha: Phone, slot: Slot) -> None:
    cast.patient(name="Ammini Thomas")
    seen = asha.hold(slot)
    seen += asha.press(f"{asha.booking}phone/", phone="98470 00112")
    seen += asha.press(f"{asha.booking}code/", code="000000" if last_code() != "000000" else "000001")
    assert "Ammini" not in seen
    assert "Ammini Thomas" in asha.press(f"{asha.booking}code/", code=last_code())


def test_somebody_elses_family_cannot_be_named(asha: Phone, slot: Slot, bilal: Any) -> None:
    asha.hold(slot)
    asha.prove()
    assert "Choose who is coming." in asha.press(f"{asha.booking}confirm/", who=str(bilal.pk))
    assert "Choose who is coming." in asha.press(f"{asha.booking}confirm/", who="nonsense")
    assert not Appointment.objects.exists()


# ── Times that cannot be had ───────────────────────────────────────────────────────────────────────────────────
def test_a_taken_time_says_so_and_names_the_next(asha: Phone, slot: Slot, dr_rao: Any) -> None:
    free = cast.slot(doctor=dr_rao, starts_at=slot.starts_at + timedelta(minutes=10))
    services.hold(slot=slot, browser="Bilal's")
    page = asha.hold(slot)
    assert asha.at.startswith(DOCTOR)
    assert "That time has just been taken;" in page
    assert f"{timezone.localtime(free.starts_at):%M}" in page
    assert Hold.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [("past", "That time has passed"), ("blocked", "The doctor is not free at that time any more")],
)
def test_a_time_that_is_over_or_blocked_is_not_held(
    asha: Phone, slot: Slot, wrong: str, sentence: str, dr_rao: Any
) -> None:
    if wrong == "past":
        slot = cast.slot(doctor=dr_rao, starts_at=timezone.now() - timedelta(minutes=1))
    Slot.objects.filter(pk=slot.pk).update(is_blocked=wrong == "blocked")
    assert sentence in asha.hold(slot)
    assert not Hold.objects.exists()


@pytest.mark.parametrize("typed", ["", "0", "-1", "abc", "1.5", "9" * 40, "٣", "' or 1=1"])
def test_a_forged_time_is_a_sentence_beside_the_real_ones(asha: Phone, slot: Slot, typed: str) -> None:
    page = asha.hold(typed)
    assert "That is not a time of Dr Rao. Choose one of these." in page
    assert f'value="{slot.pk}"' in asha.html


def test_another_doctors_time_is_not_held_here(asha: Phone, dr_rao: Any, dr_hari: Any) -> None:
    theirs = cast.slot(doctor=dr_hari)
    assert "That is not a time of Dr Rao" in asha.hold(theirs)
    theirs.refresh_from_db()
    assert theirs.held == 0


@pytest.mark.parametrize("path", ["/in/atlantis/", "/c/nobody/", "/c/nobody/dr-rao/", "/c/lake-clinic/dr-nobody/"])
def test_an_unknown_place_leads_on_to_a_known_one(asha: Phone, dr_rao: Any, path: str) -> None:
    response = asha.client.get(path)
    assert response.status_code == 404
    assert re.search(r'<main.*href="/', response.content.decode(), re.DOTALL)


# ── Holds ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_expired_hold_keeps_nobody_out_before_any_sweep(asha: Phone, slot: Slot) -> None:
    services.hold(slot=slot, browser="Bilal's")
    with clock_at(timezone.now() + timedelta(minutes=11)):
        assert "Held for you" in asha.hold(slot)
    assert Hold.objects.live().get().browser != "Bilal's"
    slot.refresh_from_db()
    assert slot.held == 1


def test_an_expired_hold_is_offered_again_while_its_time_is_free(asha: Phone, slot: Slot) -> None:
    asha.hold(slot)
    with clock_at(timezone.now() + timedelta(minutes=11)):
        page = asha.open(asha.booking)
        assert "The ten minutes are over" in page
        assert "It is still free: hold it again" in page
        assert "Held for you" in asha.hold(slot)


def test_an_expired_hold_whose_time_is_taken_offers_the_nearest(asha: Phone, slot: Slot, dr_rao: Any) -> None:
    free = cast.slot(doctor=dr_rao, starts_at=slot.starts_at + timedelta(minutes=10))
    asha.hold(slot)
    with clock_at(timezone.now() + timedelta(minutes=11)):
        services.hold(slot=slot, browser="Bilal's")
        asha.open(asha.booking)
        assert f'value="{free.pk}"' in asha.html


def test_confirming_after_the_time_is_over_books_while_there_is_room_and_says_so_when_not(
    asha: Phone, slot: Slot
) -> None:
    asha.hold(slot)
    asha.prove()
    with clock_at(timezone.now() + timedelta(minutes=16)):
        taken = services.hold(slot=slot, browser="Bilal's")
        page = asha.press(f"{asha.booking}confirm/", **ASHA)
        assert "That time has just been taken" in page
        assert (Appointment.objects.count(), Token.objects.count(), Patient.objects.count()) == (0, 0, 0)
        services.release(hold=taken)
        asha.press(f"{asha.booking}confirm/", **ASHA)
    assert Appointment.objects.count() == 1
    slot.refresh_from_db()
    assert (slot.held, slot.booked) == (0, 1)


def test_a_hold_opens_only_in_its_own_browser(asha: Phone, slot: Slot) -> None:
    asha.hold(slot)
    stranger = Phone()
    for path in (asha.booking, f"/book/{uuid4()}/"):
        assert stranger.client.get(path).status_code == 404
        assert stranger.client.post(f"{path}confirm/", ASHA).status_code == 404
    assert Hold.objects.live().count() == 1


def test_another_tap_gives_up_the_first_time(asha: Phone, slot: Slot, dr_rao: Any) -> None:
    other = cast.slot(doctor=dr_rao)
    asha.hold(slot)
    asha.hold(other)
    assert {s.pk: s.held for s in Slot.objects.all()} == {slot.pk: 0, other.pk: 1}
    first = Hold.objects.get(slot=slot)
    assert "no longer held for you" in asha.open(f"/book/{first.pk}/")


def test_a_time_given_back_is_free_for_the_next(asha: Phone, slot: Slot) -> None:
    asha.hold(slot)
    asha.press(f"{asha.booking}release/")
    assert asha.at.startswith(DOCTOR)
    slot.refresh_from_db()
    assert slot.held == 0
    assert "Held for you" in Phone().hold(slot)


def test_each_code_gives_the_hold_more_time_but_not_for_ever(asha: Phone, slot: Slot) -> None:
    start = timezone.now()
    with clock_at(start) as clock:
        asha.hold(slot)
        for asked, kept in ((9, 14), (13, 18), (16, 20), (19, 20)):
            clock.now = start + timedelta(minutes=asked)
            asha.press(f"{asha.booking}phone/", phone="98470 00112", again="1")
            assert Hold.objects.get().expires_at == start + timedelta(minutes=kept)
        clock.now = start + timedelta(minutes=20, seconds=1)
        asha.press(f"{asha.booking}phone/", phone="98470 00112", again="1")
    assert Hold.objects.get().expires_at == start + timedelta(minutes=20)


# ── Who, and pressing again ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Give the name"),
        ({"name": "123"}, "Give the name as the clinic should call it."),
        ({"age": "old"}, "Give the age in years, like 38."),
        ({"age": "121"}, "up to 120"),
        ({"gender": "x"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_about_a_person_is_said_and_the_rest_is_kept(
    asha: Phone, slot: Slot, wrong: dict[str, str], sentence: str
) -> None:
    asha.hold(slot)
    asha.prove()
    assert sentence in asha.press(f"{asha.booking}confirm/", **ASHA | wrong)
    assert not Patient.objects.exists()
    kept = next(value for field, value in ASHA.items() if field in ("name", "age") and field not in wrong)
    assert f'value="{kept}"' in asha.html


def test_pressing_twice_going_back_and_a_second_tab_all_lead_to_the_one_token(asha: Phone, slot: Slot) -> None:
    asha.hold(slot)
    asha.prove()
    booking = asha.booking
    asha.press(f"{booking}confirm/", **ASHA)
    asha.press(f"{booking}confirm/", **ASHA)
    asha.open(booking)
    token = Token.objects.get()
    assert asha.at == token.get_absolute_url()
    asha.press(f"{booking}release/")
    slot.refresh_from_db()
    assert slot.booked == 1
    assert Message.objects.filter(kind="booked").count() == 1


def test_the_same_person_has_one_visit_a_day_with_a_doctor(asha: Phone, dr_rao: Any) -> None:
    start = (timezone.localtime() + timedelta(days=1)).replace(hour=10, minute=0)
    first, second = (cast.slot(doctor=dr_rao, starts_at=start + timedelta(hours=n)) for n in range(2))
    asha.hold(first)
    asha.prove()
    asha.press(f"{asha.booking}confirm/", **ASHA)
    asha.hold(second)
    page = asha.press(f"{asha.booking}confirm/", who=str(Patient.objects.get().pk))
    assert "already has" in page
    assert Appointment.objects.count() == 1
    assert Hold.objects.live().get().slot == second, "the time is still held: for somebody else, perhaps"


def test_without_a_proved_phone_nothing_is_confirmed(asha: Phone, slot: Slot) -> None:
    asha.hold(slot)
    assert "Your mobile number" in asha.press(f"{asha.booking}confirm/", **ASHA)
    assert not Appointment.objects.exists()
