"""The limit beside a push: a bare `websockets.broadcast` of the same bytes, in a process of its own."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

import uvloop


def _serve(pipe: Connection, text: str) -> None:
    from websockets.asyncio.server import ServerConnection, broadcast, serve

    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def keep(connection: ServerConnection) -> None:
            await connection.wait_closed()

        async with serve(keep, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
            pipe.send(server.sockets[0].getsockname()[1])
            while (version := await loop.run_in_executor(None, pipe.recv)) is not None:
                connections = list(server.connections)
                message = f'<div data-version="{version}">' + text
                began = time.monotonic()
                broadcast(connections, message)
                pipe.send(began)
            for connection in list(server.connections):
                connection.transport.abort()

    uvloop.run(main())


@contextmanager
def broadcasting(size: int) -> Iterator[tuple[str, Connection]]:
    """A server at an address; a version sent through the pipe goes to everybody, and the time it began comes back."""
    ours, theirs = (context := get_context("spawn")).Pipe()
    process = context.Process(target=_serve, args=(theirs, "x" * (size - 24)), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(30):
            raise TimeoutError("The bare server did not start")
        yield f"http://127.0.0.1:{ours.recv()}", ours
        ours.send(None)
        process.join(10)
    finally:
        if process.is_alive():
            process.kill()
            process.join()
