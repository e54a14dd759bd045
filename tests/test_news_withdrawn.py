"""News that reached nobody and is no longer so: nobody is telephoned about it, and it is not sent after all."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from clinics.models import User
from notifications import by_hand, outbox
from notifications.models import Message
from scheduling import services
from scheduling.models import Appointment
from scheduling.services.telling import tell
from tests import cast
from tests.clock import in_days
from tests.racing import at_once
from tokens import nearing
from tokens.models import Action, Queue
from tokens.states import State
from tokens.telling import tell_the_absent

pytestmark = pytest.mark.django_db

Kind = Message.Kind


@pytest.fixture
def ashas(dr_rao: Any, asha: Any) -> Appointment:
    """Asha's visit, of which she could not be told."""
    slot = cast.slot(doctor=dr_rao, starts_at=in_days(2), booked=1)
    visit = cast.appointment(doctor=dr_rao, patient=asha, slot=slot)
    tell(Kind.BOOKED, visit)
    fails()
    return visit


def fails() -> None:
    """All that waits reaches nobody."""
    Message.objects.filter(state="waiting").update(state="failed", reason="tries")


def to_telephone() -> list[str]:
    return sorted(Message.objects.to_telephone().values_list("kind", flat=True))


def nothing_is_sent_again(by: User) -> bool:
    return not by_hand.send_again(Message.objects.all(), by=by)


def test_a_cancelled_visit_leaves_the_call_list(ashas: Appointment, reena: User) -> None:
    assert to_telephone() == ["booked"]
    services.cancel(token=ashas.token, by=None, why="x")
    assert to_telephone() == []
    booked = Message.objects.get(kind="booked")
    assert (booked.state, booked.reason, nothing_is_sent_again(reena)) == ("dropped", "withdrawn", True)
    fails()
    assert to_telephone() == ["cancelled"], "that it is cancelled still matters"


@pytest.mark.parametrize("days", [2, 3], ids=["to another hour", "to another day"])
def test_a_moved_visit_is_read_out_with_its_new_time_alone(
    ashas: Appointment, dr_rao: Any, reena: User, days: int
) -> None:
    there = cast.slot(doctor=dr_rao, starts_at=in_days(days, "11:30"))
    services.reschedule(token=ashas.token, slot=there, by=None)
    assert to_telephone() == []
    assert nothing_is_sent_again(reena)
    fails()
    assert to_telephone() == ["moved"]


def test_what_was_told_by_telephone_does_not_come_back_to_the_list(ashas: Appointment, lake: Any, reena: User) -> None:
    booked = Message.objects.get(kind="booked")
    by_hand.tell_by_telephone(clinic=lake, message_id=booked.pk, by=reena)
    services.cancel(token=ashas.token, by=None, why="x")
    assert list(Message.objects.telephoned()) == [booked], "that somebody has called is kept"
    by_hand.take_back_telephone(clinic=lake, message_id=booked.pk, by=reena)
    assert to_telephone() == []
    assert nothing_is_sent_again(reena)


def test_nobody_is_telephoned_that_their_turn_is_near_who_is_inside(dr_rao: Any, asha: Any) -> None:
    queue = cast.queue(doctor=dr_rao)
    token = cast.token(queue=queue, patient=asha, state="waiting", arrived_at=timezone.now())
    words = {"token": 1, "doctor": "Dr Rao", "place": "Lake", "link": "http://x/"}
    for kind, more in [(Kind.NEAR, {"ahead": 1}), (Kind.ADDED, {})]:
        outbox.write(kind, to=cast.ASHAS_PHONE, clinic=queue.clinic, about=token.pk, **words, **more)
    fails()
    token.move_to(State.CONSULTING, by=None, action=Action("call"))
    Queue.objects.filter(pk=queue.pk).update(version=9)
    nearing.tell_near()
    assert to_telephone() == ["added"]


def test_of_a_delay_that_nobody_heard_of_the_latest_is_read_out(dr_rao: Any, asha: Any) -> None:
    queue = cast.queue(doctor=dr_rao)
    cast.token(queue=queue, patient=asha)

    def late(minutes: int) -> list[str]:
        queue.late_minutes = minutes
        queue.save()
        tell_the_absent(queue)
        fails()
        return [it.text.partition(":")[0] for it in Message.objects.to_telephone()]

    assert late(30) == ["Dr Rao runs about 30 min late"]
    assert late(35) == ["Dr Rao runs about 30 min late"], "that is about right, and she still knows of nothing"
    assert late(60) == ["Dr Rao runs about 60 min late"]
    assert late(0) == ["Dr Rao is on time again"]


def test_the_call_list_is_not_searched_for_one_token(ashas: Appointment) -> None:
    old = [Message(kind=Kind.BOOKED, to=cast.ASHAS_PHONE, about=uuid4(), state="failed", reason="tries",
                   useful_until=timezone.now()) for _ in range(2000)]  # fmt: skip
    Message.objects.bulk_create(old)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notifications_message")
    asked = Message.objects.unsettled().filter(about__in=[ashas.token.pk]).order_by("pk")
    assert "messages_about" in asked.explain()


@pytest.mark.django_db(transaction=True)
def test_who_sends_again_while_a_visit_is_cancelled_sends_nothing_that_is_off(ashas: Appointment, reena: User) -> None:
    """Whichever of the two is first."""
    for _ in range(5):
        Message.objects.filter(kind="booked").update(state="failed", reason="tries")
        at_once(
            lambda: by_hand.send_again(Message.objects.filter(kind="booked"), by=reena),
            lambda: outbox.withdraw(about=[ashas.token.pk]),
        )
        assert Message.objects.get(kind="booked").state == "dropped"
