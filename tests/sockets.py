"""Sockets as pages open them, against the whole ASGI application of this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import connections
from django.test import Client

from tokens import consumers, hub, live

PATIENCE = 5.0  # seconds: much longer than a push takes on a busy machine


@asynccontextmanager
async def a_running_server() -> AsyncIterator[None]:
    """This process as a server: its hub listens, and its threads let go of the database afterwards."""
    closing = {module: module.close_old_connections for module in (consumers, hub)}
    for module in closing:
        module.close_old_connections = connections.close_all
    live.serve_on(asyncio.get_running_loop())
    hub.hub.start()
    try:
        yield
    finally:
        live.serve_on(None)
        await hub.hub.stop()
        for module, kept in closing.items():
            module.close_old_connections = kept
        await sync_to_async(connections.close_all)()


class Socket(ApplicationCommunicator):
    """A socket at the application's door (Channels' own test client wants Daphne)."""

    async def connect(self) -> bool:
        """Knock; says whether we were let in."""
        await self.send_input({"type": "websocket.connect"})
        return (await self.receive_output(PATIENCE))["type"] == "websocket.accept"

    async def shown(self, what: str) -> str:
        """The first fragment with these words that comes."""
        while True:
            message = await self.receive_output(PATIENCE)
            assert message["type"] == "websocket.send", message
            if what in message["text"]:
                return message["text"]

    async def disconnect(self) -> None:
        """Go away."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(PATIENCE)


def knocking(path: str, browser: Client | None = None, *, origin: str = "http://localhost") -> Socket:
    """A socket as a browser opens it, with its cookies."""
    from config.asgi import application

    headers = [(b"origin", origin.encode())]
    if browser is not None:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
        headers.append((b"cookie", cookies.encode()))
    scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers, "subprotocols": []}
    return Socket(application, scope)


@asynccontextmanager
async def watching(path: str, browser: Client | None = None) -> AsyncIterator[Socket]:
    """A socket that was let in."""
    socket = knocking(path, browser)
    assert await socket.connect()
    try:
        yield socket
    finally:
        await socket.disconnect()
