"""Our application with counters of its statements and of the templates it renders, told at /bench/counted."""

import json
import os
from functools import wraps
from typing import Any

from config.asgi import Receive, Scope, Send
from config.asgi import application as ours

from django.db.backends.utils import CursorWrapper  # isort: skip
from django.template.base import Template  # isort: skip

from tokens.hub import hub  # isort: skip

counted = {"statements": 0, "renderings": 0}


def _counting(where: type, method: str, name: str) -> None:
    original = getattr(where, method)

    @wraps(original)
    def count(*args: Any, **kwargs: Any) -> Any:
        counted[name] += 1
        return original(*args, **kwargs)

    setattr(where, method, count)


_counting(CursorWrapper, "execute", "statements")
_counting(Template, "render", "renderings")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Ours, but for one more address."""
    if scope["type"] != "http" or scope["path"] != "/bench/counted":
        await ours(scope, receive, send)
        return
    body = json.dumps(counted | {"fragments": hub.drawn, "process": os.getpid()}).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
