"""What a clinic asks of bookings patients make by themselves: how soon, how far ahead, how many."""

from datetime import date, time
from typing import Any

import pytest

from doctors.models import Doctor
from patients.models import Patient
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import Appointment, BookingRules, Slot
from scheduling.services import booking
from scheduling.services import rules as by_rule
from scheduling.slots import make_slots
from tests import cast
from tests.clock import ist
from tests.racing import at_once, meet_after, split

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_nine")]

MONDAY = "2026-11-23"


@pytest.fixture
def sitting(dr_rao: Doctor) -> Doctor:
    """Dr Rao sits every day from eight to twelve, with times of half an hour."""
    for weekday in range(7):
        cast.hours(doctor=dr_rao, weekday=weekday, starts=time(8), ends=time(12), slot_minutes=30)
    make_slots()
    return dr_rao


def rules(of: Doctor, **fields: Any) -> BookingRules:
    """The rules of the doctor's clinic."""
    return BookingRules.objects.create(clinic=of.clinic, **fields)


def at(doctor: Doctor, when: str) -> Slot:
    """The time that begins then."""
    return Slot.objects.select_related("doctor__clinic").get(doctor=doctor, starts_at=ist(when))


def tapped(client: Any, slot: Slot) -> str:
    """What a patient reads after tapping a time, or the address of the booking."""
    answer = client.post("/c/lake-clinic/dr-rao/hold/", {"slot": slot.pk})
    return answer.url if answer.url.startswith("/book/") else client.get(answer.url).content.decode()


def book(slot: Slot, patient: Patient, browser: str = "") -> Appointment:
    """A patient books a time by themselves."""
    held = services.hold(slot=slot, browser=browser or str(patient.pk))
    return services.book(hold=held, patient=patient, by=None)


def test_without_rules_every_time_ahead_is_open(sitting: Doctor, client: Any) -> None:
    assert tapped(client, at(sitting, f"{MONDAY} 09:30")).startswith("/book/")


def test_a_time_closes_before_it_begins(sitting: Doctor, client: Any) -> None:
    rules(sitting, cutoff_minutes=45)
    page = tapped(client, at(sitting, f"{MONDAY} 09:30"))
    assert "That time can be booked at the clinic only; Mon 23 Nov, 10:00 is free." in page
    assert f'value="{at(sitting, f"{MONDAY} 09:30").pk}"' not in page
    assert f'value="{at(sitting, f"{MONDAY} 10:00").pk}"' in page


def test_the_desk_books_what_patients_cannot(sitting: Doctor, reena: Any) -> None:
    rules(sitting, cutoff_minutes=45)
    held = services.hold(slot=at(sitting, f"{MONDAY} 09:30"), browser="desk", by=reena)
    assert services.book(hold=held, patient=cast.patient(), by=reena).source == Appointment.Source.DESK


def test_a_day_closes_at_its_hour(sitting: Doctor, client: Any) -> None:
    rules(sitting, closes_at=time(8, 30))
    assert "Tue 24 Nov, 8:00 is free." in tapped(client, at(sitting, f"{MONDAY} 11:00"))
    assert "?day=2026-11-23" not in client.get("/c/lake-clinic/dr-rao/").content.decode()


def test_days_too_far_ahead_are_not_open_yet(sitting: Doctor, client: Any) -> None:
    rules(sitting, days_ahead=3)
    page = tapped(client, at(sitting, "2026-11-26 08:00"))
    assert "Times after Wed 25 Nov cannot be booked yet." in page
    assert "?day=2026-11-26" not in page
    assert "?day=2026-11-25" in page


def test_a_sitting_that_has_begun_is_closed_where_the_clinic_wants_it(sitting: Doctor, client: Any) -> None:
    rules(sitting, into_running=False)
    assert "The doctor is sitting already" in tapped(client, at(sitting, f"{MONDAY} 11:00"))
    assert tapped(client, at(sitting, "2026-11-24 08:00")).startswith("/book/")


def test_a_doctors_own_rules_count_instead_of_the_clinics(sitting: Doctor, client: Any) -> None:
    rules(sitting, cutoff_minutes=180)
    rules(sitting, doctor=sitting)
    assert tapped(client, at(sitting, f"{MONDAY} 09:30")).startswith("/book/")


def test_a_phone_has_so_many_visits_to_come(sitting: Doctor) -> None:
    rules(sitting, active_per_phone=2)
    book(at(sitting, f"{MONDAY} 10:00"), cast.patient())
    book(at(sitting, f"{MONDAY} 10:30"), cast.patient(name="Anu Thomas"))
    with pytest.raises(BookingError, match="This phone has 2 visits to come here"):
        book(at(sitting, f"{MONDAY} 11:00"), cast.patient(name="Ammu Thomas"))
    assert at(sitting, f"{MONDAY} 11:00").booked == 0
    book(at(sitting, f"{MONDAY} 11:30"), cast.patient(name="Bilal", phone=cast.BILALS_PHONE))


def test_who_cancels_again_and_again_waits_a_day(sitting: Doctor, client: Any, monday_nine: Any) -> None:
    rules(sitting, cancels_allowed=2, cooldown_hours=24)
    for hour in ("10:00", "10:30"):
        visit = book(at(sitting, f"{MONDAY} {hour}"), cast.patient(name=f"Asha {hour}"))
        client.post(f"/t/{visit.token.code}/cancel/")
    with pytest.raises(BookingError, match="It can book again from Tue 24 Nov, 9:00"):
        book(at(sitting, f"{MONDAY} 11:00"), cast.patient(), browser="again")
    monday_nine.pass_(hours=25)
    book(at(sitting, "2026-11-24 11:00"), cast.patient(name="Asha Later"))


def test_what_the_clinic_cancels_is_not_held_against_the_patient(sitting: Doctor, reena: Any) -> None:
    rules(sitting, cancels_allowed=1)
    visit = book(at(sitting, f"{MONDAY} 10:00"), cast.patient())
    services.cancel(token=visit.token, by=reena, why="The doctor is away")
    book(at(sitting, f"{MONDAY} 10:30"), cast.patient(name="Asha Again"))


def test_a_share_of_the_day_is_kept_for_the_desk(sitting: Doctor, reena: Any) -> None:
    rules(sitting, online_percent=25)  # of eight places: two
    for hour in ("10:00", "10:30"):
        book(at(sitting, f"{MONDAY} {hour}"), cast.patient(name=f"Guest {hour}", phone=None))
    with pytest.raises(BookingError, match="The places for booking online are taken on that day"):
        book(at(sitting, f"{MONDAY} 11:00"), cast.patient(name="Guest 11", phone=None))
    assert at(sitting, f"{MONDAY} 11:00").booked == 0
    held = services.hold(slot=at(sitting, f"{MONDAY} 11:30"), browser="desk", by=reena)
    services.book(hold=held, patient=cast.patient(name="By phone", phone=None), by=reena)
    book(at(sitting, "2026-11-24 11:00"), cast.patient(name="Guest 12", phone=None))


def test_the_follow_up_fee_is_for_a_few_days_after_a_visit(sitting: Doctor, monday_nine: Any) -> None:
    Doctor.objects.update(follow_up_fee_paise=10000, follow_up_days=5)
    sitting.refresh_from_db()
    asha = cast.patient()
    queue = cast.queue(doctor=sitting, on=date(2026, 11, 20))
    now = ist("2026-11-20 10:00")
    cast.token(queue=queue, patient=asha, state="completed", arrived_at=now, consulting_at=now, ended_at=now)
    soon = book(at(sitting, "2026-11-25 08:00"), asha)
    later = book(at(sitting, "2026-11-26 08:00"), asha, browser="later")
    assert [(it.fee_paise, it.is_follow_up) for it in (soon, later)] == [(10000, True), (30000, False)]


@pytest.mark.parametrize(("is_locked", "booked"), [(False, 2), (True, 1)])
@pytest.mark.django_db(transaction=True)
def test_two_bookings_of_a_phone_at_once_are_counted_one_after_the_other(
    sitting: Doctor, monkeypatch: pytest.MonkeyPatch, is_locked: bool, booked: int
) -> None:
    rules(sitting, active_per_phone=1)
    if not is_locked:
        monkeypatch.setattr(by_rule, "one_at_a_time", lambda patient: None)
    meet_after(monkeypatch, booking, "must_keep_measure", 2)
    slots = [at(sitting, f"{MONDAY} {hour}") for hour in ("10:00", "10:30")]
    people = [cast.patient(name=name) for name in ("Asha Thomas", "Anu Thomas")]
    works = [lambda slot=slot, who=who: book(slot, who) for slot, who in zip(slots, people, strict=True)]
    done, refused = split(at_once(*works))
    assert (len(done), len(refused)) == (booked, 2 - booked)
    assert Appointment.objects.count() == booked
