"""A visitor for load runs: bare asyncio streams, keep-alive, cookies and CSRF; far cheaper than a real HTTP library."""

import asyncio
import gzip
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

PATIENCE = 30  # seconds after which an answer will not come any more


class Unexpected(Exception):
    """An answer that the run did not expect: the run fails."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `seconds` from the first byte sent to the last one read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    began: float

    @property
    def location(self) -> str:
        """Where a redirect leads, without its query."""
        return self.headers.get("location", "").split("?")[0]

    @property
    def text(self) -> str:
        """The page, unpacked."""
        return (gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body).decode()


class Browser:
    """One visitor with one connection; opens it again only where nothing has been sent on it."""

    def __init__(self, address: str, cookies: Mapping[str, str] | None = None) -> None:
        self.place = urlsplit(address)
        self.cookies = {"csrftoken": secrets.token_hex(16), **(cookies or {})}
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def get(self, path: str, *, expect: int = 200, **headers: str) -> Answer:
        """Read a page; once more, as every browser does, when the server has hung up after a silence."""
        try:
            return await self._ask("GET", path, b"", headers, expect)
        except Unexpected as error:
            if not isinstance(error.__cause__, asyncio.IncompleteReadError) or error.__cause__.partial:
                raise
            await self.close()
            return await self._ask("GET", path, b"", headers, expect)

    async def post(self, path: str, fields: Mapping[str, str], *, expect: int = 302, **headers: str) -> Answer:
        """Send a form; `expect` 0 takes any answer."""
        body = urlencode(fields).encode()
        headers |= {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self.cookies["csrftoken"]}
        return await self._ask("POST", path, body, headers, expect)

    async def connect(self) -> None:
        """Open the connection now, so that a run does not begin with it."""
        if self._reader is None or self._reader.at_eof():
            await self.close()
            self._reader, self._writer = await asyncio.open_connection(self.place.hostname, self.place.port)

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str], expect: int) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.place.netloc}", f"Cookie: {cookies}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        await self.connect()
        began = time.monotonic()
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        try:
            answer = await asyncio.wait_for(self._read(began), PATIENCE)
        except (TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            raise Unexpected(f"{method} {path}: {type(error).__name__}") from error
        if expect and answer.status != expect:
            raise Unexpected(f"{method} {path}: {answer.status}, not {expect}: {answer.text[:2000]}")
        return answer

    async def _read(self, began: float) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in head[1:-2]:
            name, _, value = line.partition(": ")
            name = name.lower()
            if name == "set-cookie":
                cookie, _, given = value.partition(";")[0].partition("=")
                self.cookies[cookie] = given
            else:
                headers[name] = value
        if headers.get("transfer-encoding") == "chunked":
            body = b"".join([chunk async for chunk in self._chunks()])
        else:
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        status = int(head[0].split(" ", 2)[1])
        return Answer(status, headers, body, time.monotonic() - began, began)

    async def _chunks(self):
        while size := int(await self._reader.readline(), 16):
            yield (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def closed_loop(clients: int, jobs: Sequence[object], do: Callable[[int, object], Awaitable[None]]) -> float:
    """So many clients, each beginning its next job when its last is done; returns the seconds it took."""
    left = iter(jobs)

    async def work(client: int) -> None:
        for job in left:
            await do(client, job)

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for client in range(clients):
            group.create_task(work(client))
    return time.monotonic() - began


async def open_loop(rate: float, jobs: Sequence[object], do: Callable[[int, object], Awaitable[None]]) -> None:
    """Begin jobs at a steady rate, whether or not the earlier ones are done."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, job in enumerate(jobs):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            group.create_task(do(number, job))
