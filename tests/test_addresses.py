"""Every address with Lake Clinic's real people behind it: what nobody, a stranger and a colleague are shown of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from clinics.access import Access
from clinics.models import AuditEvent, Role
from notifications.models import Message
from scheduling import services as calendar
from scheduling.models import Appointment, Conflict, Hold, LeaveRequest, Offer, Slot, WaitlistEntry
from tests import cast
from tests.reception import Kind, give
from tokens import presence, services
from tokens.models import Board, Queue, Sheet, Token, TokenEvent

pytestmark = pytest.mark.django_db

SECRET = "Asha Thomas"  # planted: shown to Lake's own people and at Asha's own addresses alone
SHEET = str(uuid4())
QUEUE = {"clinic": "lake-clinic", "doctor": "dr-rao"}
RULE = {"doctor": "", "grace_minutes": "9", "policy": "end", "goes_after": "2", "max_recalls": "1"}


@dataclass(frozen=True)
class Row:
    """How an address is opened by whoever may: the method, what is typed, and the answer's status."""

    method: str
    status: int
    more: dict[str, Any]
    query: str = ""
    names: bool = False  # shows Asha's name to whoever knows the address


def get(status: int = 200, *, query: str = "", names: bool = False, **more: Any) -> Row:
    """A page."""
    return Row("get", status, more, query, names=names)


def post(query: str = "", *, status: int = 302, typed: dict[str, str] | None = None, **more: Any) -> Row:
    """A press."""
    return Row("post", status, more | {"typed": typed or {}}, query)


# In the queue: 1 is inside, Asha (2) waits, 3 is expected, 4 was skipped, 5 has just been added.
TABLE: dict[str, Row] = {
    "healthz": get(),
    "readyz": get(),
    "doctors:photo": get(404, key="key"),
    "scheduling:home": get(),
    "scheduling:city": get(city="kochi"),
    "scheduling:clinic": get(clinic="lake-clinic"),
    "scheduling:doctor": get(**QUEUE),
    "scheduling:together": get(**QUEUE),
    "scheduling:wait": get(names=True, **QUEUE),
    "scheduling:wait_leave": post(pk="entry"),
    "scheduling:offer": get(names=True, code="offer"),
    "scheduling:waitlist": get(names=True, clinic="lake-clinic"),
    "scheduling:waitlist_remove": post(clinic="lake-clinic", pk="entry"),
    "scheduling:hold": post(typed={"slot": "0"}, **QUEUE),
    "scheduling:book": get(404, hold="hold"),
    "scheduling:book_phone": post(status=404, hold="hold"),
    "scheduling:book_code": post(status=404, hold="hold"),
    "scheduling:book_pin": post(status=404, hold="hold"),
    "scheduling:book_confirm": post(status=404, hold="hold"),
    "scheduling:book_release": post(status=404, hold="hold"),
    "scheduling:visits": get(names=True),
    "scheduling:cancel": get(code="code"),
    "scheduling:move": get(302, code="code"),
    "scheduling:choose": get(302, code="code"),
    "scheduling:pay": get(302, code="code"),
    "scheduling:video": get(302, code="code"),
    "scheduling:payments": get(clinic="lake-clinic"),
    "scheduling:paid": post(clinic="lake-clinic", pk="visit"),
    "scheduling:desk_video": get(302, number=3, **QUEUE),
    "scheduling:changes": get(names=True, clinic="lake-clinic"),
    "scheduling:change": post(clinic="lake-clinic", pk="conflict"),
    "scheduling:calendar": get(clinic="lake-clinic"),
    "scheduling:calendar_week": get(**QUEUE),
    "scheduling:hours": get(**QUEUE),
    "scheduling:rooms": get(clinic="lake-clinic"),
    "scheduling:leave": get(),
    "scheduling:leave_impact": get(),
    "scheduling:leave_affects": get(pk="leave"),
    "scheduling:leave_approve": post(pk="leave"),
    "scheduling:leave_reject": post(pk="leave"),
    "scheduling:leave_take_back": post(pk="leave"),
    "scheduling:desk_cancel": post(number=3, **QUEUE),
    "tokens:ticket": get(names=True, code="code"),
    "tokens:travel": post(typed={"minutes": "20"}, code="code"),
    "tokens:rate": get(302, code="code"),
    "tokens:party": get(302, code="code"),
    "tokens:board": get(key="key"),
    "tokens:here": get(key="key", stamp="stamp"),
    "tokens:today": get(names=True),
    "tokens:desks": get(302),
    "tokens:desk_all": get(clinic="lake-clinic"),
    "tokens:desk": get(names=True, **QUEUE),
    "tokens:call_next": post("?seen=1", **QUEUE),
    "tokens:complete": post("?seen=1", **QUEUE),
    "tokens:again": post(**QUEUE),
    "tokens:undo": post(**QUEUE),
    "tokens:state": post(typed={"state": "on_break"}, **QUEUE),
    "tokens:add": post(typed={"name": "Neil", "kind": "walkin", "once": str(uuid4())}, **QUEUE),
    "tokens:emergency": post(typed={"name": "Neil", "why": "Chest pain", "once": str(uuid4())}, **QUEUE),
    "tokens:desk_token": get(names=True, number=2, **QUEUE),
    "tokens:call": post("?seen=1", number=2, **QUEUE),
    "tokens:arrived": post(number=3, **QUEUE),
    "tokens:late": post(number=3, **QUEUE),
    "tokens:skip": post(number=2, **QUEUE),
    "tokens:recall": post(number=4, **QUEUE),
    "tokens:running_late": post(typed={"minutes": "20"}, **QUEUE),
    "tokens:reserve": post(typed={"how_many": "2", "purpose": "vip"}, **QUEUE),
    "tokens:known": get(query=f"?name={SECRET[:5]}", names=True, **QUEUE),
    "tokens:place": post(typed={"before": "end", "why": "in pain"}, number=2, **QUEUE),
    "tokens:merge": post(typed={"into": "3"}, number=2, **QUEUE),
    "tokens:note": post(typed={"note": "brings an X-ray"}, number=2, **QUEUE),
    "tokens:follow_up": post(typed={"days": "7"}, number=1, **QUEUE),
    "scheduling:close_day": get(**QUEUE),
    "scheduling:reopen_day": post(**QUEUE),
    "scheduling:rest_of_day": get(names=True, **QUEUE),
    "scheduling:desk_transfer": post(typed={"to": "dr-kurian"}, number=2, **QUEUE),
    "tokens:replay": get(names=True, **QUEUE),
    "tokens:late_rule": get(clinic="lake-clinic"),
    "tokens:late_rule_save": post(typed=RULE, clinic="lake-clinic"),
    "tokens:late_rule_drop": post(**QUEUE),
    "tokens:slip": get(names=True, number=2, **QUEUE),
    "tokens:print": get(**QUEUE),
    "tokens:sheet": get(sheet_id=SHEET, **QUEUE),
    "tokens:afterwards": get(names=True, **QUEUE),
    "patients:phone": get(),
    "patients:code": get(302),
    "patients:pin": get(),
    "patients:give_pin": get(clinic="lake-clinic"),
    "patients:sign_out": post(),
    "clinics:sign_in": get(),
    "clinics:second_factor": get(302),
    "clinics:enrol": get(302),
    "clinics:sign_out": post(),
    "notifications:choices": get(),
    "notifications:worker": get(),
    "notifications:subscribe": post(status=400),
    "notifications:unsubscribe": post(status=204),
    "notifications:inbox": get(404),  # development only
    "notifications:ledger": get(clinic="lake-clinic"),
    "notifications:ledger_file": get(clinic="lake-clinic"),
    "notifications:calls": get(names=True, clinic="lake-clinic"),
    "notifications:told": post(clinic="lake-clinic", pk="untold"),
    "notifications:not_told": post(clinic="lake-clinic", pk="untold"),
    "notifications:again": post(clinic="lake-clinic", pk="untold"),
    "notifications:twilio_status": post(status=403, dispatch=SHEET),  # nothing of theirs is signed here
    "notifications:twilio_inbound": post(status=403),
    "notifications:gateway_status": post(status=403, dispatch=SHEET),
    "notifications:push_seen": post(status=404, dispatch=SHEET),
    "analytics:report": get(clinic="lake-clinic"),
}


def declared() -> dict[str, Access | None]:
    """Every address of the product outside the back office, and what its view declares."""
    found: dict[str, Access | None] = {}

    def walk(patterns: list[Any], namespace: str) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                found[f"{namespace}{pattern.name}"] = getattr(pattern.callback, "access", None)
            elif pattern.namespace != "admin":
                walk(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else namespace)

    walk(get_resolver().url_patterns, "")
    return found


ACCESS = declared()
GUARDED = [name for name in TABLE if ACCESS.get(name) and ACCESS[name].kind in {"staff", "own"}]


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


def open_(client: Client, name: str, day: dict[str, str]) -> Any:
    """Open an address of the table."""
    row = TABLE[name]
    places = {key: day.get(value, value) for key, value in row.more.items() if key != "typed"}
    at = reverse(name, kwargs=places) + row.query
    return client.post(at, row.more["typed"]) if row.method == "post" else client.get(at)


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
    places = {key: day.get(value, value) for key, value in TABLE[name].more.items() if key != "typed"}
    who, before = (
        reena if ACCESS[name].kind == "staff" and "receptionist" in ACCESS[name].roles else lekha,
        everything(),
    )
    assert signed_in(who).get(reverse(name, kwargs=places)).status_code == 405
    assert everything() == before
