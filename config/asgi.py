"""The server's door: sockets to Channels, everything else to Django's WSGI handler on a few threads.

Django's own ASGI handler hops threads for every middleware and makes an executor for every request; measured, it
answers five to seven times fewer pages a second than the same pages through this bridge.
"""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.bridge import Bridge
from config.wsgi import application as pages  # first: it sets Django up for what is imported next

from channels.routing import URLRouter  # isort: skip
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings

from notifications import bell
from scheduling import facts
from scheduling import routing as calendar
from tokens import live
from tokens import routing as queues
from tokens.hub import hub

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_pages = Bridge(pages, threads=settings.WEB_THREADS)
_sockets = AllowedHostsOriginValidator(URLRouter(queues.websocket_urlpatterns + calendar.websocket_urlpatterns))


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """One connection, one request, or the life of the process."""
    if scope["type"] == "websocket":
        await _sockets(scope, receive, send)
    elif scope["type"] == "http":
        with live.answering():
            await _pages(scope, receive, send)
    else:
        await _live_while_serving(receive, send)


async def _live_while_serving(receive: Receive, send: Send) -> None:
    """From the server's start to its end: hear of changed queues, call senders; what seldom changes is read first."""
    await receive()
    live.serve_on(asyncio.get_running_loop())
    hub.start()
    bell.hang()
    facts.read_all()
    gc.collect()
    gc.freeze()  # what is loaded by now stays, and is not looked through for litter while somebody waits
    await send({"type": "lifespan.startup.complete"})
    await receive()
    live.serve_on(None)
    await hub.stop()
    await send({"type": "lifespan.shutdown.complete"})
