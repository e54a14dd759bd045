"""A sender of messages that ends itself, as by SIGKILL, at a named point: `python -m bench.killed_sender <point>`.

Nothing in the product knows of these points: each wraps a function of it.
"""

from __future__ import annotations

import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

AFTER = int(
    os.environ.get("KILLED_AFTER", "40")
)  # times a point is passed before it is the end: in the middle of work, not at its beginning
POINTS = {
    "woken": ("notifications.jobs.hand_over", "before"),
    "claiming": ("notifications.delivery.claiming._lease", "before"),
    "claimed": ("notifications.delivery.handing._start", "before"),
    "handing over": ("notifications.channels.sms.Sms.send", "before"),
    "handed over": ("notifications.channels.sms.Sms.send", "after"),
    "recording": ("notifications.delivery.recording._all_accepted", "after"),
    "recorded": ("notifications.delivery.handing.record", "after"),
    "asking": ("notifications.channels.sms.Sms.ask", "after"),
}
ONCE = {"woken", "asking"}


def _ends(function: Callable[..., Any], when: str, passes: int) -> Callable[..., Any]:
    """The function, at the so-manieth call of which the process is gone."""
    left = passes

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        if left <= 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = function(*args, **kwargs)
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return wrapped


def _not_asked(message: Any, dispatch: Any, known: Any) -> None:
    """The protection switched off: what a dead process had begun is taken for not sent."""
    type(dispatch).objects.filter(pk=dispatch.pk).update(fate=dispatch.Fate.FAILED)


def main(point: str) -> None:
    """Work as the Procfile's sender does, until the point is reached."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    if point == "unasked":
        patch("notifications.delivery.claiming._to_ask", _not_asked).start()
    else:
        target, when = POINTS[point]
        patch(target, _ends(pkgutil.resolve_name(target), when, 1 if point in ONCE else AFTER)).start()
    call_command("rqworker", "messages", verbosity=0)


if __name__ == "__main__":
    main(sys.argv[1])
