"""Which doctors a waiting-room display shows at a moment, and which of them has just called."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tokens import spoken
from tokens.models import Queue
from tokens.snapshot import Snapshot

FEWEST, MOST = 4, 6  # rows a screen is divided into: more could not be read from eight metres
CALLED_FOR = timedelta(seconds=30)
TURN_EVERY = 30  # seconds a page is shown


def board_page(queues: Sequence[Snapshot], now: datetime) -> dict[str, Any]:
    """The rows of one page: doctors who are busy today, in turns when there are many; who has just called is first."""
    busy = [queue for queue in queues if queue.inside or queue.line or queue.doctor_state in _PRESENT]
    called = [queue for queue in busy if _has_just_called(queue, now)]
    pages = [busy[start : start + MOST] for start in range(0, len(busy), MOST)] or [[]]
    page = pages[int(now.timestamp()) // TURN_EVERY % len(pages)]
    if len(pages) > 1:
        page = (called + [queue for queue in page if queue not in called])[:MOST]
    return {
        "rows": [{"queue": queue, "called": queue in called} for queue in page],
        "called": called,
        "calls": [_call(queue) for queue in called],
        "inside": " ".join(_key(queue) for queue in busy if queue.inside),
        "size": min(MOST, max(FEWEST, len(page))),
        "pages": len(pages),
    }


def _key(queue: Snapshot) -> str:
    """One call of one token: another when it is called again."""
    return f"{queue.queue_id}-{queue.inside.number}-{queue.inside.calls}"


def _call(queue: Snapshot) -> dict[str, Any]:
    """What a voice says of a call: numbers, the room and the doctor, nobody's name."""
    where = {"room": queue.room, "doctor": queue.doctor_name}
    return {
        "key": _key(queue), "at": int(queue.called_at.timestamp() * 1000),
        "english": spoken.call_in_english(queue.inside.number, **where),
        "malayalam": spoken.call_in_malayalam(queue.inside.number, **where),
    }  # fmt: skip


_PRESENT = frozenset({Queue.DoctorState.CONSULTING, Queue.DoctorState.ON_BREAK, Queue.DoctorState.CALLED_AWAY})


def _has_just_called(queue: Snapshot, now: datetime) -> bool:
    return queue.inside is not None and queue.called_at is not None and queue.called_at > now - CALLED_FOR
