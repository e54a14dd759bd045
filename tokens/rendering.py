"""A fragment depends on a picture and the minute alone: rendered once for both in each process, shown everywhere."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from threading import Lock
from typing import Any

from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from tokens.snapshot import Snapshot

KEPT = 4096  # rendered fragments a process remembers
_rendered: OrderedDict[Hashable, SafeString] = OrderedDict()
_lock = Lock()
_drawing = [Lock() for _ in range(64)]


def this_minute() -> datetime:
    """Now, to the minute: two renderings in the same minute are equal."""
    return timezone.now().replace(second=0, microsecond=0)


def this_half_minute() -> datetime:
    """Now, to half a minute: what has just been called is shown for that long."""
    now = timezone.now()
    return now.replace(second=now.second // 30 * 30, microsecond=0)


def once_at_a_time(name: str, key: Hashable, build: Callable[[], dict[str, Any]]) -> SafeString:
    """As `once`, for a large fragment without others in it: whoever comes second waits for the first instead of
    rendering it too. A press and the push it causes come at the same moment."""
    with _drawing[hash((name, key)) % len(_drawing)]:
        return once(name, key, build)


def once(name: str, key: Hashable, build: Callable[[], dict[str, Any]]) -> SafeString:
    """Render `tokens/_<name>.html`, or hand out what was rendered for the same key."""
    kept = _rendered.get((name, key))
    if kept is None:
        kept = mark_safe(get_template(f"tokens/_{name}.html").render(build()).strip())  # noqa: S308
        with _lock:
            _rendered[name, key] = kept
            while len(_rendered) > KEPT:
                _rendered.popitem(last=False)
    return kept


def key_of(picture: Snapshot, now: datetime) -> tuple[Hashable, ...]:
    """What a rendering of a queue depends on."""
    return picture.queue_id, picture.version, now
