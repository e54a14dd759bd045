"""What patients are told of their turn: near, in time to leave, called, late; and nothing that is no longer so."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications import jobs as messages
from notifications.kinds import Kind
from notifications.models import Message, Policy
from notifications.models.clinic import usual_kinds
from tests import cast
from tests.clock import ist
from tests.racing import at_once
from tests.telling import Phone
from tests.waiting_room import booked, queue, walk_in
from tokens import services, undo
from tokens.jobs import mark_late, tell_near
from tokens.models import LateRule, Queue, Token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def room(clock: Any, dr_rao: Any) -> Queue:
    """Dr Rao's queue, the doctor consulting."""
    made = queue(doctor=dr_rao)
    services.set_doctor_state(queue=made, state=Queue.DoctorState.CONSULTING, by=None)
    return Queue.objects.select_related("clinic", "doctor").get(pk=made.pk)


def choose(clinic: Any, *kinds: str, **fields: Any) -> Policy:
    """The clinic sends the usual kinds, and these."""
    return Policy.objects.create(clinic=clinic, kinds=[*usual_kinds(), *kinds], **fields)


def told(kind: str) -> list[Message]:
    return list(Message.objects.filter(kind=kind).order_by("created_at", "pk"))


def crowd(room: Queue, many: int, by: Any) -> None:
    for at in range(many):
        walk_in(queue=room, name=f"Ravi {at}", by=by)


# ── Near ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_asha_is_told_once_when_three_are_ahead(room: Queue, reena: Any, asha: Any) -> None:
    crowd(room, 4, reena)
    token = walk_in(queue=room, name="x", by=reena)
    Token.objects.filter(pk=token.pk).update(patient=asha)
    assert tell_near() == 0
    services.call_next(queue=room, by=reena, seen=None)
    assert tell_near() == 1
    services.call_next(queue=room, by=reena, seen=1)
    assert tell_near() == 0
    (message,) = told(Kind.NEAR)
    assert message.text == (
        "Your turn is near: token 5, Dr Rao, Lake Clinic. 3 ahead of you. " + message.words["link"]
    )  # fmt: skip
    assert (message.to, message.about) == (asha.phone, token.pk)


def test_a_clinic_says_how_many_are_near_and_whether_it_tells(room: Queue, reena: Any, asha: Any) -> None:
    policy = choose(room.clinic, near_ahead=1)
    crowd(room, 2, reena)
    booked(queue=room, patient=asha, due_at=timezone.now() + timedelta(minutes=5))
    assert tell_near() == 0
    policy.kinds = [it for it in policy.kinds if it != Kind.NEAR]
    policy.save()
    services.call_next(queue=room, by=reena, seen=None)
    assert tell_near() == 0
    policy.kinds = [*policy.kinds, Kind.NEAR]
    policy.save()
    services.call_next(queue=room, by=reena, seen=1)
    assert tell_near() == 1


def test_nobody_is_near_before_their_own_time_however_short_the_line(room: Queue, clock: Any, asha: Any) -> None:
    booked(queue=room, patient=asha, due_at=ist("2026-11-23 11:00"))
    assert tell_near() == 0
    clock.set("2026-11-23 10:29")
    assert tell_near() == 0
    clock.set("2026-11-23 10:30")  # nothing has changed but the time
    assert tell_near() == 1
    assert tell_near() == 0


def test_nobody_is_called_near_before_the_doctor_has_come(clock: Any, dr_rao: Any, asha: Any) -> None:
    early = queue(doctor=dr_rao)
    booked(queue=early, patient=asha, due_at=ist("2026-11-23 10:10"))
    assert tell_near() == 0
    services.set_doctor_state(queue=early, state=Queue.DoctorState.CONSULTING, by=None)
    assert tell_near() == 1


def test_only_what_has_changed_is_looked_at(room: Queue, reena: Any, asha: Any) -> None:
    booked(queue=room, patient=asha)
    tell_near()
    with CaptureQueriesContext(connection) as captured:
        tell_near()
    assert len(captured) == 3, "one question, and its transaction"


def test_ten_queues_cost_as_many_statements_as_one(lake: Any, reena: Any, settings: Any) -> None:
    def cost(many: int) -> int:
        for at in range(many):
            doctor = cast.doctor(clinic=lake, name=f"Doctor {timezone.now():%H%M%S}{many}x{at}")
            made = queue(doctor=doctor)
            services.set_doctor_state(queue=made, state=Queue.DoctorState.CONSULTING, by=None)
            booked(queue=made, patient=cast.patient(), due_at=timezone.now() + timedelta(minutes=5))
        with CaptureQueriesContext(connection) as captured:
            assert tell_near() == many
        return len(captured)

    assert cost(1) == cost(10)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_four_sweeps_at_once_tell_everybody_once(lake: Any, reena: Any) -> None:
    for at in range(6):
        made = queue(doctor=cast.doctor(clinic=lake, name=f"Doctor N{at}"))
        services.set_doctor_state(queue=made, state=Queue.DoctorState.CONSULTING, by=None)
        booked(queue=made, patient=cast.patient(), due_at=timezone.now() + timedelta(minutes=5))
    at_once(*[tell_near] * 4)
    tell_near()
    assert len(told(Kind.NEAR)) == len({it.about for it in told(Kind.NEAR)}) == 6


def test_who_is_inside_by_now_is_not_told_that_the_turn_is_near(room: Queue, reena: Any, asha: Any) -> None:
    token = booked(queue=room, patient=asha, due_at=timezone.now() + timedelta(minutes=5))
    tell_near()
    services.mark_arrived(queue=room, number=token.number, by=reena)
    services.call_next(queue=room, by=reena, seen=None)
    tell_near()
    (message,) = told(Kind.NEAR)
    assert (message.state, message.reason) == ("dropped", "withdrawn")


# ── In time to leave ───────────────────────────────────────────────────────────────────────────────────────────
def away(token: Token, minutes: str) -> Any:
    """Tap how far away one is, without signing in."""
    return Client().post(f"/t/{token.code}/travel/", {"minutes": minutes}, follow=True)


def test_who_is_45_minutes_away_is_told_before_the_others(room: Queue, clock: Any, asha: Any) -> None:
    token = booked(queue=room, patient=asha, due_at=ist("2026-11-23 12:00"))
    page = away(token, "45").content.decode()
    assert "45 minutes before" in page
    assert 'value="45" aria-pressed="true"' in page
    assert tell_near() == 0
    clock.set("2026-11-23 11:14:59")
    assert tell_near() == 0
    clock.set("2026-11-23 11:15")
    assert tell_near() == 1
    clock.set("2026-11-23 11:45")
    assert tell_near() == 0, "told once"


def test_who_lives_far_away_is_told_to_leave_before_the_doctor_has_come(clock: Any, dr_rao: Any, asha: Any) -> None:
    early = queue(doctor=dr_rao)
    token = booked(queue=early, patient=asha, due_at=ist("2026-11-23 11:00"))
    away(token, "60")
    assert tell_near() == 1


def test_the_wait_of_a_long_line_is_what_counts(room: Queue, reena: Any, clock: Any, asha: Any) -> None:
    crowd(room, 12, reena)
    token = walk_in(queue=room, name="x", by=reena)
    Token.objects.filter(pk=token.pk).update(patient=asha)
    away(token, "60")
    assert tell_near() == 0
    seen = None
    while not told(Kind.NEAR):
        seen = services.call_next(queue=room, by=reena, seen=seen).number
        clock.pass_(minutes=10)
        tell_near()
    ahead = int(told(Kind.NEAR)[0].words["ahead"])
    assert 5 <= ahead <= 9, "long before three are ahead"


@pytest.mark.parametrize("typed", ["7", "-10", "9999999", "ten"])
def test_nonsense_is_not_kept(room: Queue, asha: Any, typed: str) -> None:
    token = booked(queue=room, patient=asha)
    assert away(token, typed).status_code == 200
    token.refresh_from_db()
    assert token.travel_minutes is None


def test_nobody_is_asked_who_cannot_be_told(room: Queue, reena: Any, asha: Any) -> None:
    without = walk_in(queue=room, by=reena)
    mine = booked(queue=room, patient=asha)
    assert "when I should leave" not in Client().get(without.get_absolute_url()).content.decode()
    assert "when I should leave" in Client().get(mine.get_absolute_url()).content.decode()
    Policy.objects.create(clinic=room.clinic, kinds=[Kind.BOOKED])
    assert "when I should leave" not in Client().get(mine.get_absolute_url()).content.decode()


# ── Called ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_where_a_clinic_wants_it_who_is_called_is_told_where_to_go(
    room: Queue, reena: Any, asha: Any, sms: Phone
) -> None:
    choose(room.clinic, Kind.CALLED)
    room.doctor.room = cast.room(clinic=room.clinic, name="Room 2")
    room.doctor.save()
    token = booked(queue=room, patient=asha)
    services.mark_arrived(queue=room, number=token.number, by=reena)
    services.call_next(queue=room, by=reena, seen=None)
    messages.sweep()
    (text,) = [text for _, text in sms.said]
    assert text.startswith("Token 1, please go in now: Room 2, Lake Clinic.")
    assert text.endswith(token.get_absolute_url())


def test_usually_nobody_is_told_and_the_press_asks_nothing_for_it(
    room: Queue, reena: Any, asha: Any, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("notifications.policies._until", 0.0)
    settings.POLICIES_SECONDS = 60
    crowd(room, 2, reena)
    services.call_next(queue=room, by=reena, seen=None)
    with CaptureQueriesContext(connection) as captured:
        services.call_next(queue=room, by=reena, seen=1)
    assert not [it for it in captured if "notifications_" in it["sql"]]
    assert told(Kind.CALLED) == []


# ── Late ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("by_hand", [True, False])
def test_who_is_marked_late_is_told_where_they_go_in(
    room: Queue, reena: Any, asha: Any, clock: Any, by_hand: bool
) -> None:
    choose(room.clinic, Kind.LATE)
    LateRule.objects.create(clinic=room.clinic, doctor=room.doctor, policy="end")
    token = booked(queue=room, patient=asha, due_at=timezone.now() + timedelta(minutes=1))
    clock.pass_(minutes=30)
    if by_hand:
        services.mark_late(queue=room, number=token.number, by=reena)
    else:
        assert mark_late() == 1
    (message,) = told(Kind.LATE)
    assert message.text.startswith("Token 1, Lake Clinic: you are marked late. Come, and you go in at the end of the")
    assert message.due_at == timezone.now() + timedelta(minutes=1)


def test_a_slip_of_the_finger_marks_nobody_late_on_the_phone(
    room: Queue, reena: Any, asha: Any, clock: Any, sms: Phone
) -> None:
    choose(room.clinic, Kind.LATE)
    token = booked(queue=room, patient=asha, due_at=timezone.now() + timedelta(hours=2))
    services.mark_late(queue=room, number=token.number, by=reena)
    clock.pass_(seconds=20)
    undo.undo(queue=room, by=reena)
    tell_near()
    clock.pass_(minutes=2)
    messages.sweep()
    assert (told(Kind.LATE)[0].state, sms.carried) == ("dropped", [])


def test_usually_nobody_is_told_of_being_late(room: Queue, reena: Any, asha: Any) -> None:
    token = booked(queue=room, patient=asha)
    services.mark_late(queue=room, number=token.number, by=reena)
    assert told(Kind.LATE) == []
