"""A web server's own bell: senders are called beside the answers, and once for what is written together."""

import logging
import threading
import time

from notifications.jobs import deliver, enqueue_job

logger = logging.getLogger(__name__)

TOGETHER = 0.05  # seconds after a call in which what is written waits for the next one


class Bell:
    """Rung after a commit, and heard by a thread of its own: nobody who presses waits for Redis."""

    def __init__(self) -> None:
        self._rung, self._latest = threading.Event(), ""
        threading.Thread(target=self._listen, name="bell", daemon=True).start()

    def ring(self, message_id: str) -> None:
        """A message is written. Whoever is called for the latest sends those before it, too."""
        self._latest = message_id
        self._rung.set()

    def _listen(self) -> None:
        while True:
            self._rung.wait()
            self._rung.clear()  # before anything is done: what is written from now on rings again
            try:
                enqueue_job(deliver, self._latest)
            except Exception:
                logger.exception("No sender was called; the sweep finds what there is")
            time.sleep(TOGETHER)


_bell: Bell | None = None


def hang() -> None:
    """Give this process a bell: it serves, and its threads have better to do than to talk to Redis."""
    global _bell  # noqa: PLW0603
    _bell = Bell()


def ring(message_id: str) -> bool:
    """Ring this process's bell for a message; False where there is none, as in a job or a command."""
    if _bell is not None:
        _bell.ring(message_id)
    return _bell is not None
