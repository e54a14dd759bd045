"""A phone's visits: seen by nobody else, moved without being lost, called off so that somebody else can come."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinics.models import AuditEvent
from notifications.models import Message
from scheduling import services
from scheduling.errors import BookingError
from scheduling.models import Appointment, Slot
from tests import cast
from tokens import services as tokens
from tokens.models import Token
from tokens.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(dr_rao: Any, asha: Any) -> Token:
    """Asha's token with Dr Rao, tomorrow."""
    slot = cast.slot(doctor=dr_rao, starts_at=tomorrow(9), booked=1)
    return cast.appointment(doctor=dr_rao, patient=asha, slot=slot).token


def tomorrow(hour: int) -> Any:
    """An hour of tomorrow on Kerala's clocks."""
    return timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=1)


def press(token: Token, action: str, **typed: Any) -> Any:
    """Press a button of a token's page, without signing in: its address is the secret."""
    return Client().post(f"{token.get_absolute_url()}{action}/", typed)


def said(response: Any) -> str:
    """The page somebody reads, tags left out as they stand."""
    return response.content.decode()


# ── My visits ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_phone_sees_its_familys_visits_and_nobody_elses(
    dr_rao: Any, booked: Token, bilal: Any, signed_in: Any
) -> None:
    theirs = cast.appointment(doctor=dr_rao, patient=bilal).token
    mother = cast.appointment(doctor=dr_rao, patient=cast.patient(name="Ammini Thomas")).token
    page = said(signed_in(cast.phone_user()).get("/me/"))
    assert "Asha Thomas" in page
    assert "Ammini Thomas" in page
    assert mother.get_absolute_url() in page
    assert "Bilal" not in page
    assert theirs.get_absolute_url() not in page


def test_what_was_stands_below_what_comes(dr_rao: Any, asha: Any, booked: Token, signed_in: Any) -> None:
    yesterday = cast.queue(doctor=dr_rao, on=dr_rao.clinic.today() - timedelta(days=1))
    now = timezone.now()
    cast.token(
        queue=yesterday, patient=asha, state=State.COMPLETED, due_at=now - timedelta(days=1),
        arrived_at=now, consulting_at=now, ended_at=now,
    )  # fmt: skip
    page = said(signed_in(cast.phone_user()).get("/me/"))
    coming, past = page.split("<h2>Past</h2>")
    assert booked.get_absolute_url() in coming
    assert "done" in past


def test_without_a_proved_phone_nothing_is_shown(booked: Token) -> None:
    response = Client().get("/me/")
    assert response.status_code == 302
    assert response["Location"].startswith("/phone/?next=/me/")


def test_the_list_takes_no_more_queries_for_more_visits(
    dr_rao: Any, asha: Any, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    for day in range(1, 13):
        cast.appointment(
            doctor=dr_rao, patient=asha, slot=cast.slot(doctor=dr_rao, starts_at=tomorrow(9) + timedelta(days=day))
        )
    client = signed_in(cast.phone_user())
    with django_assert_max_num_queries(5):
        client.get("/me/")


# ── Calling off ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_visit_called_off_frees_its_place_at_once_and_is_told(booked: Token) -> None:
    assert "cannot be undone" in said(Client().get(f"{booked.get_absolute_url()}cancel/"))
    press(booked, "cancel")
    booked.refresh_from_db()
    assert booked.state == State.CANCELLED
    assert Slot.objects.get().booked == 0
    assert Appointment.objects.get().state == "cancelled"
    message = Message.objects.get()
    assert (message.kind, message.to) == ("cancelled", cast.ASHAS_PHONE)
    assert AuditEvent.objects.filter(action="token.cancelled").count() == 1


def test_calling_off_twice_changes_nothing_more(booked: Token) -> None:
    press(booked, "cancel")
    response = press(booked, "cancel")
    assert response.status_code == 302
    assert Slot.objects.get().booked == 0
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_is_inside_cannot_call_off(dr_rao: Any, asha: Any, reena: Any) -> None:
    token = cast.appointment(doctor=dr_rao, patient=asha, slot=cast.slot(doctor=dr_rao, booked=1)).token
    tokens.mark_arrived(queue=token.queue, number=token.number, by=reena)
    tokens.call(queue=token.queue, number=token.number, by=reena, seen=None)
    client = Client()
    client.post(f"{token.get_absolute_url()}cancel/")
    token.refresh_from_db()
    assert token.state == State.CONSULTING
    assert Slot.objects.get().booked == 1
    assert Appointment.objects.get().state == "confirmed"


@pytest.mark.django_db(transaction=True)
def test_the_desk_calls_off_with_its_reason(lake: Any, dr_rao: Any, asha: Any, reena: Any, signed_in: Any) -> None:
    slot = cast.slot(doctor=dr_rao, starts_at=timezone.now() + timedelta(minutes=1), booked=1)
    token = cast.appointment(doctor=dr_rao, patient=asha, slot=slot).token
    if token.queue.date != lake.today():
        pytest.skip("a minute before midnight")
    signed_in(reena).post(f"/desk/lake-clinic/dr-rao/{token.number}/cancel/", {"why": "Called to say no"})
    token.refresh_from_db()
    assert token.state == State.CANCELLED
    assert token.events.last().why == "Called to say no"
    assert token.events.last().by == reena
    assert Slot.objects.get().booked == 0


# ── Moving ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_on_the_same_day_the_number_and_the_address_stay(dr_rao: Any, booked: Token) -> None:
    later = cast.slot(doctor=dr_rao, starts_at=tomorrow(11))
    response = press(booked, "move", slot=later.pk)
    assert response["Location"] == booked.get_absolute_url()
    booked.refresh_from_db()
    assert booked.state == State.BOOKED
    assert booked.due_at == later.starts_at
    assert list(Slot.objects.order_by("starts_at").values_list("booked", flat=True)) == [0, 1]
    assert Message.objects.get().kind == "moved"


def test_on_another_day_there_is_a_new_number_and_the_old_page_leads_to_it(dr_rao: Any, booked: Token) -> None:
    other = cast.slot(doctor=dr_rao, starts_at=tomorrow(9) + timedelta(days=1))
    response = press(booked, "move", slot=other.pk)
    new = Token.objects.exclude(pk=booked.pk).get()
    assert response["Location"] == new.get_absolute_url()
    booked.refresh_from_db()
    assert (booked.state, booked.moved_to) == (State.CANCELLED, new)
    assert new.get_absolute_url() in said(Client().get(booked.get_absolute_url()))
    appointment = Appointment.objects.get()
    assert (appointment.token, appointment.date, appointment.state) == (new, other.date, "confirmed")
    assert list(Slot.objects.order_by("starts_at").values_list("booked", flat=True)) == [0, 1]


def test_when_the_new_time_is_gone_the_old_one_is_kept(dr_rao: Any, booked: Token) -> None:
    full = cast.slot(doctor=dr_rao, starts_at=tomorrow(10), booked=1)
    free = cast.slot(doctor=dr_rao, starts_at=tomorrow(11))
    page = said(press(booked, "move", slot=full.pk))
    assert "That time has just been taken; 11:00 is next. Your old time is kept." in page
    booked.refresh_from_db()
    assert booked.state == State.BOOKED
    assert Appointment.objects.get().slot.starts_at == booked.due_at
    free.refresh_from_db()
    assert free.booked == 0
    assert not Message.objects.exists()


def test_a_visit_is_not_moved_to_another_doctor(dr_hari: Any, booked: Token) -> None:
    theirs = cast.slot(doctor=dr_hari, starts_at=tomorrow(10))
    assert "That is not a time of Dr Rao" in said(press(booked, "move", slot=theirs.pk))
    with pytest.raises(BookingError, match="same doctor only"):
        services.reschedule(token=booked, slot=theirs, by=None)


@pytest.mark.parametrize("typed", ["", "abc", "-1", "9" * 30, "1e3"])
def test_a_forged_time_is_a_sentence(booked: Token, typed: str) -> None:
    assert "That is not a time of Dr Rao" in said(press(booked, "move", slot=typed))


def test_who_waits_at_the_clinic_asks_the_desk_to_move(dr_rao: Any, booked: Token, reena: Any) -> None:
    tokens.mark_arrived(queue=booked.queue, number=booked.number, by=reena)
    later = cast.slot(doctor=dr_rao, starts_at=tomorrow(11))
    response = press(booked, "move", slot=later.pk)
    assert response["Location"] == booked.get_absolute_url()
    with pytest.raises(BookingError, match="ask the desk"):
        services.reschedule(token=booked, slot=later, by=None)


@pytest.mark.parametrize("action", ["", "cancel/", "move/"])
def test_a_guessed_address_is_not_there(booked: Token, action: str) -> None:
    assert Client().get(f"/t/AAAAAAAAAAAA/{action}").status_code == 404
