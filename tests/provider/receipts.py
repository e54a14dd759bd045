"""What the provider tells afterwards: receipts to the address it was given, signed as Twilio signs."""

from __future__ import annotations

import asyncio
import base64
import hmac
import random
from collections.abc import Mapping
from hashlib import sha1
from urllib.parse import urlencode, urlsplit

from tests.provider.behaviour import Rule


def signature(token: str, address: str, fields: Mapping[str, str]) -> str:
    """X-Twilio-Signature: the address and all fields in alphabetic order, under the account's token."""
    text = address + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), sha1).digest()).decode()


async def tell(address: str, receipts: list[dict[str, str]], rule: Rule, token: str) -> list[int]:
    """Send receipts as the rule says; returns the answers' statuses, 0 where there was none."""
    await asyncio.sleep(rule.pause)
    letters = receipts * rule.repeat
    if rule.shuffle:
        random.shuffle(letters)
    return [await post(address, fields, "forged" if rule.forge else token) for fields in letters]


async def post(address: str, fields: Mapping[str, str], token: str) -> int:
    """Send one form, signed; returns the answer's status."""
    place, body = urlsplit(address), urlencode(fields).encode()
    path = f"{place.path}?{place.query}" if place.query else place.path
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature(token, address, fields)}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    try:
        reader, writer = await asyncio.open_connection(place.hostname, place.port or 80)
        writer.write(head.encode() + body)
        answer = await asyncio.wait_for(reader.readline(), 30)
        writer.close()
        return int(answer.split()[1])
    except (OSError, TimeoutError, IndexError):
        return 0
