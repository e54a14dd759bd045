"""Many open token pages in a process of their own: raw sockets that only find a frame's end and its version."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

import uvloop

MOST = 1200  # sockets of one process
AT_ONCE = 40  # handshakes on their way
PATIENCE = 15.0  # seconds until a push that has not come counts as lost
MARK = b'data-version="'


class Page(asyncio.Protocol):
    """One socket: shakes hands, then notes when each version first came."""

    def __init__(self, pages: "Pages", host: str, path: str, cookies: str) -> None:
        self.pages, self.version, self.open = pages, -1, asyncio.get_running_loop().create_future()
        self._buffer = bytearray()
        self._hello = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookies}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        """Take whole frames off the buffer."""
        self._buffer += data
        if not self.open.done():
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._buffer.startswith(b"HTTP/1.1 101"):
                self.open.set_exception(ConnectionError(bytes(self._buffer[:80]).decode()))
                return
            del self._buffer[: end + 4]
            self.open.set_result(None)
        while (frame := self._frame()) is not None:
            place = frame.find(MARK)
            if place >= 0:
                start = place + len(MARK)
                self._seen(int(frame[start : frame.index(b'"', start)]), len(frame))

    def connection_lost(self, error: Exception | None) -> None:
        """A page that was closed hears nothing more: the run will miss it."""
        if not self.open.done():
            self.open.set_exception(error or ConnectionError("closed"))

    def _frame(self) -> bytearray | None:
        """The next whole frame's content: servers do not mask."""
        buffer = self._buffer
        if len(buffer) < 4:
            return None
        size, head = buffer[1] & 127, 2
        if size == 126:
            size, head = int.from_bytes(buffer[2:4], "big"), 4
        elif size == 127:
            size, head = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < head + size:
            return None
        frame = buffer[head : head + size]
        del buffer[: head + size]
        return frame

    def _seen(self, version: int, size: int) -> None:
        if version > self.version:
            self.version = version
            self.pages.note(version, size)


class Pages:
    """All sockets of the process; tells the parent when the last of them shows a version."""

    def __init__(self, pipe: Connection, many: int) -> None:
        self.pipe, self.many = pipe, many
        self.shown: defaultdict[int, int] = defaultdict(int)
        self.bytes: defaultdict[int, int] = defaultdict(int)

    def note(self, version: int, size: int) -> None:
        """One more shows this version."""
        self.shown[version] += 1
        self.bytes[version] += size
        if self.shown[version] == self.many:
            self.pipe.send((version, time.monotonic(), self.bytes[version] // self.many))


def _work(pipe: Connection, address: str, paths: Sequence[str], cookies: str) -> None:
    async def main() -> None:
        place, loop = urlsplit(address), asyncio.get_running_loop()
        pages, gate, kept = Pages(pipe, len(paths)), asyncio.Semaphore(AT_ONCE), []

        async def one(path: str) -> None:
            async with gate:
                page = Page(pages, place.netloc, path, cookies)
                made = await loop.create_connection(lambda: page, place.hostname, place.port)
                kept.append(made)
                await asyncio.wait_for(made[1].open, PATIENCE)

        await asyncio.gather(*(one(path) for path in paths))
        pipe.send("open")
        await loop.run_in_executor(None, pipe.recv)  # until the parent says that it is over
        for transport, _ in kept:
            transport.abort()

    uvloop.run(main())


class Watching:
    """The parent's end: so many open pages."""

    def __init__(self, pipe: Connection, many: int) -> None:
        self.pipe, self.many, self.size = pipe, many, 0

    def last(self, version: int) -> float:
        """When the last page showed this version."""
        while self.pipe.poll(PATIENCE):
            seen, when, size = self.pipe.recv()
            if seen == version:
                self.size = size
                return when
        raise TimeoutError(f"Not all {self.many} pages came to show version {version}")


def _sent(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


@contextmanager
def watching(
    address: str, paths: Sequence[str], *, version: int | None = None, cookies: Mapping[str, str] | None = None
) -> Iterator[Watching]:
    """Open a socket for each path; with `version`, wait until each has been shown it."""
    if len(paths) > MOST:
        raise ValueError(f"One process holds {MOST} sockets at most")
    ours, theirs = (context := get_context("spawn")).Pipe()
    process = context.Process(target=_work, args=(theirs, address, paths, _sent(cookies or {})), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(60):
            raise TimeoutError("The sockets did not open")
        watch, early = Watching(ours, len(paths)), None
        while (said := ours.recv()) != "open":
            early = said
        if version is not None and (early is None or early[0] != version):
            watch.last(version)
        yield watch
        ours.send("over")
        process.join(10)
    finally:
        if process.is_alive():
            process.kill()
            process.join()
