"""Waiting for a place: joining a doctor's list, being offered what becomes free, taking it or letting it go."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from clinics.models import Clinic
from doctors.models import Doctor
from notifications.models import Message
from notifications.texts import TEXTS, render
from scheduling import jobs, services
from scheduling.errors import BookingError
from scheduling.models import Appointment, Hold, Offer, Slot, WaitlistEntry
from scheduling.services import sources
from scheduling.services.offering import answer_by
from scheduling.slots import make_slots
from tests import cast
from tests.clock import Clock, clock_at, ist
from tokens.models import Token

pytestmark = pytest.mark.django_db

State = WaitlistEntry.State
TUESDAY = date(2026, 11, 24)
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.fixture(autouse=True)
def clock() -> Any:
    """Monday, ten in the morning."""
    with clock_at("2026-11-23 10:00") as clock:
        yield clock


@pytest.fixture
def full(dr_rao: Doctor) -> list[Appointment]:
    """Two times of Dr Rao on Tuesday, both booked, with patients of other phones."""
    return [visit(dr_rao, f"2026-11-24 10:{at}0") for at in range(2)]


def visit(doctor: Doctor, at: str, **fields: Any) -> Appointment:
    """Somebody has booked the one place of a time that begins then."""
    slot = cast.slot(doctor=doctor, starts_at=ist(at), booked=1, **fields)
    return cast.appointment(doctor=doctor, patient=cast.patient(name="Chandran Pillai", phone=None), slot=slot)


def wait(doctor: Doctor, patient: Any, *, first: date = TUESDAY, last: date = TUESDAY) -> WaitlistEntry:
    """Somebody joins the list, for Tuesday unless said otherwise."""
    return services.join_waitlist(doctor=doctor, patient=patient, first=first, last=last, by=None)


def call_off(appointment: Appointment) -> None:
    """A visit is cancelled."""
    services.cancel(token=appointment.token, by=None, why="Well again.")


def offered_to() -> list[str]:
    """Who has an offer in hand, in order of the times."""
    offers = Offer.objects.open().order_by("hold__slot__starts_at")
    return [offer.entry.patient.first_name for offer in offers]


def state(entry: WaitlistEntry) -> str:
    """Where an entry stands now."""
    return WaitlistEntry.objects.get(pk=entry.pk).state


# ── joining ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_full_day_offers_to_wait_and_the_phone_is_asked_for_first(client: Any, full: Any, dr_rao: Doctor) -> None:
    page = client.get(f"{dr_rao.get_absolute_url()}?day=2026-11-24").content.decode()
    assert 'href="/c/lake-clinic/dr-rao/wait/?day=2026-11-24"' in page
    assert client.get("/c/lake-clinic/dr-rao/wait/?day=2026-11-24").url.startswith("/phone/?next=/c/lake-clinic/")


def test_a_doctor_without_any_time_can_be_waited_for(client: Any, dr_rao: Doctor) -> None:
    assert "Tell me when a place is free" in client.get(dr_rao.get_absolute_url()).content.decode()


def test_a_free_day_offers_its_times_and_no_waiting(client: Any, dr_rao: Doctor) -> None:
    cast.slot(doctor=dr_rao)
    assert "Tell me when" not in client.get(dr_rao.get_absolute_url()).content.decode()


def test_asha_joins_and_reads_her_number_in_line(
    signed_in: Any, full: Any, dr_rao: Doctor, bilal: Any, asha: Any
) -> None:
    wait(dr_rao, bilal)
    browser = signed_in(cast.phone_user())
    form = browser.get("/c/lake-clinic/dr-rao/wait/?day=2026-11-24").content.decode()
    assert form.count('value="2026-11-24"') == 2
    typed = {"who": str(asha.pk), "first": "2026-11-24", "last": "2026-11-28"}
    answer = browser.post("/c/lake-clinic/dr-rao/wait/", typed, follow=True)
    page = answer.content.decode()
    assert "Asha is number 2 in line for Dr Rao, 24–28 Nov. We send a message" in page
    assert "Number 2 in line" in page
    assert "Bilal" not in page


def test_somebody_new_is_written_down_with_the_entry(signed_in: Any, full: Any, dr_rao: Doctor) -> None:
    typed = {"first": "2026-11-24", "last": "2026-11-24", "name": "Ammini Thomas", "age": "70", "gender": "f"}
    signed_in(cast.phone_user()).post("/c/lake-clinic/dr-rao/wait/", typed | {"who": "new"})
    assert WaitlistEntry.objects.get().patient.name == "Ammini Thomas"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first": "2026-11-22"}, "The first day is over."),
        ({"last": "2026-11-23"}, "The last day must not be before the first."),
        ({"last": "2027-06-01"}, "Times are given 90 days ahead"),
        ({"last": ""}, "Say until which day."),
        ({"first": "2026-02-31"}, "Write the day like 2026-11-24."),
        ({"who": "new"}, "Give the name of the person who is coming."),
        ({"who": "nobody"}, "Choose who is coming."),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    signed_in: Any, full: Any, dr_rao: Doctor, asha: Any, typed: dict[str, str], said: str
) -> None:
    given = {"who": str(asha.pk), "first": "2026-11-24", "last": "2026-11-28"} | typed
    page = signed_in(cast.phone_user()).post("/c/lake-clinic/dr-rao/wait/", given).content.decode()
    assert said in page
    if "last" not in typed:
        assert 'value="2026-11-28"' in page  # what was typed is kept
    assert not WaitlistEntry.objects.exists()


def test_nobody_waits_while_a_time_is_free(dr_rao: Doctor, asha: Any) -> None:
    free = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 16:20"))
    with pytest.raises(BookingError, match="Dr Rao is free on Tue 24 Nov at 4:20 pm: book that") as error:
        wait(dr_rao, asha)
    assert error.value.nearest == free


def test_whoever_has_a_visit_on_those_days_does_not_wait_for_them(dr_rao: Doctor, asha: Any) -> None:
    cast.appointment(
        doctor=dr_rao, patient=asha, slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 09:00"), booked=1)
    )
    with pytest.raises(BookingError, match="Asha has a visit with Dr Rao on Tue 24 Nov"):
        wait(dr_rao, asha)


def test_nobody_waits_twice_for_one_doctor(full: Any, dr_rao: Doctor, asha: Any) -> None:
    wait(dr_rao, asha)
    with pytest.raises(BookingError, match="Asha is on the list of Dr Rao already"):
        wait(dr_rao, asha)


def test_a_phone_waits_three_times_and_again_when_one_has_left(dr_rao: Doctor) -> None:
    family = [cast.patient(name=f"{name} Thomas") for name in ("Asha", "Ammini", "Biju", "Rosa")]
    first, *_ = [wait(dr_rao, patient) for patient in family[:3]]
    with pytest.raises(BookingError, match="This phone waits for three doctors already"):
        wait(dr_rao, family[3])
    services.leave_waitlist(entry=first, by=None)
    assert wait(dr_rao, family[3]).seat == first.seat


# ── being offered a place ─────────────────────────────────────────────────────────────────────────────────────
def test_a_cancelled_place_goes_to_the_first_who_joined_in_the_same_moment(
    client: Any, full: list[Appointment], dr_rao: Doctor, asha: Any, bilal: Any
) -> None:
    first, second = wait(dr_rao, bilal), wait(dr_rao, asha)
    call_off(full[0])
    assert offered_to() == ["Bilal"]
    assert (state(first), state(second)) == (State.OFFERED, State.WAITING)
    slot = Slot.objects.get(pk=full[0].slot_id)
    assert (slot.held, slot.booked) == (1, 0)
    assert "No time is free" in client.get(f"{dr_rao.get_absolute_url()}?day=2026-11-24").content.decode()


def test_the_message_says_what_is_free_until_when_and_where_to_answer(
    full: list[Appointment], dr_rao: Doctor, asha: Any, settings: Any
) -> None:
    wait(dr_rao, asha)
    call_off(full[0])
    message, offer = Message.objects.get(kind=Message.Kind.OFFERED), Offer.objects.get()
    assert message.to == cast.ASHAS_PHONE
    assert message.text == (
        "A place is free: Dr Rao, Tue 24 Nov 10:00 am, Lake Clinic. Yours until 10:20 am: "
        f"{settings.PUBLIC_URL}/offer/{offer.code}/"
    )


def test_the_longest_offer_fits_into_one_message(dr_rao: Doctor, asha: Any, settings: Any, clock: Clock) -> None:
    settings.PUBLIC_URL = "https://www.oozham.example"
    Clinic.objects.update(name="The Sacred Heart of Thiruvananthapuram Medical Mission Hospital")
    Doctor.objects.update(name="K Thiruvananthapurathappanunnikrishnan")
    dr_rao = Doctor.objects.select_related("clinic").get()
    booked = visit(dr_rao, "2026-11-25 10:00")
    clock.set("2026-11-23 23:00")
    wait(dr_rao, asha, first=TUESDAY, last=date(2026, 11, 25))
    call_off(booked)
    text = Message.objects.get(kind=Message.Kind.OFFERED).text
    assert "Yours until 8:30 am tomorrow" in text
    assert len(text) <= 160
    assert set(text) <= GSM_7


def test_only_days_that_suit_are_offered(full: list[Appointment], dr_rao: Doctor, asha: Any, bilal: Any) -> None:
    early = wait(dr_rao, bilal, first=TUESDAY + timedelta(days=1), last=TUESDAY + timedelta(days=3))
    wait(dr_rao, asha)
    call_off(full[0])
    assert offered_to() == ["Asha"]
    assert state(early) == State.WAITING


def test_a_place_that_nobody_waits_for_is_anybodys(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    wait(dr_rao, asha, first=TUESDAY + timedelta(days=1), last=TUESDAY + timedelta(days=1))
    call_off(full[0])
    assert Slot.objects.get(pk=full[0].slot_id).held == 0


def test_a_place_too_soon_to_come_to_is_not_offered(dr_rao: Doctor, asha: Any) -> None:
    soon = visit(dr_rao, "2026-11-23 10:45")
    wait(dr_rao, asha, first=date(2026, 11, 23), last=TUESDAY)
    call_off(soon)
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    ("now", "visit_at", "until"),
    [
        ("2026-11-23 10:00", "2026-11-24 10:00", "2026-11-23 10:20"),
        ("2026-11-23 20:59", "2026-11-24 10:00", "2026-11-23 21:19"),
        ("2026-11-23 21:00", "2026-11-24 10:00", "2026-11-24 08:30"),
        ("2026-11-24 00:10", "2026-11-24 10:00", "2026-11-24 08:30"),
        ("2026-11-24 08:20", "2026-11-24 10:00", "2026-11-24 08:40"),
        ("2026-11-23 23:00", "2026-11-24 08:00", "2026-11-24 07:30"),
    ],
)
def test_there_are_twenty_minutes_to_answer_and_at_night_until_the_morning(
    lake: Any, clock: Clock, now: str, visit_at: str, until: str
) -> None:
    clock.set(now)
    assert answer_by(lake, ist(visit_at)) == ist(until)


def test_a_visit_moved_away_frees_a_place(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    wait(dr_rao, asha)
    other = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-30 10:00"))
    services.reschedule(token=full[0].token, slot=other, by=None)
    assert offered_to() == ["Asha"]


def test_a_hold_given_back_frees_a_place(dr_rao: Doctor, asha: Any) -> None:
    held = services.hold(slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 10:00")), browser="b")
    wait(dr_rao, asha)
    services.release(hold=held)
    assert offered_to() == ["Asha"]


def test_a_browser_that_changes_its_mind_frees_a_place(dr_rao: Doctor, asha: Any) -> None:
    services.hold(slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 10:00")), browser="b")
    wait(dr_rao, asha)
    services.hold(slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-26 10:00")), browser="b")
    assert offered_to() == ["Asha"]


def test_a_hold_that_runs_out_frees_a_place(dr_rao: Doctor, asha: Any, clock: Clock) -> None:
    services.hold(slot=cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 10:00")), browser="b")
    wait(dr_rao, asha)
    clock.pass_(minutes=11)
    jobs.release_expired_holds()
    assert offered_to() == ["Asha"]


def test_new_hours_are_offered_right_after_they_are_made(
    dr_rao: Doctor, asha: Any, bilal: Any, lekha: Any, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    make_slots()
    for patient in (asha, bilal):
        wait(dr_rao, patient)
    asked = []
    monkeypatch.setattr("scheduling.services.offering.enqueue_job", lambda job, *args: asked.append((job, *args)))
    hours = {"doctor": dr_rao, "on": TUESDAY, "starts": time(9), "ends": time(10), "slot_minutes": 60}
    touched = sources.Touched(frozenset({dr_rao.pk}), TUESDAY, TUESDAY)
    with django_capture_on_commit_callbacks(execute=True), sources.changing(touched, by=lekha):
        cast.override(**hours)
    assert asked == [("scheduling.jobs.offer_places", str(dr_rao.pk))]
    assert jobs.offer_places(str(dr_rao.pk)) == 1
    assert offered_to() == ["Asha"]


def test_more_room_goes_to_as_many_in_order(full: list[Appointment], dr_rao: Doctor, asha: Any, bilal: Any) -> None:
    for patient in (bilal, asha):
        wait(dr_rao, patient)
    Slot.objects.update(capacity=2)
    assert jobs.sweep_waitlist() == 2
    assert offered_to() == ["Bilal", "Asha"]
    assert jobs.sweep_waitlist() == 0


def test_a_doctor_who_takes_nobody_offers_nothing(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    wait(dr_rao, asha)
    Doctor.objects.update(is_open_online=False)
    call_off(full[0])
    assert not Offer.objects.exists()


# ── answering ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def offer(full: list[Appointment], dr_rao: Doctor, asha: Any, bilal: Any) -> Offer:
    """Asha has an offer; Bilal is behind her."""
    wait(dr_rao, asha)
    wait(dr_rao, bilal)
    call_off(full[0])
    return Offer.objects.get()


def test_one_tap_books_without_a_code(client: Any, offer: Offer) -> None:
    page = client.get(offer.get_absolute_url()).content.decode()
    assert "A place is free for Asha" in page
    assert "Kept for you until 10:20 am." in page
    assert "Thomas" not in page
    answer = client.post(offer.get_absolute_url(), {"answer": "book"})
    token = Token.objects.get(patient=offer.entry.patient)
    assert answer.url == token.get_absolute_url()
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.BOOKED, State.BOOKED)
    slot = offer.hold.slot
    assert (slot.held, slot.booked) == (0, 1)
    assert client.get(offer.get_absolute_url()).url == token.get_absolute_url()


def test_pressed_twenty_times_it_books_once(client: Any, offer: Offer) -> None:
    answers = {client.post(offer.get_absolute_url(), {"answer": "book"}).url for _ in range(20)}
    assert len(answers) == 1
    assert Appointment.objects.filter(patient=offer.entry.patient).count() == 1


def test_declined_it_goes_to_the_next_and_the_place_in_line_is_kept(
    client: Any, offer: Offer, full: list[Appointment]
) -> None:
    page = client.post(offer.get_absolute_url(), {"answer": "decline"}, follow=True).content.decode()
    assert "You let this place go" in page
    assert "Asha is still on the list" in page
    assert offered_to() == ["Bilal"]
    assert jobs.sweep_waitlist() == 0  # the same place is not offered to her again
    call_off(full[1])
    assert offered_to() == ["Bilal", "Asha"]


def test_declined_by_the_last_in_line_it_is_anybodys(
    client: Any, full: list[Appointment], dr_rao: Doctor, asha: Any
) -> None:
    wait(dr_rao, asha)
    call_off(full[0])
    client.post(Offer.objects.get().get_absolute_url(), {"answer": "decline"})
    slot = Slot.objects.get(pk=full[0].slot_id)
    assert slot.held == 0
    assert services.tap(clinic="lake-clinic", doctor="dr-rao", slot=slot.pk, browser="somebody")


def test_an_offer_not_answered_in_time_goes_to_the_next(client: Any, offer: Offer, clock: Clock) -> None:
    clock.pass_(minutes=20)
    jobs.sweep_waitlist()
    assert offered_to() == ["Bilal"]
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.EXPIRED, State.WAITING)
    assert "This place has gone to the next in line" in client.get(offer.get_absolute_url()).content.decode()
    refused = client.post(offer.get_absolute_url(), {"answer": "book"}, follow=True).content.decode()
    assert "That place was kept for you until 10:20" in refused
    assert not Appointment.objects.filter(patient=offer.entry.patient).exists()


def test_between_the_deadline_and_the_sweep_nobody_else_takes_the_place(offer: Offer, clock: Clock) -> None:
    clock.pass_(minutes=21)
    assert services.tap(clinic="lake-clinic", doctor="dr-rao", slot=offer.hold.slot_id, browser="b") is None
    assert services.accept_offer(offer=offer, by=None).patient == offer.entry.patient  # a minute late is not too late


def test_without_a_sweep_for_an_hour_the_place_is_anybodys_and_nothing_is_lost(offer: Offer, clock: Clock) -> None:
    clock.pass_(minutes=60)
    slot = Slot.objects.select_related("doctor__clinic").get(pk=offer.hold.slot_id)
    services.hold(slot=slot, browser="somebody")
    jobs.sweep_waitlist()
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.EXPIRED, State.WAITING)
    assert Slot.objects.get(pk=slot.pk).held == 1


def test_whoever_answers_none_of_three_offers_waits_no_longer(dr_rao: Doctor, asha: Any, clock: Clock) -> None:
    visits = [visit(dr_rao, f"2026-11-24 1{at}:00") for at in range(4)]
    entry = wait(dr_rao, asha)
    for it in visits:
        call_off(it)
        clock.pass_(minutes=20)
        jobs.sweep_waitlist()
    assert state(entry) == State.CLOSED
    assert entry.offers.count() == 3


def test_an_offer_whose_hours_are_gone_is_taken_back(client: Any, offer: Offer) -> None:
    Slot.objects.filter(pk=offer.hold.slot_id).update(is_blocked=True)
    jobs.sweep_waitlist()
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.WITHDRAWN, State.WAITING)
    assert "This place is not free any more" in client.get(offer.get_absolute_url()).content.decode()
    assert Slot.objects.get(pk=offer.hold.slot_id).held == 0


def test_whoever_leaves_with_an_offer_passes_it_on(signed_in: Any, offer: Offer) -> None:
    page = signed_in(cast.phone_user()).get("/me/").content.decode()
    assert "A place is free" in page
    assert offer.get_absolute_url() in page
    signed_in(cast.phone_user()).post(f"/me/wait/{offer.entry_id}/leave/")
    assert state(offer.entry) == State.LEFT
    assert offered_to() == ["Bilal"]


def test_nobody_takes_another_phones_patient_off_the_list(signed_in: Any, offer: Offer) -> None:
    other = signed_in(cast.phone_user(phone=cast.BILALS_PHONE))
    assert other.post(f"/me/wait/{offer.entry_id}/leave/").status_code == 404
    assert state(offer.entry) == State.OFFERED


def test_an_unknown_offer_is_not_there(client: Any) -> None:
    assert client.get("/offer/nothing/").status_code == 404


# ── settling ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_booking_by_any_way_settles_the_entry(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    entry = wait(dr_rao, asha)
    slot = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 18:00"))
    services.book(hold=services.hold(slot=slot, browser="b"), patient=asha, by=None)
    assert state(entry) == State.BOOKED


def test_a_visit_on_another_day_does_not_end_the_waiting(full: list[Appointment], dr_rao: Doctor, asha: Any) -> None:
    entry = wait(dr_rao, asha)
    later = cast.slot(doctor=dr_rao, starts_at=ist("2026-12-05 18:00"))
    services.book(hold=services.hold(slot=later, browser="b"), patient=asha, by=None)
    assert state(entry) == State.WAITING
    earlier = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 18:00"))
    services.reschedule(token=Token.objects.get(patient=asha), slot=earlier, by=None)
    assert state(entry) == State.BOOKED


def test_booking_another_place_than_the_one_offered_passes_that_on(
    offer: Offer, dr_rao: Doctor, django_capture_on_commit_callbacks: Any
) -> None:
    slot = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 18:00"))
    with django_capture_on_commit_callbacks(execute=True):
        held = services.hold(slot=slot, browser="b")
        services.book(hold=held, patient=offer.entry.patient, by=None)
    offer.refresh_from_db()
    assert (offer.state, state(offer.entry)) == (Offer.State.WITHDRAWN, State.BOOKED)
    assert offered_to() == ["Bilal"]


def test_days_that_are_over_close_the_entry(full: list[Appointment], dr_rao: Doctor, asha: Any, clock: Clock) -> None:
    entry = wait(dr_rao, asha)
    clock.set("2026-11-24 23:59")
    jobs.sweep_waitlist()
    assert state(entry) == State.WAITING
    clock.set("2026-11-25 00:01")
    jobs.sweep_waitlist()
    assert state(entry) == State.CLOSED


def test_times_that_are_made_anew_keep_what_was_offered(dr_rao: Doctor, asha: Any, lekha: Any) -> None:
    make_slots()
    hours = cast.override(doctor=dr_rao, on=TUESDAY, starts=time(9), ends=time(10), slot_minutes=60)
    touched = sources.touched_by(hours)
    with sources.changing(touched, by=lekha):
        pass
    services.hold(slot=Slot.objects.select_related("doctor__clinic").get(), browser="b")
    wait(dr_rao, asha)
    services.release(hold=Hold.objects.get())
    services.decline(offer=Offer.objects.get(), by=None)
    with sources.changing(touched, by=lekha):
        hours.delete()
    assert Offer.objects.get().state == Offer.State.DECLINED
    assert Slot.objects.get().is_void


# ── reception ─────────────────────────────────────────────────────────────────────────────────────────────────
TYPED = {"name": "Devassy Paul", "phone": "98470 00334", "first": "2026-11-24", "last": "2026-11-26"}
ONCE = "0192f4f0-0000-7000-8000-000000000001"


def test_reception_sees_who_waits_with_their_phone(signed_in: Any, reena: Any, offer: Offer) -> None:
    page = signed_in(reena).get("/waitlist/lake-clinic/").content.decode()
    assert page.index("Asha Thomas") < page.index("Bilal Rahman")
    assert 'href="tel:+919847000112"' in page
    assert "Offered Tomorrow 10:00 am, until 10:20 am" in page


def test_reception_adds_somebody_once(signed_in: Any, reena: Any, full: Any, dr_rao: Doctor) -> None:
    typed = TYPED | {"doctor": dr_rao.pk, "once": ONCE}
    browser = signed_in(reena)
    page = browser.post("/waitlist/lake-clinic/", typed, follow=True).content.decode()
    assert "Devassy Paul is on the list of Dr Rao, 24–26 Nov." in page
    again = browser.post("/waitlist/lake-clinic/", typed).content.decode()
    assert "Devassy is on the list of Dr Rao already." in again
    entry = WaitlistEntry.objects.get()
    assert (entry.patient.phone, entry.joined_by) == (cast.HEMAS_PHONE, reena)


def test_what_reception_types_wrong_is_said_and_kept(signed_in: Any, reena: Any, dr_rao: Doctor) -> None:
    typed = TYPED | {"doctor": dr_rao.pk, "once": ONCE, "phone": "0484 2312345"}
    page = signed_in(reena).post("/waitlist/lake-clinic/", typed).content.decode()
    assert "That is a landline." in page
    assert 'value="Devassy Paul"' in page
    free = cast.slot(doctor=dr_rao, starts_at=ist("2026-11-24 10:00"))
    page = signed_in(reena).post("/waitlist/lake-clinic/", typed | {"phone": TYPED["phone"]}).content.decode()
    assert f"Dr Rao is free on Tue {free.date.day} Nov at 10:00" in page
    assert not WaitlistEntry.objects.exists()


def test_reception_removes_somebody(signed_in: Any, reena: Any, offer: Offer) -> None:
    answer = signed_in(reena).post(f"/waitlist/lake-clinic/{offer.entry_id}/remove/", follow=True)
    assert "Asha Thomas is off the list of Dr Rao." in answer.content.decode()
    assert offered_to() == ["Bilal"]


def test_a_long_list_takes_no_more_queries(
    signed_in: Any, reena: Any, dr_rao: Doctor, offer: Offer, django_assert_num_queries: Any
) -> None:
    browser = signed_in(reena)
    for at in range(10):
        phone = f"+9198470005{at:02d}"
        entry = wait(dr_rao, cast.patient(name=f"Person {at}", phone=phone))
        if at % 2:
            cast.offer(entry=entry, slot=cast.slot(doctor=dr_rao))
    with django_assert_num_queries(7):  # session, user, clinic; entries, offers; are there doctors, and which
        browser.get("/waitlist/lake-clinic/")


def test_my_visits_take_no_more_queries_for_more_entries(
    signed_in: Any, dr_rao: Doctor, offer: Offer, django_assert_num_queries: Any
) -> None:
    browser = signed_in(cast.phone_user())
    with django_assert_num_queries(6):  # session, user; coming, past; entries, offers
        browser.get("/me/")
    entry = wait(dr_rao, cast.patient(name="Ammini Thomas"))
    cast.offer(entry=entry, slot=cast.slot(doctor=dr_rao))
    with django_assert_num_queries(6):
        browser.get("/me/")


def test_every_message_has_its_text() -> None:
    assert set(TEXTS) == set(Message.Kind)
    with pytest.raises(KeyError):
        render(Message.Kind.OFFERED, doctor="Dr Rao")
