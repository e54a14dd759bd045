"""Clinics that want to be paid first: a visit is pending until the money is there, and goes to somebody else if not."""

from typing import Any

import pytest
from django.db import IntegrityError

from clinics.models import AuditEvent
from notifications.models import Message
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import Appointment, BookingRules, Slot
from tests import cast
from tests.clock import Clock, in_days
from tests.phone import ASHA, Phone
from tests.racing import at_once
from tokens.models import Token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]


@pytest.fixture
def rules(dr_rao: Any) -> BookingRules:
    """Lake Clinic is paid within a quarter of an hour."""
    return BookingRules.objects.create(clinic=dr_rao.clinic, payment_minutes=15, payment_note="UPI lake@bank")


@pytest.fixture
def slot(dr_rao: Any) -> Slot:
    """A time of Dr Rao at three."""
    return cast.slot(doctor=dr_rao, starts_at=in_days(0, "15:00"))


@pytest.fixture
def booked(rules: BookingRules, slot: Slot) -> Token:
    """Asha has booked, and not paid."""
    held = services.hold(slot=slot, browser="asha")
    return services.book(hold=held, patient=cast.patient(), by=None).token


def state(token: Token) -> str:
    """What has become of the visit."""
    return Appointment.objects.get(token=token).state


def test_whoever_books_is_told_how_to_pay_and_until_when(rules: BookingRules, slot: Slot) -> None:
    asha = Phone()
    asha.hold(slot)
    assert "Then you have 15 minutes to pay." in asha.prove()
    page = asha.press(f"{asha.booking}confirm/", **ASHA)
    token = Token.objects.get()
    assert asha.at == f"/t/{token.code}/pay/"
    assert "₹300 by 12:15 pm" in page
    assert "UPI lake@bank" in page
    assert "Not paid for yet. Your place is kept until 12:15 pm." in asha.open(f"/t/{token.code}/")
    assert "Pay by 12:15 pm" in asha.open("/me/")
    assert asha.open(asha.booking) == asha.open(f"/t/{token.code}/pay/")
    told = Message.objects.exclude(kind="code").get()
    assert told.text.startswith("Pay by 12:15 pm to keep token 1 with Dr Kavitha Rao")
    assert f"/t/{token.code}/pay/" in told.text


def test_the_desk_says_it_is_paid_and_the_patients_page_leads_to_the_token(
    booked: Token, reena: Any, signed_in: Any, client: Any
) -> None:
    paying = f"/t/{booked.code}/pay/"
    assert client.get(paying, headers={"HX-Request": "true"}).status_code == 204
    desk = signed_in(reena)
    page = desk.get("/desk/lake-clinic/dr-rao/1/").content.decode()
    assert "₹300 to be paid" in page
    assert "Not paid" in desk.get("/desk/lake-clinic/dr-rao/").content.decode()
    said = desk.post(f"/payments/lake-clinic/{booked.appointment.pk}/paid/?token=1", follow=True).content.decode()
    assert "Paid: token 1 counts now." in said
    assert "to be paid" not in said
    assert state(booked) == "confirmed"
    assert client.get(paying, headers={"HX-Request": "true"})["HX-Redirect"] == f"/t/{booked.code}/"
    assert client.get(paying).url == f"/t/{booked.code}/"
    assert "Not paid" not in client.get(f"/t/{booked.code}/").content.decode()
    assert [it.kind for it in Message.objects.order_by("created_at")] == ["to_pay", "booked"]


def test_the_desk_finds_what_is_to_be_paid_whatever_day_it_is_for(
    rules: BookingRules, dr_rao: Any, reena: Any, hema: Any, signed_in: Any, noon: Clock
) -> None:
    slot = cast.slot(doctor=dr_rao, starts_at=in_days(3, "15:00"))
    held = services.hold(slot=slot, browser="asha")
    visit = services.book(hold=held, patient=cast.patient(), by=None)
    desk, button = signed_in(reena), f"/payments/lake-clinic/{visit.pk}/paid/"
    page = desk.get("/payments/lake-clinic/").content.decode()
    assert "Asha Thomas" in page
    assert "₹300" in page
    assert button in page
    assert signed_in(hema).post(button).status_code in {403, 404}
    assert "Paid: token 1 counts now." in desk.post(button, follow=True).content.decode()
    assert desk.post(button).status_code == 302, "pressed twice"
    assert state(visit.token) == "confirmed"
    assert "Nothing waits for payment" in desk.get("/payments/lake-clinic/").content.decode()
    noon.pass_(minutes=16)
    assert services.expire_unpaid() == 0


def test_a_payment_told_twenty_times_counts_once(booked: Token) -> None:
    at_once(*[lambda: services.confirm_payment(token=booked, by=None, reference="pay_1")] * 20)
    assert state(booked) == "confirmed"
    assert Message.objects.filter(kind="booked").count() == 1
    assert AuditEvent.objects.filter(action="appointment.paid").count() == 1


def test_a_visit_that_is_not_paid_for_gives_its_place_back(booked: Token, slot: Slot, noon: Clock) -> None:
    noon.pass_(minutes=14)
    assert services.expire_unpaid() == 0
    noon.pass_(minutes=2)
    assert services.expire_unpaid() == 1
    assert services.expire_unpaid() == 0
    booked.refresh_from_db()
    slot.refresh_from_db()
    assert (state(booked), booked.state, slot.booked) == ("cancelled", "cancelled", 0)
    assert Message.objects.filter(kind="cancelled").count() == 1
    with pytest.raises(BookingError, match="not paid for in time"):
        services.confirm_payment(token=booked, by=None)


def test_what_was_paid_is_never_called_off(booked: Token, noon: Clock) -> None:
    services.confirm_payment(token=booked, by=None)
    noon.pass_(minutes=16)
    assert services.expire_unpaid() == 0
    assert state(booked) == "confirmed"


def test_paying_and_running_out_at_the_same_moment_end_in_one_of_the_two(
    booked: Token, slot: Slot, noon: Clock
) -> None:
    noon.pass_(minutes=16)
    answers = at_once(lambda: services.confirm_payment(token=booked, by=None), services.expire_unpaid)
    slot.refresh_from_db()
    paid = not isinstance(answers[0], Exception)
    assert (state(booked), slot.booked) == (("confirmed", 1) if paid else ("cancelled", 0))


def test_whoever_has_come_pays_at_the_desk(booked: Token, reena: Any, signed_in: Any, noon: Clock) -> None:
    signed_in(reena).post("/desk/lake-clinic/dr-rao/1/arrived/")
    noon.pass_(minutes=16)
    assert services.expire_unpaid() == 0
    services.confirm_payment(token=booked, by=reena)
    assert state(booked) == "confirmed"


def test_a_family_pays_once_for_all(rules: BookingRules, dr_rao: Any) -> None:
    first, _ = (cast.slot(doctor=dr_rao, starts_at=in_days(0, at)) for at in ("15:00", "15:10"))
    basket = services.hold_together(slot=first, people=2, browser="asha")[0].basket
    family = [cast.patient(), cast.patient(name="Joel Thomas")]
    one, other = services.book_together(basket=basket, patients=family, by=None)
    page = Phone().open(f"/t/{other.token.code}/pay/")
    assert "₹600 by 12:15 pm" in page
    assert len(services.confirm_payment(token=other.token, by=None)) == 2
    assert {state(one.token), state(other.token)} == {"confirmed"}
    assert [it.kind for it in Message.objects.order_by("created_at")] == ["to_pay", "together"]


def test_the_desk_the_free_and_the_paid_already_do_not_wait_for_money(
    rules: BookingRules, slot: Slot, dr_rao: Any, reena: Any
) -> None:
    held = services.hold(slot=slot, browser="desk", by=reena)
    assert services.book(hold=held, patient=cast.patient(), by=reena).state == "confirmed"
    free = cast.doctor(clinic=dr_rao.clinic, name="Thomas Kurian", fee_paise=0, is_free=True)
    held = services.hold(slot=cast.slot(doctor=free, starts_at=in_days(0, "16:00")), browser="x")
    assert services.book(hold=held, patient=cast.patient(name="Joel Thomas"), by=None).state == "confirmed"


def test_a_visit_moved_before_it_is_paid_for_is_still_to_be_paid(booked: Token, dr_rao: Any) -> None:
    tomorrow = cast.slot(doctor=dr_rao, starts_at=in_days(1, "15:00"))
    moved = services.reschedule(token=booked, slot=tomorrow, by=None)
    assert moved.kept_until == booked.kept_until
    booked.refresh_from_db()
    services.confirm_payment(token=booked, by=None, reference="known by its first token")
    assert state(moved) == "confirmed"


def test_paying_while_the_visit_is_moved_loses_neither(booked: Token, dr_rao: Any) -> None:
    tomorrow = cast.slot(doctor=dr_rao, starts_at=in_days(1, "15:00"))
    paid, moved = at_once(
        lambda: services.confirm_payment(token=Token.objects.get(pk=booked.pk), by=None),
        lambda: services.reschedule(token=Token.objects.get(pk=booked.pk), slot=tomorrow, by=None),
    )
    assert len(paid) == 1
    moved.refresh_from_db()
    assert (state(moved), moved.kept_until) == ("confirmed", None)


def test_a_clinic_that_wants_money_at_once_says_how_to_pay(rules: BookingRules) -> None:
    rules.payment_note = ""
    with pytest.raises(IntegrityError, match="who_must_pay_is_told_how"):
        rules.save()
