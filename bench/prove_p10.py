"""P10: limits are exact: 64 at once at a limit of 5 get 5, in threads and over HTTP, with Redis away too; one address
gets what one address may, whatever it writes into its headers.

Seen to fail with the protection off: OOZHAM_UNPROTECTED=1 counts nothing.
"""

import importlib
import os
import threading
from collections.abc import Callable

import uvloop

from bench.client import Browser
from bench.codes import address, all_at_once, ask, fresh, serve

MANY, PER_PHONE, PER_NETWORK = 64, 5, 60
NOBODY = "redis://127.0.0.1:9/0"


def run() -> tuple[bool, str]:
    """Whether it holds, and the figures."""
    if os.environ.get("OOZHAM_UNPROTECTED"):
        importlib.import_module("bench.unprotected")
    threads = _counted(_threads)
    with serve() as at:
        pages = _counted(lambda: uvloop.run(_one_phone(at)))
        forged = _counted(lambda: uvloop.run(_one_address(at)))
    with serve(REDIS_URL=NOBODY) as at:
        without = _counted(lambda: uvloop.run(_one_phone(at)))
    kept = (threads, pages, without, forged) == (PER_PHONE, PER_PHONE, PER_PHONE, PER_NETWORK)
    return kept, (
        f"{MANY} at once at a limit of {PER_PHONE}: {threads} in threads, {pages} over HTTP, {without} without Redis; "
        f"{MANY * 2} with forged headers at a limit of {PER_NETWORK}: {forged}"
    )


def _counted(attack: Callable[[], object]) -> int:
    """How many messages came of it."""
    from notifications.models import Message

    fresh()
    attack()
    return Message.objects.filter(kind="code").count()


def _threads() -> None:
    from django.db import connection

    from patients.challenges import ChallengeError, send_code

    start = threading.Barrier(MANY)

    def work(number: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(30)
            send_code(phone="+919847000112", browser=f"b{number}", address=None)
        except ChallengeError:
            return
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def _one_phone(at: str) -> None:
    browsers = [Browser(at) for _ in range(MANY)]
    await all_at_once(*(it.connect() for it in browsers))
    await all_at_once(*(ask(it, "+919847000112", hops=address(n * 4)) for n, it in enumerate(browsers)))


async def _one_address(at: str) -> None:
    browsers = [Browser(at) for _ in range(MANY * 2)]
    await all_at_once(
        *(
            ask(it, f"+91984703{n:04d}", hops=f"203.0.113.{n}, 198.51.100.{n}, 192.0.2.7")
            for n, it in enumerate(browsers)
        )
    )
