"""Asking for codes over HTTP: whoever asks, from whatever address the proxy before us says."""

import asyncio
import os
from contextlib import AbstractContextManager

from bench.client import Answer, Browser
from bench.stack import web


def serve(**environment: str) -> AbstractContextManager[str]:
    """The web processes behind one proxy of ours; OOZHAM_UNPROTECTED=1 switches off what is to be shown."""
    off = os.environ.get("OOZHAM_UNPROTECTED")
    application = "bench.unprotected:application" if off else "config.asgi:application"
    return web(application=application, **({"TRUSTED_PROXIES": "1"} | environment))


def address(number: int) -> str:
    """One of many addresses, a few of each neighbourhood."""
    return f"100.{64 + number // 1024}.{number // 4 % 256}.{number % 4 + 1}"


async def ask(browser: Browser, phone: str, *, hops: str) -> bool:
    """Ask for a code; whether one was sent."""
    answer = await browser.post("/phone/", {"phone": phone}, expect=0, X_Forwarded_For=hops)
    assert answer.status in {200, 302}, answer.status
    return answer.status == 302


async def type_in(browser: Browser, code: str) -> Answer:
    """Type a code."""
    return await browser.post("/phone/code/", {"code": code}, expect=0)


async def all_at_once(*works: object) -> list[object]:
    """Begin all of these together."""
    return list(await asyncio.gather(*works))


def code_to(phone: str) -> str:
    """The last code that went to a phone."""
    from clinics.sealed import blind_index
    from notifications.models import Message

    return Message.objects.filter(to_key=blind_index(phone), kind="code").latest("created_at").words["code"]


def fresh() -> None:
    """As if nobody had asked yet."""
    from notifications.models import Message
    from patients.models import Challenge, Quota

    for model in (Challenge, Quota, Message):
        model.objects.all().delete()
