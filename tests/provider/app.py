"""The provider itself: a small ASGI application without a framework, quick enough for load."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from uuid import uuid4

from tests.provider.behaviour import Rule, Rules
from tests.provider.receipts import tell

Answer = tuple[int, Any, list[tuple[bytes, bytes]]]
FOR_EVER = 3600.0
SAID = {
    "fail": (500, "Internal error"), "drop": (500, "Internal error"), "away": (503, "Service unavailable"),
    "gone": (410, "Gone"), "busy": (429, "Too Many Requests"), "refuse": (400, "Refused"),
    "unauthorised": (401, "Authenticate"),
}  # fmt: skip
TAKES = {"accept", "hang", "drop"}
CODES = {"unauthorised": 20003, "busy": 20429, "fail": 20500, "drop": 20500, "away": 20503}


@dataclass
class Taken:
    """A message the provider has."""

    sid: str
    channel: str
    to: str
    body: str
    made: datetime
    fields: dict[str, str]
    status: str = "queued"
    code: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As Twilio describes a message."""
        return {
            "sid": self.sid, "to": self.to, "body": self.body, "status": self.status, "error_code": self.code,
            "date_created": format_datetime(self.made), "date_sent": None, "direction": "outbound-api",
        }  # fmt: skip


class Provider:
    """Everything it knows, and its pages."""

    def __init__(self, sid: str, token: str, callbacks: list[str]) -> None:
        self.accounts = {sid: token}
        self.rules = Rules(Rule(callbacks=callbacks))
        self.taken: list[Taken] = []
        self.told: Counter[int] = Counter()
        self.asked = 0  # how often somebody looked for a message
        self.running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        status, said, headers = await self.answer(scope, body)
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode()), *headers]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": data})

    async def answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        """The status, what is said, and headers."""
        path, posted = scope["path"].strip("/").split("/"), scope["method"] == "POST"
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        match path:
            case ["2010-04-01", "Accounts", sid, *rest]:
                if not self._is_known(sid, headers.get("authorization", "")):
                    return _error(401, 20003, "Authenticate")
                return await self._twilio(rest[-1], scope["query_string"], _form(body) if posted else {}, sid)
            case ["gateway"]:
                fields = _form(body) | {"Authorization": headers.get("authorization", "")}
                return await self._handle("gateway", fields.get("to", ""), fields, fields.get("text", ""))
            case ["push", name]:
                fields = {key: headers.get(key, "") for key in ("authorization", "ttl", "topic", "urgency")}
                return await self._handle("push", name, fields, base64.b64encode(body).decode())
            case _:
                return self._arrange(scope["path"], body, scope["query_string"])

    async def _twilio(self, page: str, query: bytes, fields: dict[str, str], sid: str) -> Answer:
        """Twilio's three pages: make a message, list those to a phone, look at one."""
        if fields:
            channel = "whatsapp" if fields["To"].startswith("whatsapp:") else "sms"
            phone = fields["To"].removeprefix("whatsapp:")
            return await self._handle(channel, phone, fields, fields.get("Body", ""), token=self.accounts[sid])
        self.asked += 1
        if page == "Messages.json":
            asked = parse_qs(query.decode())
            theirs = [it.as_json() for it in reversed(self.taken) if it.to == asked.get("To", [""])[0]]
            return 200, {"messages": theirs[: int(asked.get("PageSize", ["50"])[0])], "next_page_uri": None}, []
        found = [it for it in self.taken if it.sid == page.removesuffix(".json")]
        return (200, found[0].as_json(), []) if found else _error(404, 20404, "Not found")

    def _arrange(self, path: str, body: bytes, query: bytes) -> Answer:
        """What whoever runs it asks for: rules, accounts, the count."""
        match path:
            case "/behave":
                self.rules.given.append(Rule(**json.loads(body or b"{}")))
            case "/accounts":
                self.accounts |= json.loads(body)
            case "/forget":
                self.rules.given.clear()
                self.taken.clear()
                self.told.clear()
                self.asked = 0
            case "/accepted":
                return 200, self.count(brief=b"brief" in query), []
            case _:
                return _error(404, 20404, "Not found")
        return 200, {}, []

    def count(self, *, brief: bool) -> dict[str, Any]:
        """How many it has, and how many are the same text to the same phone; `messages` is each of them."""
        by = Counter((it.channel, it.to, it.body) for it in self.taken)
        said = {
            "total": len(self.taken), "distinct": len(by), "most": max(by.values(), default=0), "asked": self.asked,
            "receipts": {str(status): count for status, count in self.told.items()}, "telling": len(self.running),
        }  # fmt: skip
        each = [
            it.as_json() | {"at": it.made.timestamp(), "channel": it.channel, "fields": it.fields} for it in self.taken
        ]
        return said if brief else said | {"messages": each}

    async def _handle(
        self, channel: str, to: str, fields: dict[str, str], text: str, token: str = ""
    ) -> Answer:  # fmt: skip
        """Treat one message by its rule."""
        rule = self.rules.of(channel, to)
        taken = None
        if rule.do in TAKES:
            text = text or fields.get("ContentVariables", "")
            taken = Taken(f"SM{uuid4().hex}", channel, fields.get("To", to), text, datetime.now(UTC), fields)
            self.taken.append(taken)
            self._tell_later(taken, rule, token)
        if rule.delay or rule.do == "hang":
            await asyncio.sleep(FOR_EVER if rule.do == "hang" else rule.delay)
        if rule.do != "accept" or taken is None:
            status, words = SAID[rule.do]
            words = f"{to} is not taken" if rule.do == "refuse" else words  # they name the phone, as Twilio does
            answer = _error(status, rule.code or CODES.get(rule.do, 20001), words)
            return (*answer[:2], [(b"retry-after", str(rule.after).encode())] if rule.after else [])
        return 201, {"id": taken.sid} if channel == "gateway" else taken.as_json(), []

    def _tell_later(self, taken: Taken, rule: Rule, token: str) -> None:
        """Send the receipts that follow, beside everything else."""
        words = rule.callbacks if rule.callbacks is not None else self.rules.usual.callbacks
        address = taken.fields.get("StatusCallback") or taken.fields.get("callback")
        if not words or not address:
            return
        receipts = [_receipt(taken, word, rule.code) for word in words]

        async def run() -> None:
            self.told.update(await tell(address, receipts, rule, token))
            taken.status, taken.code = words[-1], rule.code or None

        task = asyncio.get_running_loop().create_task(run())
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    def _is_known(self, sid: str, authorization: str) -> bool:
        right = base64.b64encode(f"{sid}:{self.accounts.get(sid, '')}".encode()).decode()
        return sid in self.accounts and authorization == f"Basic {right}"


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def _receipt(taken: Taken, word: str, code: int) -> dict[str, str]:
    if taken.channel == "gateway":
        return {"id": taken.sid, "status": word} | ({"code": str(code)} if code else {})
    failed = {"ErrorCode": str(code)} if code and word in {"failed", "undelivered"} else {}
    return {"MessageSid": taken.sid, "MessageStatus": word, "To": taken.to} | failed


def _error(status: int, code: int, words: str) -> Answer:
    return status, {"code": code, "message": words, "status": status, "more_info": ""}, []
