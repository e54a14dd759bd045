"""What each live fragment shows and who may look: the same answer for a page, an HTMX swap and a socket's push.

A fragment is a pure function of a picture and the minute. It is rendered once for each version (and minute) in each
process; every page and socket that shows it gets the same text.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from django.db import transaction
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from clinics.models import Clinic
from clinics.templatetags.words import people
from doctors.models import Doctor
from tokens import presence
from tokens.board_rows import board_page
from tokens.models import Board, Queue, Token
from tokens.qr import absolute, draw_qr, qr
from tokens.snapshot import Place, Snapshot, snapshot
from tokens.states import IN_LINE, State

Topic = tuple[str, int]  # ("queue", id), ("clinic", id) or ("times", doctor's id): what a change is heard of under

AHEAD_SHOWN = 6  # numbers of the line on a ticket; of the rest it says how many
KEPT = 4096  # rendered fragments a process remembers
_rendered: OrderedDict[Hashable, SafeString] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Screen:
    """One live fragment as somebody looks at it: equal screens show the same bytes."""

    name: str
    topic: Topic
    rest: tuple[Any, ...] = ()


def this_minute() -> datetime:
    """Now, to the minute: two renderings in the same minute are equal."""
    return timezone.now().replace(second=0, microsecond=0)


def this_half_minute() -> datetime:
    """Now, to half a minute: what has just been called is shown for that long."""
    now = timezone.now()
    return now.replace(second=now.second // 30 * 30, microsecond=0)


def forget() -> None:
    """Drop every fragment kept: for tests, whose databases forget too."""
    _rendered.clear()


def draw(screen: Screen) -> SafeString:
    """A screen's fragment at the newest version."""
    return draw_all(screen.topic, {screen})[screen]


def draw_all(topic: Topic, screens: Iterable[Screen]) -> dict[Screen, SafeString]:
    """The fragments of many screens of one topic, without those there are no more: the queue is read once for all."""
    kind, pk = topic
    if kind == "queue":
        picture, now = newest(pk), this_minute()
        return {screen: OF_A_QUEUE[screen.name](picture, now, *screen.rest) for screen in screens}
    drawn = {}
    for screen in screens:
        with suppress(Board.DoesNotExist):  # deleted or revoked, while somebody looks: the others are drawn
            drawn[screen] = DRAWN_BY[screen.name](*screen.rest)
    return drawn


def _once(name: str, key: Hashable, build: Callable[[], dict[str, Any]]) -> SafeString:
    """Render `tokens/_<name>.html`, or hand out what was rendered for the same key."""
    kept = _rendered.get((name, key))
    if kept is None:
        kept = mark_safe(get_template(f"tokens/_{name}.html").render(build()).strip())  # noqa: S308
        with _lock:
            _rendered[name, key] = kept
            while len(_rendered) > KEPT:
                _rendered.popitem(last=False)
    return kept


def newest(queue_id: int) -> Snapshot:
    """A queue's picture at the version the database has now: one narrow query, more only when it has changed."""
    return snapshot(queue_id, Queue.objects.values_list("version", flat=True).get(pk=queue_id))


# ── one queue ─────────────────────────────────────────────────────────────────────────────────────────────────
def desk(picture: Snapshot, now: datetime) -> SafeString:
    """Reception's view of one queue: everybody of the day, with names."""

    def build() -> dict[str, Any]:
        line = enumerate(picture.line)
        rows = [{"place": place, "likely_at": picture.likely_at(ahead, place, now=now)} for ahead, place in line]
        return _context(picture, now, rows=rows, states=Queue.DoctorState)

    return _once("desk", _key(picture, now), build)


def today(picture: Snapshot, now: datetime) -> SafeString:
    """The doctor's own list of the day."""
    return _once("today", _key(picture, now), lambda: _context(picture, now))


def ticket(picture: Snapshot, now: datetime, token_id: UUID) -> SafeString:
    """One patient's slip: their number, who is inside, how many before them, and when."""
    place = picture.place(token_id)
    is_today = picture.date == now.astimezone(picture.zone).date()
    key = (*_key(picture, now), token_id)
    if place.state == State.CONSULTING:
        return _once("ticket_turn", key, lambda: {"queue": picture, "place": place})
    if is_today and place.state in IN_LINE:
        return _once("ticket", key, lambda: _in_line(picture, now, place))
    aside = {"queue": picture, "place": place, "now": now, "is_today": is_today, "is_over": place.is_over}
    return _once("ticket_aside", key, lambda: aside | {"visit": _visit(picture, now, place), "unpaid": _unpaid(place)})


def _in_line(picture: Snapshot, now: datetime, place: Place) -> dict[str, Any]:
    """The slip of somebody who waits today. What all of them read alike is made once: a hundred may be looking."""
    ahead = picture.ahead_of(place)
    wait = picture.wait_of(place, now=now)
    where = (picture.doctor_name, place.mode_label.lower() or picture.room, picture.clinic_name)
    return {
        "queue": picture, "place": place, "now": now, "inside": picture.inside,
        "before": people(len(ahead)).capitalize(),
        "doctor": _doctor(picture), "where": " · ".join(filter(None, where)), "visit": _visit(picture, now, place),
        "unpaid": _unpaid(place),
        "line": _line(picture, ahead[:AHEAD_SHOWN]), "more_ahead": max(0, len(ahead) - AHEAD_SHOWN),
        "wait": wait and str(wait),
        "likely_from": wait and now + timedelta(minutes=wait.low),
        "likely_to": wait and now + timedelta(minutes=wait.high),
        "emergencies": 0 if place.is_first else sum(other.is_first for other in ahead),
    }  # fmt: skip


def _doctor(picture: Snapshot) -> SafeString | str:
    """Where the doctor is, when not consulting."""
    if picture.doctor_state == Queue.DoctorState.CONSULTING:
        return ""
    return _once("ticket_doctor", (picture.queue_id, picture.version), lambda: {"queue": picture})


def _line(picture: Snapshot, ahead: tuple[Place, ...]) -> SafeString:
    """The numbers at the head of the line: all who wait further behind are shown the same."""
    inside = picture.inside.number if picture.inside else None
    line = tuple((other.number, other.is_first) for other in ahead)
    return _once("ticket_line", (inside, line), lambda: {"inside": inside, "line": line})


def _unpaid(place: Place) -> SafeString | str:
    """Until when the place is kept for somebody who has still to pay."""
    if place.kept_until is None or place.is_over:
        return ""
    return _once("ticket_unpaid", (place.id, place.kept_until), lambda: {"place": place})


def _visit(picture: Snapshot, now: datetime, place: Place) -> SafeString:
    """The steps of one visit: the part of a ticket that most presses at the desk leave as it is."""
    today = now.astimezone(picture.zone).date()

    def build() -> dict[str, Any]:
        return {
            "queue": picture, "place": place, "is_today": picture.date == today, "is_past": picture.date < today,
            "is_over": place.is_over,
            "may_move": place.kind == Token.Kind.BOOKED and place.state in (State.BOOKED, State.LATE),
        }  # fmt: skip

    shown = (
        place.id,
        place.kind,
        place.state,
        place.kept_until,
        place.due_at if place.mode else None,
        place.moved_to,
        place.created_at,
        place.arrived_at,
        place.consulting_at,
    )
    return _once("ticket_visit", (*shown, place.ended_at, picture.doctor_short_name, today), build)


def _key(picture: Snapshot, now: datetime) -> tuple[Hashable, ...]:
    """What a rendering of a queue depends on."""
    return picture.queue_id, picture.version, now


def _context(picture: Snapshot, now: datetime, **more: Any) -> dict[str, Any]:
    """What every fragment of one queue is given."""
    inside_minutes = None
    if picture.inside is not None and picture.inside.consulting_at is not None:
        inside_minutes = max(0, int((now - picture.inside.consulting_at).total_seconds() // 60))
    ends_at = picture.likely_at(len(picture.line), now=now) if picture.line else None
    is_today = picture.date == now.astimezone(picture.zone).date()
    return {
        "queue": picture, "now": now, "is_today": is_today, "inside_minutes": inside_minutes, "ends_at": ends_at,
        "seen": picture.inside.number if picture.inside else "", "hour": now.astimezone(picture.zone).hour,
    } | more  # fmt: skip


# ── a clinic's whole day ──────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Day:
    """All queues of a clinic's date; `version` only grows, from day to day too."""

    clinic: Clinic
    date: date
    version: int
    queues: tuple[Snapshot, ...]


def day_of(clinic: Clinic, *, doctor_ids: frozenset[int] | None = None) -> Day:
    """The queues of a clinic today (of some doctors, when named), the doctors in the order of their names."""
    today = clinic.today()
    found = clinic.queues.on(today).filter(doctor__status=Doctor.Status.ACTIVE).order_by("doctor__name")
    versions = list(found.values_list("pk", "doctor_id", "version"))
    chosen = [(pk, version) for pk, doctor_id, version in versions if not doctor_ids or doctor_id in doctor_ids]
    pictures = tuple(snapshot(pk, version) for pk, version in chosen)
    newest = {pk: version for pk, _, version in versions} | {it.queue_id: it.version for it in pictures}  # read later
    return Day(clinic, today, int(f"{today:%Y%m%d}") * 10**6 + sum(newest.values()), pictures)


def ensure_queues(clinic: Clinic) -> None:
    """Give every active doctor of a clinic a queue for today, so that the desk can add the first walk-in."""
    today = clinic.today()
    missing = clinic.doctors.at_work().exclude(queues__date=today).values_list("pk", flat=True)
    if missing:
        Queue.objects.bulk_create(
            [Queue(clinic=clinic, doctor_id=pk, date=today) for pk in missing], ignore_conflicts=True
        )


def ensure_board(clinic: Clinic) -> None:
    """Give a clinic its first waiting-room display; one that has been switched off is not replaced."""
    if clinic.boards.exists():
        return
    with transaction.atomic():
        Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
        if not clinic.boards.exists():
            clinic.boards.create()


def desk_all(clinic_id: int) -> SafeString:
    """Reception's view of every doctor today."""
    day, now = day_of(Clinic.objects.get(pk=clinic_id)), this_minute()

    def build() -> dict[str, Any]:
        cards = [_context(picture, now) for picture in day.queues]
        waiting = sum(len(picture.line) for picture in day.queues)
        seen = sum(len(picture.done) for picture in day.queues)
        return {"day": day, "now": now, "cards": cards, "waiting": waiting, "seen": seen}

    return _once("desk_all", (clinic_id, day.version, now), build)


def doctors(queue_id: int) -> SafeString:
    """The strip above one queue: the clinic's doctors today, and how many wait for each."""
    day = day_of(Clinic.objects.get(queues=queue_id))
    return _once("doctors", (queue_id, day.version), lambda: {"day": day, "queue_id": queue_id})


def board(board_id: int) -> SafeString:
    """The waiting room's display: numbers only, no names."""
    board, now = Board.objects.select_related("clinic").get(pk=board_id, is_active=True), this_half_minute()
    doctor_ids = frozenset(board.doctors.values_list("pk", flat=True))
    day = day_of(board.clinic, doctor_ids=doctor_ids)
    key = (board_id, doctor_ids, day.version, now, board.clinic.checks_people_in)

    def build() -> dict[str, Any]:
        path = board.clinic.get_absolute_url()
        if board.clinic.checks_people_in:
            code = draw_qr(presence.address(board, now), "QR code: say that you are here")
        else:
            code = qr(path, f"QR code: book a visit at {board.clinic}")
        book_at = absolute(path).partition("://")[2]
        return {"day": day, "now": now, "qr": code, "book_at": book_at} | board_page(day.queues, now)

    return _once("board", key, build)


OF_A_QUEUE: dict[str, Callable[..., SafeString]] = {"desk": desk, "today": today, "ticket": ticket}
# By name; the calendar, which is above, adds its own.
DRAWN_BY: dict[str, Callable[..., SafeString]] = {"desk_all": desk_all, "doctors": doctors, "board": board}


def of_queue(name: str, queue_id: int, *rest: Any) -> Screen:
    """A screen of one queue: desk, today, or a ticket with its token's id."""
    return Screen(name, ("queue", queue_id), rest)


def of_clinic(name: str, clinic_id: int, key: int) -> Screen:
    """A screen of a clinic's whole day: desk_all with the clinic's id, doctors with a queue's, a board with its own."""
    return Screen(name, ("clinic", clinic_id), (key,))
