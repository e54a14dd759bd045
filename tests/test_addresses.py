"""Every address with Lake Clinic's real people behind it: what nobody, a stranger and a colleague are shown of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinics.models import AuditEvent, Role
from notifications.models import Message
from scheduling import services as calendar
from scheduling.models import Appointment, Conflict, Hold, LeaveRequest, Offer, Slot, WaitlistEntry
from tests import cast
from tests.addresses import ACCESS, GUARDED, SECRET, SHEET, TABLE, at, open_
from tests.reception import Kind, give
from tokens import presence, services
from tokens.models import Board, Queue, Sheet, Token, TokenEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(dr_rao: Any, rao: Any, reena: Any, settings: Any) -> dict[str, str]:
    """Lake Clinic's day, and what is unguessable in its addresses."""
    settings.SHOW_INBOX = False
    queue = services.queue_for(dr_rao, dr_rao.clinic.today())
    give(queue, Kind.WALK_IN)
    services.call_next(queue=queue, by=reena, seen=None)
    asha = give(queue, Kind.WALK_IN, patient=cast.patient(name=SECRET))
    give(queue, past=200)
    give(queue, Kind.WALK_IN)
    services.skip(queue=queue, number=4, by=reena)
    give(queue, Kind.WALK_IN)
    cast.doctor(clinic=dr_rao.clinic, name="Joseph Kurian")
    hold = calendar.hold(slot=cast.slot(doctor=dr_rao), browser="Asha's")
    board = Board.objects.create(clinic=dr_rao.clinic)
    Sheet.objects.create(pk=SHEET, clinic=dr_rao.clinic, queue=queue, kind="day", state="ready", pdf="")
    visit = cast.appointment(doctor=dr_rao, patient=cast.patient(name=SECRET), slot=cast.slot(doctor=dr_rao, booked=1))
    conflict = Conflict.objects.create(clinic=dr_rao.clinic, doctor=dr_rao, appointment=visit, why="Dr Rao is on leave")
    entry = cast.waits(doctor=dr_rao, patient=cast.patient(name=SECRET))
    offer = cast.offer(entry=entry, slot=cast.slot(doctor=dr_rao))
    leave = cast.leave(doctor=dr_rao, asked_by=rao, state="asked", starts_at=timezone.now() + timedelta(days=9))
    untold = cast.message(kind="delayed", clinic=dr_rao.clinic, said=f"{SECRET} comes late", token=2, place="Lake",
                          wait="http://x/", move="http://x/", cancel="http://x/")  # fmt: skip
    Message.objects.filter(pk=untold.pk).update(state="failed", reason="refused")
    return {
        "hold": str(hold.pk), "untold": str(untold.pk),
        "code": asha.code, "key": board.key, "conflict": str(conflict.pk), "leave": leave.pk,
        "entry": str(entry.pk), "offer": offer.code, "visit": str(visit.pk),
        "stamp": presence.address(board, timezone.now()).split("/")[3],
    }  # fmt: skip


def everything() -> dict[str, int]:
    """How much is written, and at which version the queues are."""
    rows = {
        model.__name__: model.objects.count() for model in (Token, TokenEvent, Appointment, Message, AuditEvent, Hold)
    }
    held = Slot.objects.aggregate(held=Sum("held"))
    states = {
        "leave": list(LeaveRequest.objects.values_list("state")),
        "conflicts": list(Conflict.objects.values()),
        "waits": list(WaitlistEntry.objects.values()),
        "offers": list(Offer.objects.values()),
        "messages": list(Message.objects.values("pk", "state", "called_at")),
    }
    return rows | held | states | {"versions": sum(Queue.objects.values_list("version", flat=True))}


# Pages without a clinic in their address: she has a desk of her own, and is neither doctor nor admin.
HER_OWN = {"tokens:desks": 302} | {
    name: 403 for name, access in ACCESS.items()
    if access and access.kind == "own" and Role.RECEPTIONIST not in access.roles
}  # fmt: skip


def test_every_address_is_in_the_table_and_says_who_may_open_it() -> None:
    assert set(ACCESS) == set(TABLE)
    assert [name for name, access in ACCESS.items() if access is None] == []
    assert len(GUARDED) > 15


def test_nobody_is_asked_to_sign_in_and_changes_nothing(day: dict[str, str]) -> None:
    before = everything()
    of_patients = [name for name, access in ACCESS.items() if access and access.kind == "patient"]
    for name in [*GUARDED, *of_patients]:
        answer = open_(Client(), name, day)
        door = "/phone/" if name in of_patients else "/sign-in/"
        assert (answer.status_code, answer.url.startswith(door)) == (302, True), name
        assert SECRET.encode() not in answer.content, name
    assert everything() == before


def test_a_stranger_finds_nothing_there_and_changes_nothing(day: dict[str, str], hema: Any, signed_in: Any) -> None:
    client, before = signed_in(hema), everything()
    for name in GUARDED:
        answer = open_(client, name, day)
        expected = HER_OWN.get(name, 404)
        assert answer.status_code == expected, name
        assert SECRET.encode() not in answer.content, name
    assert everything() == before


def test_another_clinics_admin_finds_no_leave_of_lakes(day: dict[str, str], hill: Any, signed_in: Any) -> None:
    client, before = signed_in(cast.staff(clinic=hill, role=Role.ADMIN, name="Harsha")), everything()
    for name in [name for name in TABLE if TABLE[name].more.get("pk") == "leave"]:
        assert open_(client, name, day).status_code == 404, name
    assert everything() == before


def test_lakes_people_are_not_reached_through_another_clinics_address(
    day: dict[str, str], hema: Any, signed_in: Any
) -> None:
    client, before = signed_in(hema), everything()
    for name in [name for name in GUARDED if "doctor" in TABLE[name].more]:
        row = TABLE[name]
        places = {key: value for key, value in row.more.items() if key != "typed"} | {"clinic": "hill-clinic"}
        answer = getattr(client, row.method)(reverse(name, kwargs=places) + row.query, row.more.get("typed"))
        assert answer.status_code == (404 if Role.RECEPTIONIST in ACCESS[name].roles else 403), name
    assert everything() == before


@pytest.mark.parametrize("role", Role)
def test_a_colleague_in_another_role_is_told_so(day: dict[str, str], lake: Any, signed_in: Any, role: Role) -> None:
    client, before = signed_in(cast.staff(clinic=lake, role=role, name="Somebody")), everything()
    for name in GUARDED:
        if role not in ACCESS[name].roles:
            answer = open_(client, name, day)
            assert answer.status_code == 403, name
            assert SECRET.encode() not in answer.content, name
    assert everything() == before


def test_another_doctor_looks_but_does_not_press(day: dict[str, str], lake: Any, signed_in: Any) -> None:
    client, before = signed_in(cast.staff(clinic=lake, role=Role.DOCTOR, name="Joseph Kurian")), everything()
    pressed = [name for name in GUARDED if TABLE[name].method == "post"]
    refused = dict.fromkeys(pressed, 403) | {"scheduling:leave_take_back": 404}  # somebody else's leave is not there
    assert {name: open_(client, name, day).status_code for name in pressed} == refused
    assert everything() == before


@pytest.mark.parametrize("name", TABLE)
def test_whoever_may_is_answered(
    name: str, day: dict[str, str], rao: Any, reena: Any, lekha: Any, signed_in: Any
) -> None:
    access = ACCESS[name]
    roles = access.roles if access else frozenset()
    user = next((who for role, who in zip(Role, (lekha, rao, reena), strict=True) if role in roles), None)
    user = reena if Role.RECEPTIONIST in roles else user
    if access and access.kind == "patient":
        user = cast.phone_user()
    client = signed_in(user) if user else Client()
    answer = open_(client, name, day)
    assert answer.status_code == TABLE[name].status
    assert not answer.headers.get("Location", "").startswith("/sign-in/?"), "sent away instead of answered"
    shown = answer.content.decode() if answer.status_code == 200 else ""
    if TABLE[name].names:
        assert SECRET.split(maxsplit=1)[0] in shown
    elif user is None:
        assert SECRET.split(maxsplit=1)[0] not in shown, "numbers only, no names"


@pytest.mark.parametrize("name", [name for name in GUARDED if TABLE[name].method == "post"])
def test_a_press_is_not_a_link(name: str, day: dict[str, str], reena: Any, lekha: Any, signed_in: Any) -> None:
    who, before = (
        reena if ACCESS[name].kind == "staff" and "receptionist" in ACCESS[name].roles else lekha,
        everything(),
    )
    assert signed_in(who).get(at(name, day)).status_code == 405
    assert everything() == before
