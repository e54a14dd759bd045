"""P17: 1,000 forged receipts are refused and write nothing; 1,000 messages with three receipts each, every one told
twice and all shuffled, over 32 connections: each counts once, and no dispatch ever goes back.

What changes a dispatch is written down by a trigger of this run's own, and judged afterwards. Seen to fail with the
protection off: OOZHAM_UNPROTECTED=1 serves without row locks, and believes every signature.
"""

import asyncio
import os
import random
from collections import Counter
from itertools import pairwise
from typing import Any

import uvloop

from bench.client import Browser, Unexpected, closed_loop
from bench.stack import web
from tests.provider.receipts import signature

MESSAGES, CONNECTIONS, TIMES = 1000, 32, 2
PUBLIC, SID, TOKEN = "http://oozham.bench", "AC00000000000000000000000000000001", os.urandom(16).hex()
WORDS = ("sent", "delivered", "read")
HISTORY = """
CREATE TABLE bench_history (at bigserial, dispatch uuid, was int, became int);
CREATE FUNCTION bench_note() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO bench_history (dispatch, was, became) VALUES (OLD.id, OLD.fate, NEW.fate); RETURN NEW; END $$;
CREATE TRIGGER bench_note AFTER UPDATE OF fate ON notifications_dispatch FOR EACH ROW EXECUTE FUNCTION bench_note();
"""
ALL = """SELECT md5(string_agg(it, '' ORDER BY it)) FROM (
    SELECT m::text AS it FROM notifications_message m UNION ALL SELECT d::text FROM notifications_dispatch d
    UNION ALL SELECT r::text FROM notifications_receipt r UNION ALL SELECT c::text FROM notifications_contact c) rows"""


def run() -> tuple[bool, str]:
    """Whether it holds, and the figures."""
    from django.db import connection

    names = _handed_over()
    with connection.cursor() as cursor:
        cursor.execute(HISTORY)
    letters = [(name, word) for name in names for word in WORDS] * TIMES
    random.shuffle(letters)
    off = os.environ.get("OOZHAM_UNPROTECTED")
    application = "bench.unprotected:application" if off else "config.asgi:application"
    account = {"PUBLIC_URL": PUBLIC, "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}
    before = _everything()
    with web(application=application, **account) as address:
        forged, _ = uvloop.run(_all(address, [(name, "delivered") for name in names], token="guessed", expect=403))
        untouched = _everything() == before
        told, seconds = uvloop.run(_all(address, letters, token=TOKEN, expect=204))
    good, figure = _judged(names)
    figure = (
        f"forged: {forged[403]} of {MESSAGES} refused, {'nothing' if untouched else 'SOMETHING'} written; "
        f"{told[204]} of {len(letters)} receipts heard ({len(letters) / seconds:.0f}/s): {figure}"
    )
    return forged[403] == MESSAGES and untouched and told[204] == len(letters) and good, figure


def _judged(names: list[str]) -> tuple[bool, str]:
    """Each receipt once, each dispatch only forward and as far as it was told, each message delivered."""
    from django.db import connection

    from notifications.models import Dispatch, Message, Receipt

    with connection.cursor() as cursor:
        cursor.execute("SELECT dispatch, was, became FROM bench_history ORDER BY at")
        history = cursor.fetchall()
    steps: dict[str, list[int]] = {}
    for name, was, became in history:
        steps.setdefault(str(name), [was]).append(became)
    back = sum(later <= earlier for way in steps.values() for earlier, later in pairwise(way))
    receipts = Receipt.objects.count()
    read = Dispatch.objects.filter(pk__in=names, fate=Dispatch.Fate.READ).count()
    delivered = Message.objects.filter(dispatches__in=names, state=Message.State.DELIVERED).count()
    figure = f"{receipts} kept once each, {read} read, {delivered} delivered, {len(history)} steps, {back} of them back"
    return receipts == MESSAGES * len(WORDS) and read == delivered == MESSAGES and back == 0, figure


def _handed_over() -> list[str]:
    """Messages that a provider has taken; the keys of their dispatches."""
    from django.utils import timezone

    from notifications import letters
    from notifications.models import Dispatch, Message

    now, words = timezone.now(), {"code": "402931", "host": "oozham.bench"}
    made = []
    for number in range(MESSAGES):
        letter = letters.Letter(to=f"+9198{number:08d}", about=None, variables=words)
        message = letters.made("code", letter, clinic=None, due_at=now)
        message.state, message.sent_at, message.channel = Message.State.SENT, now, "whatsapp"
        made.append(message)
    Message.objects.bulk_create(made)
    given = {"kind": "code", "channel": "whatsapp", "account": "platform", "text": "x", "fate": Dispatch.Fate.ACCEPTED}
    rows = Dispatch.objects.bulk_create(Dispatch(message=message, **given) for message in made)
    return [str(row.pk) for row in rows]


def _everything() -> Any:
    """A fingerprint of all that a receipt could change."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(ALL)
        return cursor.fetchone()[0]


async def _all(address: str, letters: list[tuple[str, str]], *, token: str, expect: int) -> tuple[Counter[int], float]:
    """Tell all of these; how they were answered (0: otherwise than expected), and the seconds it took."""
    browsers = [Browser(address) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(browser.connect() for browser in browsers))
    answers: Counter[int] = Counter()

    async def tell(client: int, letter: Any) -> None:
        name, word = letter
        path, fields = f"/hooks/twilio/{name}/", {"MessageSid": f"SM{name}", "MessageStatus": word, "AccountSid": SID}
        sign = signature(token, PUBLIC + path, fields)
        try:
            answers[(await browsers[client].post(path, fields, expect=expect, X_Twilio_Signature=sign)).status] += 1
        except Unexpected:
            answers[0] += 1

    seconds = await closed_loop(CONNECTIONS, letters, tell)
    await asyncio.gather(*(browser.close() for browser in browsers))
    return answers, seconds
