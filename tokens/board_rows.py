"""Which doctors a waiting-room display shows at a moment, and which of them has just called."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

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
        "size": min(MOST, max(FEWEST, len(page))),
        "pages": len(pages),
    }


_PRESENT = frozenset({Queue.DoctorState.CONSULTING, Queue.DoctorState.ON_BREAK, Queue.DoctorState.CALLED_AWAY})


def _has_just_called(queue: Snapshot, now: datetime) -> bool:
    return queue.inside is not None and queue.called_at is not None and queue.called_at > now - CALLED_FOR
