"""What each live fragment shows and who may look: the same answer for a page, an HTMX swap and a socket's push.

A fragment is a pure function of a picture and the minute. It is rendered once for each version (and minute) in each
process; every page and socket that shows it gets the same text.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.safestring import SafeString

from clinics.compiled import CompiledQuery
from clinics.models import Clinic
from tokens import presence
from tokens.board_rows import board_page
from tokens.days import day_of
from tokens.models import Board, Purpose, Queue
from tokens.qr import absolute, draw_qr, qr
from tokens.rendering import key_of, once_at_a_time, this_half_minute, this_minute
from tokens.snapshot import Snapshot, snapshot
from tokens.summary import summary
from tokens.tickets import ticket

Topic = tuple[str, int]  # ("queue", id), ("clinic", id) or ("times", doctor's id): what a change is heard of under

STATES = [(state.value, state.label) for state in Queue.DoctorState if state not in Queue.AWAY]
BREAKS, ABSENCES, DELAYS = (10, 20, 30), (15, 30, 60), (0, 10, 20, 30, 60)  # minutes, one tap each
FOLLOW_UPS = ((7, "1 week"), (14, "2 weeks"), (30, "1 month"), (90, "3 months"))


@dataclass(frozen=True, slots=True)
class Screen:
    """One live fragment as somebody looks at it: equal screens show the same bytes."""

    name: str
    topic: Topic
    rest: tuple[Any, ...] = ()


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


def newest(queue_id: int) -> Snapshot:
    """A queue's picture at the version the database has now: one narrow query, more only when it has changed."""
    return snapshot(queue_id, _VERSION.get(pk=queue_id))


_VERSION = CompiledQuery(lambda pk: Queue.objects.filter(pk=pk).order_by().values_list("version", flat=True))


# ── one queue ─────────────────────────────────────────────────────────────────────────────────────────────────
def desk(picture: Snapshot, now: datetime) -> SafeString:
    """Reception's view of one queue: everybody of the day, with names."""

    def build() -> dict[str, Any]:
        line = enumerate(picture.line)
        rows = [{"place": place, "likely_at": picture.likely_at(ahead, place, now=now)} for ahead, place in line]
        return _context(
            picture, now, rows=rows, states=STATES, breaks=BREAKS, absences=ABSENCES, delays=DELAYS,
            day=summary(picture) if picture.closed_at else None, kept=_kept(picture),
        )  # fmt: skip

    return once_at_a_time("desk", key_of(picture, now), build)


def _kept(picture: Snapshot) -> str:
    """The numbers kept back and for what: 2–4 VIP, 7 Phone booking."""
    words = []
    for purpose, kept in groupby(picture.kept, key=lambda one: one[1]):
        numbers = [number for number, _ in kept]
        whole = len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1
        said = f"{numbers[0]}–{numbers[-1]}" if whole else ", ".join(map(str, numbers))
        words.append(f"{said} {Purpose(purpose).label}")
    return ", ".join(words)


def today(picture: Snapshot, now: datetime) -> SafeString:
    """The doctor's own list of the day."""
    more = {"breaks": BREAKS, "delays": DELAYS, "follow_ups": FOLLOW_UPS}
    return once_at_a_time("today", key_of(picture, now), lambda: _context(picture, now, **more))


def _context(picture: Snapshot, now: datetime, **more: Any) -> dict[str, Any]:
    """What every fragment of one queue is given."""
    inside_minutes = None
    if picture.inside is not None and picture.inside.consulting_at is not None:
        inside_minutes = max(0, int((now - picture.inside.consulting_at).total_seconds() // 60))
    ends_at = picture.likely_at(len(picture.line), now=now) if picture.line else None
    is_today = picture.is_now(now)
    return {
        "queue": picture, "now": now, "is_today": is_today, "inside_minutes": inside_minutes, "ends_at": ends_at,
        "seen": picture.inside.number if picture.inside else "", "hour": now.astimezone(picture.zone).hour,
    } | more  # fmt: skip


# ── a clinic's whole day ──────────────────────────────────────────────────────────────────────────────────────
def desk_all(clinic_id: int) -> SafeString:
    """Reception's view of every doctor today."""
    day, now = day_of(Clinic.objects.get(pk=clinic_id)), this_minute()

    def build() -> dict[str, Any]:
        cards = [_context(it, now, behind=it.behind(now), longest_wait=it.longest_wait(now)) for it in day.queues]
        waiting = sum(len(picture.line) for picture in day.queues)
        seen = sum(len(picture.done) for picture in day.queues)
        return {"day": day, "now": now, "cards": cards, "waiting": waiting, "seen": seen}

    return once_at_a_time("desk_all", (clinic_id, day.version, now), build)


def doctors(queue_id: int) -> SafeString:
    """The strip above one queue: the clinic's doctors today, and how many wait for each."""
    day = day_of(Clinic.objects.get(queues=queue_id))
    return once_at_a_time("doctors", (queue_id, day.version), lambda: {"day": day, "queue_id": queue_id})


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

    return once_at_a_time("board", key, build)


OF_A_QUEUE: dict[str, Callable[..., SafeString]] = {"desk": desk, "today": today, "ticket": ticket}
# By name; the calendar, which is above, adds its own.
DRAWN_BY: dict[str, Callable[..., SafeString]] = {"desk_all": desk_all, "doctors": doctors, "board": board}


def of_queue(name: str, queue_id: int, *rest: Any) -> Screen:
    """A screen of one queue: desk, today, or a ticket with its token's id."""
    return Screen(name, ("queue", queue_id), rest)


def of_clinic(name: str, clinic_id: int, key: int) -> Screen:
    """A screen of a clinic's whole day: desk_all with the clinic's id, doctors with a queue's, a board with its own."""
    return Screen(name, ("clinic", clinic_id), (key,))
