"""From the server's loop to Django's threads and back: one way each for a page.

a2wsgi's own responder asks the loop for the body, and then again to send the head, each chunk and the end of an
answer, and waits for it every time. On a small page that is half of the work.
"""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import Body, build_environ

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Pages = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]

GONE = "http.disconnect"
HELD = 64 * 1024  # bytes: a longer answer goes out in pieces of this size while the rest is being made


class Bridge:
    """An ASGI application for HTTP around a WSGI one, which runs on so many threads."""

    def __init__(self, pages: Pages, *, threads: int) -> None:
        self._pages = pages
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pages")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request. What comes in one piece, as nearly every form does, is here before a thread is asked."""
        loop = asyncio.get_running_loop()
        first = await receive()
        if first["type"] == GONE:
            return
        body, answer = _Body(loop, receive), _Answer(loop, send)
        body.buffer.extend(first["body"])
        body._has_more = first["more_body"]
        in_context = contextvars.copy_context().run
        self._threads.submit(in_context, answer.make, self._pages, build_environ(scope, body))
        await answer.sent()


class _Body(Body):
    """What a browser sends: the whole of it, or an error that Django knows. Half a form is no form."""

    def _receive_more_data(self) -> bytes:
        if not self._has_more:
            return b""
        message = asyncio.run_coroutine_threadsafe(self.receive(), self.loop).result()
        if message["type"] == GONE:
            raise ConnectionResetError("The browser went away before all of its form had come.")
        self._has_more = message["more_body"]
        return message["body"]


class _Answer:
    """What a thread writes: kept until it is whole, or there is much of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self._loop, self._send = loop, send
        self._head: Message | None = None
        self._held = bytearray()
        self._made: asyncio.Future[None] = loop.create_future()

    def make(self, pages: Pages, environ: dict[str, Any]) -> None:
        """In a thread. The answer leaves before Django closes the request, which has the other screens redrawn."""
        close: Callable[[], object] | None = None
        try:
            chunks = pages(environ, self._start)
            close = getattr(chunks, "close", None)
            for chunk in chunks:
                self._write(chunk)
        except BaseException as error:
            self._loop.call_soon_threadsafe(self._is_made, error)
        else:
            self._loop.call_soon_threadsafe(self._is_made, None)
        try:
            if close is not None:
                close()
        except Exception:
            logger.exception("A request did not close: %s", environ["PATH_INFO"])

    async def sent(self) -> None:
        """On the loop, until the last of it is sent; raises what the pages raised."""
        await self._made
        await self._send_held(more=False)

    def _start(self, status: str, headers: Iterable[tuple[str, str]], _exc_info: object = None) -> None:
        encoded = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]
        self._head = {"type": "http.response.start", "status": int(status.split(" ", 1)[0]), "headers": encoded}

    def _write(self, chunk: bytes) -> None:
        self._held += chunk
        if len(self._held) >= HELD:  # the thread waits while that is on its way
            asyncio.run_coroutine_threadsafe(self._send_held(more=True), self._loop).result()

    def _is_made(self, error: BaseException | None) -> None:
        if self._made.done():  # the server has given this request up
            return
        if error is None:
            self._made.set_result(None)
        else:
            self._made.set_exception(error)

    async def _send_held(self, *, more: bool) -> None:
        if self._head is not None:
            head, self._head = self._head, None
            await self._send(head)
        held, self._held = bytes(self._held), bytearray()
        await self._send({"type": "http.response.body", "body": held, "more_body": more})
