"""Every address of the product: how whoever may opens it, what its view declares, and a press or a look at it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from clinics.access import Access

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


def at(name: str, day: dict[str, str]) -> str:
    """An address of the table, with what is unguessable in it."""
    row = TABLE[name]
    return reverse(name, kwargs={key: day.get(value, value) for key, value in row.more.items() if key != "typed"})


def open_(client: Client, name: str, day: dict[str, str]) -> Any:
    """Open an address of the table."""
    row, address = TABLE[name], at(name, day) + TABLE[name].query
    return client.post(address, row.more["typed"]) if row.method == "post" else client.get(address)
